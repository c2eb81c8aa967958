"""collection index and collection find, as a person types them."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from geomlearn.shapes.builtin import builtin, icosphere
from geomlearn.shapes.io import write_shape


@pytest.fixture
def scans(tmp_path):
    """Three bowls, two long eggs, a torus, each turned and scaled."""
    random = np.random.default_rng(0)
    ball = icosphere(7)
    x, y, z = ball.vertices.T
    bowl = ball.vertices * (1.4, 1.4, 0.9) - np.outer(0.9 * np.exp(-4 * (x**2 + y**2)) * (z > 0), (0, 0, 1))
    kinds = {"bowl": bowl, "egg": ball.vertices * (3, 1, 1)}
    for kind, count in (("bowl", 3), ("egg", 2)):
        for number in range(count):
            turn = np.linalg.qr(random.standard_normal((3, 3)))[0]
            points = (kinds[kind] + 0.01 * random.standard_normal(ball.vertices.shape)) @ (
                turn * np.sign(np.linalg.det(turn))
            )
            write_shape(tmp_path / f"scans/{kind}{number}.off", ball.replace(vertices=(number + 1) * points))
    write_shape(tmp_path / "scans/ring.off", builtin("torus", 600))
    return tmp_path / "scans"


def test_index_then_find_whole_and_by_a_region(geomlearn, scans, tmp_path):
    run = geomlearn("collection", "index", "scans", "-o", "all.collection", "--jobs", 1, "--json")
    assert run.code == 0, run.err
    assert len(run.json["added"]) == 6
    found = geomlearn("collection", "find", "all.collection", "scans/bowl1.off", "--top", 3, "--json").json["results"]
    assert [set(one) for one in found] == [{"shape", "score"}] * 3
    assert {one["shape"] for one in found} == {"bowl0", "bowl1", "bowl2"}
    assert found[0]["shape"] == "bowl1"
    assert found[0]["score"] == pytest.approx(1, abs=1e-2)
    # By its name in the collection; the picture and the table of what is alike.
    run = geomlearn("collection", "find", "all.collection", "egg0", "--top", 2, "--explain", "why.png")
    assert run.code == 0, run.err
    assert run.out.index("egg0") < run.out.index("egg1")
    assert (tmp_path / "why.png").read_bytes()[:4] == b"\x89PNG"
    mask = (icosphere(7).vertices[:, 2] > 0.2).astype(int)
    np.savetxt(tmp_path / "top.txt", mask, fmt="%d")
    np.save(tmp_path / "rows.npy", np.flatnonzero(mask))
    for region in ("top.txt", "rows.npy"):
        run = geomlearn(
            "collection", "find", "all.collection", "bowl2", "--region", region, "--explain", "why.csv", "--force"
        )
        assert run.code == 0, run.err
        with (tmp_path / "why.csv").open() as stream:
            rows = list(csv.DictReader(stream))
        assert rows[0]["shape"] == "bowl2"
        assert all(mask[int(row["vertex_of_query"])] for row in rows)


def test_a_second_run_touches_only_what_changed(geomlearn, scans, tmp_path):
    words = ("collection", "index", "scans", "-o", "all.collection", "--jobs", 1, "--json")
    first = geomlearn(*words)
    assert first.code == 0, first.out + first.err
    tokens = {path: path.stat().st_mtime_ns for path in (tmp_path / "all.collection/tokens").iterdir()}
    (scans / "ring.off").unlink()
    write_shape(scans / "bowl0.off", builtin("torus", 700), force=True)
    (scans / "broken.ply").write_bytes(b"ply\nnot at all")
    run = geomlearn(*words)
    assert run.code == 1
    assert run.json["added"] == ["bowl0"]
    assert run.json["removed"] == ["ring"]
    assert sorted(run.json["kept"]) == ["bowl1", "bowl2", "egg0", "egg1"]
    assert list(run.json["errors"]) == ["broken"]
    now = {path: path.stat().st_mtime_ns for path in (tmp_path / "all.collection/tokens").iterdir()}
    assert len(now) == 10
    assert sum(now[path] == tokens.get(path) for path in now) == 8


def test_what_cannot_be_searched_is_a_sentence(geomlearn, scans, tmp_path):
    def said(*words, code=1):
        run = geomlearn("collection", *words)
        assert run.code == code, run.out
        return run.err

    (tmp_path / "empty").mkdir()
    assert "no shape in" in said("index", "empty", "-o", "a.collection")
    assert "no name of a collection" in said("index", "scans", "-o", "a", code=2)
    assert "no indexed collection" in said("find", "scans", "builtin:sphere")
    assert "holds other things" in said("index", "scans", "-o", str(made_other(tmp_path)))
    assert geomlearn("collection", "index", "scans", "-o", "a.collection", "--jobs", 1).code == 0
    assert "no file" in said("find", "a.collection", "nobody.ply")
    (tmp_path / "few.txt").write_text("1\n2\n3\n")
    assert "too few to tell it by" in said("find", "a.collection", "egg0", "--region", "few.txt")
    (tmp_path / "many.txt").write_text("1\n99999\n3\n")
    assert "another shape" in said("find", "a.collection", "egg0", "--region", "many.txt")
    (tmp_path / "half.txt").write_text("0.5\n0.25\n")
    assert "is no region" in said("find", "a.collection", "egg0", "--region", "half.txt", code=2)
    index = tmp_path / "a.collection/index.json"
    index.write_text(index.read_text().replace('"model": "', '"model": "0'))
    assert "another model" in said("find", "a.collection", "egg0")
    index.write_text("{")
    assert "no indexed collection" in said("find", "a.collection", "egg0")


def made_other(tmp_path):
    other = tmp_path / "other.collection"
    other.mkdir()
    (other / "letter.txt").write_text("hello")
    return other

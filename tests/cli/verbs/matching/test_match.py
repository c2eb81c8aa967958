"""match, evaluate and the picture of a map, on a sphere-free case with a known answer."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.matching.io.maps import read_map
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import write_shape
from geomlearn.shapes.shape import Shape

# Small and quick: what matters here are files and sentences, the quality of maps is tested with the matching.
QUICK = ("--k-solve", 15, "--k-end", 40, "--k-descriptors", 40, "--n-candidates", 1)


@pytest.fixture(scope="module")
def creature():
    """A creature of 600 vertices."""
    return builtin("quadruped-dog-stand", 600)


@pytest.fixture
def twins(tmp_path, creature):
    """The creature twice, the second with its vertices in another order, and the true map between them."""
    order = np.random.default_rng(0).permutation(creature.n_vertices)
    place = np.argsort(order)
    write_shape(tmp_path / "a.off", creature)
    write_shape(tmp_path / "b.off", creature.replace(vertices=creature.vertices[order], faces=place[creature.faces]))
    np.savetxt(tmp_path / "truth.txt", place, fmt="%d")
    return place


def test_the_whole_way_from_two_shapes_to_an_error_and_a_picture(geomlearn, twins, tmp_path):
    run = geomlearn("match", "a.off", "b.off", "-o", "map.txt", "--fmap", "c.npz", *QUICK)
    assert run.code == 0, run.err
    assert "wrote map.txt  a → b: entry i is the vertex of B for vertex i of A, counted from 0" in run.out
    assert "coefficients of A to coefficients of B" in run.out
    assert "there and back" in run.out.lower()

    words = ["evaluate", "map.txt", "--source", "a.off", "--target", "b.off", "--truth", "truth.txt"]
    measured = geomlearn(*words, "--json").json
    assert measured["direction"] == "source to target"
    assert measured["n_truth"] == 600
    # The same shape in another order: most points must find themselves.
    assert measured["median_error"] < 3
    said = geomlearn(*words)
    assert "100 × geodesic distance / √area of B" in said.out
    assert "600 of 600" in said.out

    picture = geomlearn("render", "a.off", "--map", "map.txt", "--target", "b.off", "-o", "m.png", "--size", "200x100")
    assert picture.code == 0, picture.err
    assert (tmp_path / "m.png").stat().st_size > 1000


def test_a_part_is_laid_on_the_whole(geomlearn, twins, creature, tmp_path):
    kept = np.flatnonzero(creature.vertices[:, 0] > np.quantile(creature.vertices[:, 0], 0.3))
    place = np.full(creature.n_vertices, -1)
    place[kept] = np.arange(len(kept))
    faces = place[creature.faces]
    write_shape(tmp_path / "part.off", Shape(creature.vertices[kept], faces[(faces >= 0).all(axis=1)]))
    run = geomlearn("match", "part.off", "b.off", "-o", "map.txt", "--method", "registration")
    assert geomlearn("match", "part.off", "b.off", "-o", "n.txt", "--method", "registration", *QUICK).code == 2
    assert run.code == 0, run.err
    found = np.loadtxt(tmp_path / "map.txt", dtype=int)
    assert (found == twins[kept]).mean() > 0.9


def test_index_base_1_is_written_said_and_read_again(geomlearn, twins):
    words = ["match", "a.off", "b.off", *QUICK, "--quiet"]
    assert geomlearn(*words, "-o", "zero.txt").code == 0
    assert geomlearn(*words, "-o", "one.txt", "--index-base", 1).code == 0
    zero, one = np.loadtxt("zero.txt", int), np.loadtxt("one.txt", int)
    np.testing.assert_array_equal(one, zero + 1)
    np.testing.assert_array_equal(read_map("one.txt").map_ab, zero)


def test_json_holds_scores_with_units(geomlearn, twins):
    run = geomlearn("match", "a.off", "b.off", "-o", "map.npz", *QUICK, "--json")
    said = run.json
    assert said["verdict"] in ("good", "doubtful", "bad")
    assert 0 <= said["p_within_5"] <= 1
    assert said["predicted_error"] > 0
    assert run.json["direction"] == "a to b"
    assert set(run.json["scores"]) == {"bijectivity", "coverage", "dirichlet energy", "orientation flips"}
    assert all(score["unit"] for score in run.json["scores"].values())


def test_the_true_map_has_no_error_and_a_wrong_one_does(geomlearn, twins):
    words = ["--source", "a.off", "--target", "b.off", "--truth", "truth.txt", "--json"]
    assert geomlearn("evaluate", "truth.txt", *words).json["mean_error"] == pytest.approx(0, abs=1e-6)
    np.savetxt("wrong.txt", np.zeros(600, int), fmt="%d")
    assert geomlearn("evaluate", "wrong.txt", *words).json["mean_error"] > 20


def test_an_inferred_index_base_is_said_and_can_be_overridden(geomlearn, twins):
    np.savetxt("one.txt", twins + 1, fmt="%d")
    words = ["evaluate", "one.txt", "--source", "a.off", "--target", "b.off", "--truth", "truth.txt"]
    said = geomlearn(*words)
    assert "counts from 1" not in said.err
    assert "seems to count from 1" in said.out
    assert "--index-base overrides" in said.out
    wrong = geomlearn(*words, "--index-base", 0)
    assert wrong.code == 1
    assert "600" in wrong.err


def test_built_in_shapes_know_the_truth_and_others_must_be_told(geomlearn, twins):
    np.savetxt("self.txt", np.arange(5000), fmt="%d")
    name = "builtin:sphere"
    run = geomlearn("evaluate", "self.txt", "--source", name, "--target", name, "--max-points", 50, "--json")
    assert run.json["mean_error"] == pytest.approx(0, abs=1e-6)
    assert run.json["n_evaluated"] == 50
    missing = geomlearn("evaluate", "truth.txt", "--source", "a.off", "--target", "b.off")
    assert missing.code == 2
    assert "--truth" in missing.err


def test_a_map_of_the_wrong_direction_is_refused(geomlearn, twins, tmp_path):
    np.savetxt("short.txt", np.arange(10), fmt="%d")
    run = geomlearn("evaluate", "short.txt", "--source", "a.off", "--target", "b.off", "--truth", "truth.txt")
    assert run.code == 1
    assert "10 entries" in run.err


def test_bad_outputs_are_refused_before_the_shapes_are_read(geomlearn, tmp_path):
    (tmp_path / "old.npz").write_text("precious")
    assert "cannot be written as .docx" in geomlearn("match", "no.off", "no.off", "-o", "m.docx").err
    assert "exists already" in geomlearn("match", "no.off", "no.off", "-o", "m.txt", "--fmap", "old.npz").err
    assert list(tmp_path.glob("m.*")) == []


def test_cancelling_hands_over_the_best_map_and_says_so(geomlearn, twins, monkeypatch):
    from geomlearn.core.results import Result, Status
    from geomlearn.matching import match as module

    finish = module.match_shapes

    def interrupted(*arguments, **named):
        result = finish(*arguments, **named)
        return Result(result.value, Status.CANCELLED, "Stopped at 20 modes.", result.history, result.stats)

    monkeypatch.setattr(module, "match_shapes", interrupted)
    run = geomlearn("match", "a.off", "b.off", "-o", "map.txt", *QUICK)
    assert run.code == 130
    assert "best maps so far" in " ".join(run.out.split())
    assert read_map("map.txt").metadata["status"] == "cancelled"

"""A run over the pairs of a small collection: files, rows, going on, failures, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.members import members_of
from geomlearn.collections.pairs import run as module
from geomlearn.collections.pairs.choice import all_pairs, to_template
from geomlearn.collections.pairs.engines import Here
from geomlearn.collections.pairs.run import match_pairs
from geomlearn.collections.pairs.table import COLUMNS, read_table
from geomlearn.core.errors import Cancelled, FormatError, GeomError, ParameterError
from geomlearn.core.progress import Progress
from geomlearn.matching.io.maps import read_map
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import write_shape

QUICK = MatchOptions(method="none", k_solve=10, k_end=20, k_descriptors=30, n_candidates=1)
NAMES = ("quadruped-dog-stand", "quadruped-dog-walk", "quadruped-cat-stand")


@pytest.fixture
def folder(tmp_path):
    """Three creatures of 500 vertices: a, b, c."""
    for letter, name in zip("abc", NAMES, strict=True):
        write_shape(tmp_path / "scans" / f"{letter}.off", builtin(name, 500))
    return tmp_path / "scans"


class Counting(Here):
    """Says how many pairs were solved."""

    def __init__(self):
        self.solved = 0

    def run(self, function, tasks, progress):
        self.solved += len(tasks) if function is module.solve_pair else 0
        return super().run(function, tasks, progress)


def matched(folder, out, options=QUICK, **more):
    members = members_of([folder])
    return match_pairs(members, all_pairs(members), out, options, **more)


def test_maps_and_table_and_nothing_in_the_input_folder(folder, tmp_path):
    before = sorted(folder.rglob("*"))
    found = matched(folder, tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").glob("*.txt")) == [
        f"{a}--{b}.txt" for a, b in ("ab", "ac", "ba", "bc", "ca", "cb")
    ]
    assert (tmp_path / "out/table.csv").read_text().splitlines()[0] == ",".join(COLUMNS)
    assert COLUMNS == ("source", "target", "method", "verdict", "predicted_error", "p_within_5", "seconds", "reason")
    assert len(read_table(tmp_path / "out/table.csv")) == len(found.rows) == 6
    assert sorted(folder.rglob("*")) == before
    assert found.n_failed == 0
    for row in found.rows:
        assert row.verdict in ("good", "doubtful", "bad")
        assert row.predicted_error > 0
        assert 0 <= row.p_within_5 <= 1


def test_a_map_is_that_of_the_pair_alone(folder, tmp_path):
    matched(folder, tmp_path / "out", suffix=".npz", index_base=1)
    a, b = (builtin(name, 500) for name in NAMES[:2])
    alone = match_shapes(a, b, QUICK).value
    for name, expected in (("a--b", alone.map_ab), ("b--a", alone.map_ba)):
        file = read_map(tmp_path / f"out/{name}.npz", n_source=500, n_target=500)
        assert file.index_base == 1
        # Vertices went through a text file with nine digits or so.
        assert (file.map_ab == expected).mean() > 0.97


def test_what_is_done_is_not_done_again(folder, tmp_path):
    engine = Counting()
    matched(folder, tmp_path / "out", engine=engine)
    assert engine.solved == 3
    (tmp_path / "out/a--b.txt").unlink()
    matched(folder, tmp_path / "out", engine=engine)
    assert engine.solved == 3
    assert (tmp_path / "out/a--b.txt").is_file()
    write_shape(folder / "c.off", builtin(NAMES[0], 520), force=True)
    matched(folder, tmp_path / "out", engine=engine)
    assert engine.solved == 5
    assert len(read_map(tmp_path / "out/c--a.txt", n_target=500).map_ab) == 520


def test_other_options_give_other_maps_and_the_old_ones_come_back(folder, tmp_path):
    out = tmp_path / "out"
    matched(folder, out)
    first = (out / "a--b.txt").read_text()
    matched(folder, out, QUICK.replace(k_solve=6))
    assert (out / "a--b.txt").read_text() != first
    found = matched(folder, out)
    assert found.n_solved == 0
    assert (out / "a--b.txt").read_text() == first


def test_a_run_that_is_cancelled_keeps_what_it_did_and_goes_on(folder, tmp_path):
    seen = []

    class Stopping(Counting):
        def run(self, function, tasks, progress):
            for number, result in super().run(function, tasks, progress):
                yield number, result
                if function is module.solve_pair:
                    seen.append(number)

    engine = Stopping()
    with pytest.raises(Cancelled):
        matched(folder, tmp_path / "out", engine=engine, progress=Progress(is_cancelled=lambda: len(seen) >= 1))
    assert len(read_table(tmp_path / "out/table.csv")) == 2
    again = Counting()
    found = matched(folder, tmp_path / "out", engine=again)
    assert again.solved == 2
    assert found.n_failed == 0


def test_one_bad_file_costs_its_rows_alone(folder, tmp_path):
    (folder / "broken.ply").write_text("ply\nnonsense\n")
    members = members_of([folder])
    found = match_pairs(members, to_template(members, "a"), tmp_path / "out", QUICK)
    verdicts = {row.source: row.verdict for row in found.rows}
    assert verdicts["broken"] == "failed"
    assert "failed" not in (verdicts["b"], verdicts["c"])
    assert next(row for row in found.rows if row.source == "broken").reason
    assert not (tmp_path / "out/broken--a.txt").exists()


def test_mixed_units_are_told(folder, tmp_path):
    shape = builtin(NAMES[2], 500)
    write_shape(folder / "c.off", shape.replace(vertices=1000 * shape.vertices), force=True)
    notes = matched(folder, tmp_path / "out").notes
    assert any("Units seem to be mixed: c" in note for note in notes)


def test_folders_and_names_that_do_not_do(folder, tmp_path):
    with pytest.raises(ParameterError, match="where the shapes are"):
        matched(folder, folder)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/thesis.txt").write_text("precious")
    with pytest.raises(GeomError, match="holds other things"):
        matched(folder, tmp_path / "full")
    with pytest.raises(FormatError, match=r"cannot be written as \.doc"):
        matched(folder, tmp_path / "out", suffix=".doc")
    for name in ("a--b", "b--c"):
        write_shape(folder / f"{name}.off", builtin(NAMES[0], 500))
    with pytest.raises(ParameterError, match="would have the same name"):
        matched(folder, tmp_path / "out")


def test_results_do_not_depend_on_who_does_the_work(folder, tmp_path):
    from geomlearn.collections.pairs.engines import Processes

    here = matched(folder, tmp_path / "here")
    there = matched(folder, tmp_path / "there", engine=Processes(1))
    assert [row.verdict for row in here.rows] == [row.verdict for row in there.rows]
    for file in (tmp_path / "here").glob("*.txt"):
        np.testing.assert_array_equal(read_map(file).map_ab, read_map(tmp_path / "there" / file.name).map_ab)

"""Core: options speak in sentences, writes are atomic, progress cancels, arrays round-trip without pickles."""

import pickle

import numpy as np
import pytest
from pydantic import Field, model_validator

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import Cancelled, FormatError, GeomError, ParameterError, SolverError
from geomlearn.core.files import atomic_path
from geomlearn.core.options import Options
from geomlearn.core.progress import Progress


class Steps(Options):
    n: int = Field(4, ge=1, le=9, description="How many.")
    last: int = Field(5, ge=1, description="The last one.")

    @model_validator(mode="after")
    def _ordered(self):
        if self.last < self.n:
            raise ValueError("last is smaller than n")
        return self


def test_options_name_the_option_that_is_out_of_range():
    with pytest.raises(ParameterError, match="n = 12 is not usable"):
        Steps(n=12, last=20)


def test_options_check_relations_and_refuse_unknown_words():
    with pytest.raises(ParameterError, match="last is smaller than n"):
        Steps(n=6, last=5)
    with pytest.raises(ParameterError, match="no option called m"):
        Steps(m=1)


def test_replace_validates_anew():
    assert Steps().replace(n=2).n == 2
    with pytest.raises(ParameterError):
        Steps().replace(n=0)


def test_an_interrupted_write_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "map.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(path, force=True) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["map.txt"]


def test_nothing_is_overwritten_without_force(tmp_path):
    path = tmp_path / "map.txt"
    path.write_text("old")
    with pytest.raises(GeomError, match="exists already"), atomic_path(path):
        pytest.fail("the block must not run")
    with atomic_path(path, force=True) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"


def test_progress_reports_within_its_part_and_raises_when_cancelled():
    seen = []
    Progress(lambda fraction, note: seen.append((fraction, note))).part(0.5, 1.0)(0.5, "half")
    assert seen == [(0.75, "half")]
    with pytest.raises(Cancelled):
        Progress(is_cancelled=lambda: True)(0.1)


def test_errors_travel_between_processes_with_hint_and_best():
    error = pickle.loads(pickle.dumps(SolverError("It failed.", "Try again.", best=3)))
    assert (error.message, error.hint, error.best) == ("It failed.", "Try again.", 3)


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".h5"])
def test_arrays_round_trip_with_metadata(tmp_path, suffix):
    arrays = {"evals": np.arange(4.0), "evecs": np.arange(6.0).reshape(3, 2), "map": np.array([2, 0, 1])}
    metadata = {"source": "a", "n_source": 3, "parameters": {"k": 2}}
    path = write_arrays(tmp_path / f"file{suffix}", arrays, metadata)
    read, found = read_arrays(path)
    assert found == metadata
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)


def test_content_decides_the_format_when_the_suffix_lies(tmp_path):
    path = write_arrays(tmp_path / "file.npz", {"x": np.arange(3)}, {})
    lying = path.rename(tmp_path / "file.mat")
    np.testing.assert_array_equal(read_arrays(lying)[0]["x"], np.arange(3))


def test_a_pickle_is_refused(tmp_path):
    path = tmp_path / "evil.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FormatError, match="Python objects, which are never loaded"):
        read_arrays(path)


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".h5"])
def test_truncated_files_end_in_a_sentence(tmp_path, suffix):
    path = write_arrays(tmp_path / f"file{suffix}", {"x": np.arange(1000.0)}, {"a": 1})
    data = path.read_bytes()
    for length in (1, 9, len(data) // 3, len(data) // 2, len(data) - 9):
        path.write_bytes(data[:length])
        with pytest.raises(FormatError):
            read_arrays(path)

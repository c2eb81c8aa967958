"""Landmark files: two columns, the index base inferred, stated or given; bad indices named."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, GeomError, SizeMismatch
from geomlearn.matching.io.landmarks import read_landmarks, write_landmarks


@pytest.mark.parametrize(
    ("text", "base", "inferred"),
    [
        ("0,4\n3,2\n", 0, True),
        ("1 5\n4 3\n", 1, True),
        ("a,b\n1,2\n2,1\n", 0, True),
        ("# index_base: 1\n1\t2\n2\t1\n", 1, False),
    ],
)
def test_bases(tmp_path, text, base, inferred):
    path = tmp_path / "landmarks.csv"
    path.write_text(text)
    found = read_landmarks(path, n_a=5, n_b=5)
    assert (found.index_base, found.inferred) == (base, inferred)
    table = np.array([[int(word) for word in line.replace(",", " ").split()] for line in text.splitlines()[-2:]])
    np.testing.assert_array_equal(found.pairs, table - base)
    np.testing.assert_array_equal(read_landmarks(path, 9, 9, index_base=0).pairs, table)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("1\n2\n", FormatError, "has 1 columns"),
        ("1,x\n", FormatError, "Line 1"),
        ("0,7\n", SizeMismatch, "Entry 0 of column 2 of landmarks.csv is 7, no vertex counted from 0"),
        ("0,5\n", SizeMismatch, "its shape has 5 vertices"),
        ("-1,2\n", SizeMismatch, "is -1"),
    ],
)
def test_bad_files_end_in_a_sentence(tmp_path, text, error, message):
    path = tmp_path / "landmarks.csv"
    path.write_text(text)
    with pytest.raises(error, match=message):
        read_landmarks(path, n_a=5, n_b=5)


@pytest.mark.parametrize("name", ["marks.txt", "marks.csv"])
@pytest.mark.parametrize("base", [0, 1])
def test_what_is_written_is_read_back(tmp_path, name, base):
    pairs = np.array([[0, 4], [3, 2]])
    write_landmarks(tmp_path / name, pairs, {"source": "cat"}, index_base=base)
    found = read_landmarks(tmp_path / name, n_a=5, n_b=5)
    np.testing.assert_array_equal(found.pairs, pairs)
    assert (found.index_base, found.inferred) == (base, False)


def test_nothing_is_written_for_nothing_or_over_something(tmp_path):
    with pytest.raises(SizeMismatch, match="shape"):
        write_landmarks(tmp_path / "a.txt", np.zeros((0, 2), int))
    with pytest.raises(FormatError, match=r"cannot be written as \.off"):
        write_landmarks(tmp_path / "a.off", np.array([[0, 1]]))
    (tmp_path / "a.txt").write_text("precious")
    with pytest.raises(GeomError, match="exists"):
        write_landmarks(tmp_path / "a.txt", np.array([[0, 1]]))

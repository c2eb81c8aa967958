"""Map files: every format and index base survives the trip, foreign files are understood, wrong ones speak."""

import json

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.io import savemat

from geomlearn.core.errors import FormatError, GeomError, ParameterError, SizeMismatch
from geomlearn.matching.io.maps import WRITABLE, read_map, write_map

METADATA = {
    "source": "cat0",
    "target": "cat1",
    "direction": "source to target",
    "n_source": 5,
    "n_target": 9,
    "method": "zoomout",
    "parameters": {"k_end": 100, "mask": "resolvent"},
    "version": "0.1.0",
}
MAP = np.array([8, 0, 3, 3, 7])


@pytest.mark.parametrize("suffix", WRITABLE)
@pytest.mark.parametrize("base", [0, 1])
def test_every_format_and_base_round_trips(tmp_path, suffix, base):
    path = write_map(tmp_path / f"map{suffix}", MAP, METADATA, index_base=base)
    found = read_map(path, n_source=5, n_target=9)
    np.testing.assert_array_equal(found.map_ab, MAP)
    assert found.index_base == base
    if suffix != ".npy":
        assert not found.inferred
        assert dict(found.metadata) == {**METADATA, "index_base": base}


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.integers(0, 30), min_size=1, max_size=40),
    base=st.integers(0, 1),
    suffix=st.sampled_from([".txt", ".csv", ".vts", ".npz"]),
)
def test_any_map_round_trips_with_its_metadata(tmp_path_factory, values, base, suffix):
    path = tmp_path_factory.mktemp("maps") / f"map{suffix}"
    write_map(path, np.array(values), {}, index_base=base)
    np.testing.assert_array_equal(read_map(path, n_target=31).map_ab, values)


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.integers(0, 30), min_size=1, max_size=40), base=st.integers(0, 1))
def test_the_base_of_a_plain_file_is_found_when_either_end_is_used(tmp_path_factory, values, base):
    path = tmp_path_factory.mktemp("maps") / "map.txt"
    values = np.array([*values, 0, 30])
    write_map(path, values, METADATA, index_base=base, plain=True)
    assert "#" not in path.read_text()
    found = read_map(path, n_target=31)
    np.testing.assert_array_equal(found.map_ab, values)
    assert (found.index_base, found.inferred) == (base, True)


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        ("3\n1\n2\n", 1, [2, 0, 1]),
        ("1\n2\n4\n", 0, [1, 2, 4]),
        ("2\n3\n2\n", 0, [2, 3, 2]),
        ("5\r\n1\r\n", 1, [4, 0]),
        ("  3.0000000e+00\n  0.0\n", 0, [3, 0]),
        ("source,target\n1,0\n0,4\n", 0, [4, 0]),
        ("% from MATLAB\n1 5\n2 3\n", 1, [4, 2]),
        ("vertex;match\n0;2\n1;0\n", 0, [2, 0]),
    ],
)
def test_foreign_text_is_understood(tmp_path, text, base, expected):
    path = tmp_path / "map.txt"
    path.write_text(text)
    found = read_map(path, n_target=5)
    assert (found.index_base, found.map_ab.tolist()) == (base, expected)


def test_lists_of_vertices_and_matlab_count_from_one_where_both_fit(tmp_path):
    (tmp_path / "a.vts").write_text("2\n3\n")
    assert read_map(tmp_path / "a.vts", n_target=5).map_ab.tolist() == [1, 2]
    savemat(tmp_path / "T.mat", {"T12": np.array([[2.0], [3.0]])})
    assert read_map(tmp_path / "T.mat", n_target=5).map_ab.tolist() == [1, 2]
    assert read_map(tmp_path / "a.vts", n_target=5, index_base=0).map_ab.tolist() == [2, 3]


def test_content_decides_when_the_suffix_lies(tmp_path):
    path = write_map(tmp_path / "map.npz", MAP, METADATA).rename(tmp_path / "map.txt")
    np.testing.assert_array_equal(read_map(path).map_ab, MAP)


def test_text_metadata_is_one_comment_line_each(tmp_path):
    lines = write_map(tmp_path / "map.txt", MAP, METADATA).read_text().splitlines()
    assert lines[0] == "# source: cat0"
    assert json.loads(lines[6].removeprefix("# parameters: ")) == METADATA["parameters"]
    assert lines[9:] == ["8", "0", "3", "3", "7"]
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "map.txt", dtype=int), MAP)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\nx\n", "Line 2 of map.txt is no list of integers"),
        ("1.5\n", "Line 1"),
        ("1\n2 3\n", "Line 2 of map.txt has 2 columns"),
        ("1 2 3\n", "has 3 columns"),
        ("0 1\n0 2\n", "does not list every source vertex once"),
        ("# nothing\n", "holds no indices"),
        ("1\ninf\n", "Line 2"),
        ("1e300\n", "Line 1"),
    ],
)
def test_damaged_text_ends_in_a_sentence(tmp_path, text, message):
    path = tmp_path / "map.txt"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_map(path)


def test_a_vertex_without_an_image_is_refused_where_a_whole_map_is_needed(tmp_path):
    (tmp_path / "map.txt").write_text("3\nnan\n")
    with pytest.raises(SizeMismatch, match=r"Entry 1 of map\.txt is -1, no vertex"):
        read_map(tmp_path / "map.txt")


def test_wrong_sizes_and_bases_end_in_a_sentence(tmp_path):
    path = write_map(tmp_path / "map.txt", MAP, plain=True)
    with pytest.raises(SizeMismatch, match="5 entries, the source 6 vertices"):
        read_map(path, n_source=6)
    with pytest.raises(SizeMismatch, match=r"Entry 0 of map\.txt is 8, no vertex counted from 0; its shape has 8"):
        read_map(path, n_target=8)
    with pytest.raises(SizeMismatch, match=r"Entry 1 of map\.txt is 0, no vertex counted from 1"):
        read_map(path, index_base=1)
    with pytest.raises(ParameterError, match="cannot start from 2"):
        write_map(tmp_path / "b.txt", MAP, index_base=2)
    with pytest.raises(FormatError, match=r"cannot be written as \.doc"):
        write_map(tmp_path / "b.doc", MAP)
    with pytest.raises(GeomError, match="exists already"):
        write_map(path, MAP)
    write_map(path, MAP[::-1], force=True)
    np.testing.assert_array_equal(read_map(path, index_base=0).map_ab, MAP[::-1])


@pytest.mark.parametrize("arrays", [{"a": MAP, "b": MAP}, {"map_ab": np.eye(3)}, {"map_ab": np.array([0.5])}])
def test_array_files_without_a_map_end_in_a_sentence(tmp_path, arrays):
    np.savez(tmp_path / "map.npz", **arrays)
    with pytest.raises(FormatError):
        read_map(tmp_path / "map.npz")


def test_binary_rubbish_ends_in_a_sentence(tmp_path):
    (tmp_path / "map.txt").write_bytes(bytes(range(128, 256)))
    with pytest.raises(FormatError, match="is not a text file"):
        read_map(tmp_path / "map.txt")

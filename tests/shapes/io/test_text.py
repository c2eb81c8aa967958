"""Numbers in blocks of text, against Python's own reading of each word."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io.meshes.ragged import strips, walk
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, integers, lines_where, rows, spread, table_text, token_counts


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Source:
    return Source(tmp_path_factory.mktemp("text") / "a.txt")


@given(st.lists(st.floats(allow_nan=False), max_size=30))
def test_floats_come_back_exactly(values):
    data = table_text(np.array(values).reshape(-1, 1)).encode()
    np.testing.assert_array_equal(floats(data, None), np.array(values))


@given(st.lists(st.lists(st.integers(-(2**62), 2**62), max_size=4), max_size=12))
def test_words_are_counted_by_line(table):
    data = "".join("  ".join(map(str, row)) + " \n" for row in table).encode()
    counts, starts = token_counts(data)
    assert counts.tolist() == [len(row) for row in table]
    np.testing.assert_array_equal(integers(data, None), [x for row in table for x in row])
    mask = np.arange(len(table)) % 2 == 0
    assert lines_where(data, starts, mask).split() == [str(x).encode() for row in table[::2] for x in row]


def test_rows_skip_blank_lines_and_stop_at_the_end():
    data = b"1\n\n2 3\n \n4\n"
    block, words = rows(data, 1, 9, token_counts(data))
    assert block.split() == [b"2", b"3", b"4"]
    assert words.tolist() == [2, 1]


@pytest.mark.parametrize("data", [b"1 2 x", b"1 0x10", b"1.2.3", b"1 2abc", b"\xff\xfe", b"1e5e5", b"--1"])
def test_what_is_no_number_is_quoted(source, data):
    with pytest.raises(FormatError, match="stands where a number belongs"):
        floats(data, source)


def test_integers_beyond_any_count_and_fractions_are_refused(source):
    for data in (b"1.5 2", b"1e30 2.0"):
        with pytest.raises(FormatError, match="integer"):
            integers(data, source)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=20))
def test_spread_is_joined_ranges(pairs):
    starts, counts = np.array(pairs, np.int64).reshape(-1, 2).T
    expected = [i for start, count in pairs for i in range(start, start + count)]
    assert spread(starts, counts).tolist() == expected


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 99), max_size=5), min_size=1, max_size=9), st.integers(0, 2))
def test_walk_gives_back_ragged_rows(table, extra):
    values = np.array([x for row in table for x in (len(row), *row, *[7] * extra)] + [1, 2])
    polygons, end = walk(values, len(table), extra)
    assert end == len(values) - 2
    assert polygons.counts.tolist() == [len(row) for row in table]
    assert polygons.corners.tolist() == [x for row in table for x in row]


def test_walk_refuses_what_runs_past_the_end():
    assert walk(np.array([3, 0, 1]), 1)[0] is None
    assert walk(np.array([-1, 0, 1]), 1)[0] is None
    assert walk(np.array([2, 0, 1]), 5)[0] is None


def test_strips_turn_every_second_triangle():
    np.testing.assert_array_equal(strips(np.arange(5), np.array([5])), [[0, 1, 2], [2, 1, 3], [2, 3, 4]])

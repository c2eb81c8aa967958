"""MATLAB files whose headers announce what is not there: refused before a process or memory is taken for them."""

import struct
import zlib

import numpy as np
import pytest
from scipy.io import savemat
from scipy.sparse import csc_matrix, eye

from geomlearn.core import arrays as arrays_module
from geomlearn.core.announced_matlab import check_mat
from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError

HEAD = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def array(dimensions, numbers, name=b"times", kind=6):
    """An array of doubles, by the format's definition."""
    flags = element(6, struct.pack("<II", kind, 0))
    return element(
        14, flags + element(5, struct.pack(f"<{len(dimensions)}i", *dimensions)) + element(1, name) + numbers
    )


def assert_refused(path, data, sentence, monkeypatch):
    monkeypatch.setattr(arrays_module, "read_in_child", lambda *_: pytest.fail("a process was started"))
    path.write_bytes(data)
    with pytest.raises(FormatError, match=sentence) as caught:
        read_arrays(path)
    assert path.name in caught.value.message
    assert "than memory holds" not in caught.value.message


def packed(data):
    squeezed = zlib.compress(data)
    return struct.pack("<II", 15, len(squeezed)) + squeezed


NUMBERS = element(9, np.arange(3.0).tobytes())


@pytest.mark.parametrize("wrap", [bytes, packed])
def test_a_good_file_by_the_definition_is_read(tmp_path, wrap):
    (tmp_path / "a.mat").write_bytes(HEAD + wrap(array((3, 1), NUMBERS)))
    np.testing.assert_array_equal(read_arrays(tmp_path / "a.mat")[0]["times"], [0, 1, 2])


@pytest.mark.parametrize("wrap", [bytes, packed])
@pytest.mark.parametrize(
    "content, sentence",
    [
        (array((1 << 30, 1), NUMBERS), "announces 1073741824 numbers in one array"),
        (array((1 << 16, 1 << 16), NUMBERS), "announces 4294967296 numbers in one array"),
        (array((-3, 1), NUMBERS), "numbers in one array"),
        (array((3, 1), struct.pack("<II", 9, 0x42424242) + bytes(24)), "announces 1111638594 bytes in one element"),
        (array((99, 1), NUMBERS, kind=1), "announces 99 numbers in one array"),  # cells take eight bytes each
    ],
)
def test_what_an_array_announces_is_measured_packed_or_not(tmp_path, monkeypatch, wrap, content, sentence):
    assert_refused(tmp_path / "a.mat", HEAD + wrap(content), sentence, monkeypatch)


def test_an_array_inside_a_packed_cell_is_measured(tmp_path, monkeypatch):
    inner = array((1 << 20, 1 << 9), NUMBERS, b"")
    assert_refused(
        tmp_path / "a.mat", HEAD + packed(array((1, 1), inner, kind=1)), "announces 536870912 numbers", monkeypatch
    )


def test_damage_that_only_the_checksum_shows(tmp_path):
    content = bytearray(packed(array((3, 1), NUMBERS)))
    content[-1] ^= 1
    (tmp_path / "a.mat").write_bytes(HEAD + bytes(content))
    with pytest.raises(FormatError, match="compressed part is damaged"):
        read_arrays(tmp_path / "a.mat")


def test_a_bomb_of_zeros_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    begin = zlib.compress(struct.pack("<II", 14, 0xF0000000) + bytes(1000))
    assert_refused(
        tmp_path / "a.mat", HEAD + struct.pack("<II", 15, len(begin)) + begin, "bytes come out of .* out of proportion",
        monkeypatch,
    )  # fmt: skip


def version_4(rows, columns, data, kind=0, name=b"v\0", order="<"):
    return struct.pack(f"{order}5i", kind, rows, columns, 0, len(name)) + name + data


@pytest.mark.parametrize("order, base", [("<", 0), (">", 1000)])
def test_version_4_is_measured(tmp_path, monkeypatch, order, base):
    data = np.arange(6.0).astype(f"{order}f8").tobytes()
    (tmp_path / "good.mat").write_bytes(version_4(2, 3, data, base, order=order))
    np.testing.assert_array_equal(read_arrays(tmp_path / "good.mat")[0]["v"], np.arange(6.0).reshape(3, 2).T)
    for rows, columns, announced in ((1 << 30, 1, 8589934594), (2, 4, 66), (1 << 20, 1 << 20, 8796093022210)):
        content = version_4(rows, columns, data, base, order=order)
        assert_refused(
            tmp_path / "a.mat", content, f"announces {announced} bytes in one array, but holds 50", monkeypatch
        )
    # The second array lies, after a good one.
    content = version_4(2, 3, data, base, order=order) + version_4(9, 9, data, base, b"w\0", order)
    assert_refused(tmp_path / "a.mat", content, "announces 650 bytes in one array, but holds 50", monkeypatch)


def test_a_sparse_matrix_of_version_4_without_end(tmp_path, monkeypatch):
    savemat(tmp_path / "a.mat", {"m": csc_matrix(eye(4))}, format="4")
    np.testing.assert_array_equal(read_arrays(tmp_path / "a.mat")[0]["m"].toarray(), np.eye(4))
    table = np.array([[1, 1, 5.0], [3, 1e12, 0]])
    content = version_4(2, 3, table.tobytes(order="F"), 2)
    assert_refused(tmp_path / "b.mat", content, r"a sparse matrix of size 1e\+12", monkeypatch)


@pytest.mark.parametrize("compress", [True, False])
def test_every_kind_that_scipy_writes_passes(tmp_path, compress):
    content = {
        "numbers": np.zeros((3, 0)), "text": "word", "cells": np.array([np.arange(3), "x", None], object)[:2],
        "one": {"a": {"b": np.eye(2)}, "empty": []}, "whole": np.arange(9, dtype=np.int8), "z": np.ones(3) * 1j,
        "sparse": csc_matrix(eye(400)), "zeros": np.zeros(1 << 20), "true": np.ones(5, bool),
    }  # fmt: skip
    savemat(tmp_path / "a.mat", content, do_compression=compress)
    check_mat(tmp_path / "a.mat")
    assert read_arrays(tmp_path / "a.mat")[0]["one/a/b"].shape == (2, 2)

"""Point clouds: columns of text, PCD in its three encodings, LZF."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.io.clouds.lzf import decompress


@pytest.fixture
def read(tmp_path):
    def read_text(name: str, text: str):
        (tmp_path / name).write_text(text)
        return read_shape(tmp_path / name)

    return read_text


def columns(*tables: np.ndarray, separator: str = " ") -> str:
    return "".join(separator.join(f"{x:.9g}" for x in row) + "\n" for row in np.hstack(tables))


def test_columns_after_the_coordinates_are_told_apart(read, sphere):
    points, colors = sphere.vertices, np.arange(126).reshape(42, 3) * 2
    normals = points
    shape = read("a.xyz", columns(points, normals, colors))
    np.testing.assert_allclose(shape.normals, normals, atol=1e-8)
    np.testing.assert_allclose(shape.colors, colors / 255)
    shape = read("b.pts", "42\n" + columns(points, np.full((42, 1), -9.5), colors))
    assert shape.normals is None
    np.testing.assert_allclose(shape.colors, colors / 255)
    shape = read("c.txt", columns(points, points * 3))
    assert shape.normals is None
    assert shape.colors is None


@pytest.mark.parametrize("separator", [",", ";", "\t", ", "])
def test_separators_and_named_columns_in_any_order(read, sphere, separator):
    head = separator.join(["id", "z", "y", "x"]) + "\n"
    table = np.hstack([np.arange(42)[:, None], sphere.vertices[:, ::-1]])
    shape = read("a.csv", head + columns(table, separator=separator))
    np.testing.assert_allclose(shape.vertices, sphere.vertices, atol=1e-8)


@pytest.mark.parametrize("text, sentence", [
    ("0 0 0\n1 1\n", "line 2 has 2 numbers, the lines before it 3"),
    ("9\n0 0 0\n1 0 0\n", "announces 9 points, but holds 2"),
    ("hello\nworld\n", "no rows of three numbers"),
    ("C 0 0 0\nH 0 0 1\n", "no rows of three numbers"),
])  # fmt: skip
def test_damage_is_told(read, text, sentence):
    with pytest.raises(FormatError, match=sentence):
        read("a.pts", text)


def pcd(fields: str, sizes: str, kinds: str, n: int, data: str) -> str:
    ones = " ".join("1" for _ in fields.split())
    return (
        f"# .PCD v0.7\nVERSION 0.7\nFIELDS {fields}\nSIZE {sizes}\nTYPE {kinds}\nCOUNT {ones}\nWIDTH {n}\nHEIGHT 1\n"
        f"POINTS {n}\nDATA {data}\n"
    )


def test_pcd_drops_points_the_scanner_did_not_see(read):
    shape = read("a.pcd", pcd("x y z", "4 4 4", "F F F", 3, "ascii") + "0 0 0\nnan nan nan\n1 0 0\n")
    assert shape.n_vertices == 2
    assert shape.warnings == ("1 point without finite coordinates left out.",)


def test_pcd_colors_are_bits_of_an_integer_or_of_a_float(read, tmp_path):
    bits = (255 << 16) | (128 << 8) | 64
    as_float = struct.unpack("<f", struct.pack("<I", bits))[0]
    head = pcd("x y z rgb", "4 4 4 4", "F F F {}", 1, "{}")
    expected = [[1.0, 128 / 255, 64 / 255]]
    np.testing.assert_allclose(read("a.pcd", head.format("U", "ascii") + f"0 0 0 {bits}\n").colors, expected)
    np.testing.assert_allclose(read("b.pcd", head.format("F", "ascii") + f"0 0 0 {as_float!r}\n").colors, expected)
    path = tmp_path / "c.pcd"
    path.write_bytes(head.format("F", "binary").encode() + struct.pack("<3fI", 0, 0, 0, bits))
    np.testing.assert_allclose(read_shape(path).colors, expected)


@pytest.mark.parametrize("change, sentence", [
    (("POINTS 3", "POINTS 99999999999"), "announces 99999999999 points, but holds 3"),
    (("SIZE 4 4 4", "SIZE 4 4"), "do not agree"),
    (("TYPE F F F", "TYPE F F Q"), "unknown type"),
    (("FIELDS x y z", "FIELDS x y w"), "lack one of x, y, z"),
    (("DATA ascii", "DATA zipped"), "none of ascii"),
])  # fmt: skip
def test_pcd_damage_is_told(read, change, sentence):
    text = pcd("x y z", "4 4 4", "F F F", 3, "ascii") + "0 0 0\n1 0 0\n0 1 0\n"
    with pytest.raises(FormatError, match=sentence):
        read("a.pcd", text.replace(*change))


@given(st.binary(max_size=300), st.integers(1, 40))
def test_lzf_brings_back_what_was_packed(data, times):
    """Literal runs only, by the format's definition."""
    packed = b"".join(bytes([len(data[i : i + 32]) - 1]) + data[i : i + 32] for i in range(0, len(data), 32))
    assert decompress(packed, len(data)) == data
    # One byte and a copy of itself: the overlapping copy that makes runs.
    assert decompress(bytes([0, 65, (7 << 5), times, 0]), times + 10) == b"A" * (times + 10)


def test_lzf_refuses_damage():
    assert decompress(bytes([32, 9]), 3) is None  # copies from before the beginning
    assert decompress(bytes([0, 65]), 1 << 40) is None  # announces more than any input can give
    assert decompress(bytes([0, 65]), 2) is None  # ends early

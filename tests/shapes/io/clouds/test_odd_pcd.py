"""PCD files as scanners and libraries write them: fields of many kinds, in every way of storing them."""

import struct

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io import read_held

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3.5], [1, 1, 1]])


def head(fields, sizes, kinds, counts, data, width=5, height=1):
    return (
        f"# .PCD v0.7\nVERSION 0.7\nFIELDS {fields}\nSIZE {sizes}\nTYPE {kinds}\nCOUNT {counts}\nWIDTH {width}\n"
        f"HEIGHT {height}\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {width * height}\nDATA {data}\n"
    ).encode()


def literal(data):
    """LZF that packs nothing, by the format's definition."""
    return b"".join(bytes([len(data[i : i + 32]) - 1]) + data[i : i + 32] for i in range(0, len(data), 32))


def stored(rows, names, way):
    """The rows of a structured array, point by point, or field by field and packed."""
    if way == "binary":
        return rows.tobytes()
    data = b"".join(np.ascontiguousarray(rows[name]).tobytes() for name in names)
    packed = literal(data)
    return struct.pack("<II", len(packed), len(data)) + packed


@pytest.mark.parametrize("way", ["binary", "binary_compressed"])
@pytest.mark.parametrize("kind, letter", [("<f4", "F"), ("<f8", "F"), ("<i2", "I"), ("<u8", "U")])
def test_numbers_of_every_kind(tmp_path, way, kind, letter):
    rows = np.zeros(5, [("ring", "<u2"), ("x", kind), ("y", kind), ("z", kind), ("intensity", "<f4")])
    expected = POINTS.astype(kind).astype(float)
    for i, name in enumerate("xyz"):
        rows[name] = expected[:, i]
    rows["ring"], rows["intensity"] = np.arange(5), np.arange(5) / 4
    size = np.dtype(kind).itemsize
    text = head(
        "ring x y z intensity", f"2 {size} {size} {size} 4", f"U {letter} {letter} {letter} F", "1 1 1 1 1", way
    )
    (tmp_path / "a.pcd").write_bytes(text + stored(rows, rows.dtype.names, way))
    held = read_held(tmp_path / "a.pcd")
    np.testing.assert_array_equal(held.shape.vertices, expected)
    np.testing.assert_array_equal(held.point_data["ring"], np.arange(5))
    np.testing.assert_array_equal(held.point_data["intensity"], np.arange(5) / 4)


@pytest.mark.parametrize("way", ["ascii", "binary", "binary_compressed"])
def test_fields_of_several_numbers_and_padding_shift_nothing(tmp_path, way):
    rows = np.zeros(5, [("histogram", "<f4", 3), ("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("_", "u1", 4)])
    rows["histogram"] = 7
    for i, name in enumerate("xyz"):
        rows[name] = POINTS[:, i]
    body = stored(rows, rows.dtype.names, way)
    if way == "ascii":
        body = "".join(f"7 7 7 {x:g} {y:g} {z:g} 0 0 0 0\n" for x, y, z in POINTS).encode()
    (tmp_path / "a.pcd").write_bytes(head("histogram x y z _", "4 4 4 4 1", "F F F F U", "3 1 1 1 4", way) + body)
    np.testing.assert_array_equal(read_held(tmp_path / "a.pcd").shape.vertices, POINTS)


def test_an_image_of_points_and_its_normals(tmp_path):
    normals = np.tile([0, 0, 1.0], (4, 1))
    body = "".join("{:g} {:g} {:g} {:g} {:g} {:g}\n".format(*p, *n) for p, n in zip(POINTS[:4], normals, strict=True))
    fields = "x y z normal_x normal_y normal_z", "4 4 4 4 4 4", "F F F F F F", "1 1 1 1 1 1"
    (tmp_path / "a.pcd").write_bytes(head(*fields, "ascii", 2, 2) + body.encode())
    shape = read_held(tmp_path / "a.pcd").shape
    np.testing.assert_array_equal(shape.vertices, POINTS[:4])
    np.testing.assert_array_equal(shape.normals, normals)


@pytest.mark.parametrize("way", ["binary", "binary_compressed"])
def test_points_that_are_not_there_are_told(tmp_path, way):
    rows = np.zeros(5, [("x", "<f4"), ("y", "<f4"), ("z", "<f4")])
    body = stored(rows, rows.dtype.names, way)
    (tmp_path / "a.pcd").write_bytes(head("x y z", "4 4 4", "F F F", "1 1 1", way) + body[:-7])
    with pytest.raises(FormatError, match=r"a\.pcd"):
        read_held(tmp_path / "a.pcd")

"""What each mesh format holds beyond plain triangles: obj, off, ply, stl."""

import struct

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, MeshError
from geomlearn.shapes.io import read_shape


@pytest.fixture
def read(tmp_path):
    def read_bytes(name: str, data: bytes | str):
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read_shape(path)

    return read_bytes


TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"


def test_obj_indices_in_all_their_forms(read):
    faces = [
        "f 1 2 3",
        "f 1/9 2/9 3/9",
        "f 1//9 2//9 3//9",
        "f 1/9/9 2/9/9 3/9/9",
        "f -3 -2 -1",
        "f 1 2 \\\n3",
        "\tf 1 2 3 # x",
    ]
    for face in faces:
        np.testing.assert_array_equal(read("a.obj", TRIANGLE + face + "\n").faces, [[0, 1, 2]], err_msg=face)


def test_obj_negative_indices_count_from_where_they_stand(read):
    shape = read("a.obj", TRIANGLE + "f -3 -2 -1\nv 5 5 5\nf -2 -3 -4\n")
    np.testing.assert_array_equal(shape.faces, [[0, 1, 2], [2, 1, 0]])


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_obj_line_ends_of_other_systems(read, ending):
    assert read("a.obj", (TRIANGLE + "f 1 2 3\n").replace("\n", ending)).n_faces == 1


def test_obj_colors_normals_and_concave_polygons(read):
    arrow = "v 0 0 0 1 0 0\nv 2 1 0 0 1 0\nv 0 2 0 0 0 1\nv 1 1 0 0 0 0\n" + "vn 0 0 1\n" * 4
    shape = read("a.obj", arrow + "f 1//1 2//2 3//3 4//4\n")
    np.testing.assert_array_equal(shape.colors[1], [0, 1, 0])
    np.testing.assert_array_equal(shape.normals, [[0, 0, 1]] * 4)
    assert shape.area == pytest.approx(1.0)  # a fan from the wrong corner would cover more


def test_obj_normals_of_their_own_numbering_are_left_aside(read):
    text = TRIANGLE + "vn 1 0 0\nvn 0 1 0\nvn 0 0 1\nf 1//3 2//2 3//1\n"
    assert read("a.obj", text).normals is None


def test_obj_vertex_zero_and_missing_vertices_are_told_from_one(read):
    with pytest.raises(FormatError, match="vertex 0"):
        read("a.obj", TRIANGLE + "f 0 1 2\n")
    with pytest.raises(MeshError, match="face 2 refers to vertex 9, but the file has 3 vertices"):
        read("a.obj", TRIANGLE + "f 1 2 3\nf 1 2 9\n")


def test_off_headers_as_they_come(read):
    body = "0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
    for head in ("OFF\n3 1 0\n", "OFF 3 1 0\n", "# c\nOFF\n# c\n3 1\n", "\n\n  OFF3 1 0\n"):
        assert read("a.off", head + body).n_faces == 1, head


def test_off_normals_and_colors(read):
    row = "{} 0 0 1 255 0 0 255\n"
    shape = read(
        "a.off", "CNOFF\n3 1 0\n" + "".join(row.format(p) for p in ("0 0 0", "1 0 0", "0 1 0")) + "3 0 1 2 9 9 9\n"
    )
    np.testing.assert_array_equal(shape.normals, [[0, 0, 1]] * 3)
    np.testing.assert_array_equal(shape.colors, [[1, 0, 0]] * 3)


@pytest.mark.parametrize("text, sentence", [
    ("OFF\n9 1 0\n0 0 0\n1 0 0\n", "announces 9 vertices, but holds 2"),
    ("OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "announces 2 faces, but holds 1"),
    ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1\n", "face 0 announces 3 corners, but its line holds 2"),
    ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 x 0\n3 0 1 2\n", "'x' stands where a number belongs"),
    ("OFF\n-3 1 0\n", "announces -3 vertices"),
    ("4OFF\n3 1 0\n", "more than three dimensions"),
])  # fmt: skip
def test_off_damage_is_told(read, text, sentence):
    with pytest.raises(FormatError, match=sentence):
        read("a.off", text)


def ply(elements: str, body: bytes, kind: str = "ascii") -> bytes:
    return f"ply\nformat {kind} 1.0\n{elements}end_header\n".encode() + body


VERTEX = "element vertex 3\nproperty float x\nproperty float y\nproperty float z\n"


def test_ply_lists_among_other_properties(read):
    """The index list is found between scalars and other lists, in text and in binary, of equal and unequal length."""
    face = "element face 2\nproperty uchar flags\nproperty list uchar float texcoord\n"
    face += "property list uchar int vertex_index\n"
    text = b"0 0 0\n1 0 0\n0 1 0\n7 2 .5 .5 3 0 1 2\n7 {} 3 2 1 0\n"
    points = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    for uv in ([0.5, 0.5], [0.1, 0.2, 0.3]):
        words = f"{len(uv)} {' '.join(map(str, uv))}".encode()
        shape = read("a.ply", ply(VERTEX + face, text.replace(b"{}", words)))
        np.testing.assert_array_equal(shape.faces, [[0, 1, 2], [2, 1, 0]])
        body = points + struct.pack("<BB2fB3i", 7, 2, 0.5, 0.5, 3, 0, 1, 2)
        body += struct.pack(f"<BB{len(uv)}fB3i", 7, len(uv), *uv, 3, 2, 1, 0)
        shape = read("b.ply", ply(VERTEX + face, body, "binary_little_endian"))
        np.testing.assert_array_equal(shape.faces, [[0, 1, 2], [2, 1, 0]])


def test_ply_elements_in_any_order_and_strips(read):
    strips = "element other 1\nproperty int a\n{}element tristrips 1\nproperty list int int vertex_indices\n"
    shape = read("a.ply", ply(strips.format(VERTEX), b"5\n0 0 0\n1 0 0\n0 1 0\n7 0 1 2 -1 2 1 0\n"))
    np.testing.assert_array_equal(shape.faces, [[0, 1, 2], [2, 1, 0]])


def test_ply_colors_keep_their_range(read):
    head = VERTEX + "property uchar red\nproperty uchar green\nproperty uchar blue\n"
    shape = read("a.ply", ply(head, b"0 0 0 255 0 51\n1 0 0 0 0 0\n0 1 0 0 0 0\n"))
    np.testing.assert_allclose(shape.colors[0], [1, 0, 0.2])


@pytest.mark.parametrize("head, body, sentence", [
    (VERTEX.replace("3", "99999999999"), b"0 0 0\n", "announces 99999999999 vertex rows, but holds 1"),
    (VERTEX.replace("float z", "float w"), b"0 0 0\n" * 3, "lack one of x, y, z"),
    (VERTEX, b"0 0\n" * 3, "vertex 0 has too few numbers"),
    (VERTEX.replace("float x", "flout x"), b"", "line 'property flout x'"),
    (VERTEX.replace("vertex", "vertices"), b"", "announces no vertices"),
])  # fmt: skip
def test_ply_damage_is_told(read, head, body, sentence):
    with pytest.raises(FormatError, match=sentence):
        read("a.ply", ply(head, body))


def test_stl_corners_are_welded_and_counts_mended(read, seed_files):
    data = seed_files["binary.stl"].read_bytes()
    assert read("a.stl", data).n_vertices == 42
    wrong = data[:80] + struct.pack("<I", 7777) + data[84:]
    shape = read("b.stl", wrong)
    assert shape.n_faces == 80
    assert "count of triangles" in shape.warnings[0]
    with pytest.raises(FormatError, match="announces 80 triangles, but holds 79"):
        read("c.stl", data[:-9])


def test_binary_stl_that_begins_with_solid(read, seed_files):
    data = b"solid".ljust(80, b" ") + seed_files["binary.stl"].read_bytes()[80:]
    assert read("a.stl", data).n_faces == 80

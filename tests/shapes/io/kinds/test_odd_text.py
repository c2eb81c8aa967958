"""Text in spellings that are easily misread: each is read as it is meant, or refused."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.core.tables import read_number_table
from geomlearn.shapes.io import read_shape
from tests.shapes.io.kinds.cube import CORNERS, FACES, OFF, is_cube, lines, read

GROUPED = {
    "points and commas": "1.234,5;2.345,5;3,5\n1.235,5;2.345,5;4,5\n",
    "commas and points": '"1,234.5","2,000.0","3"\n"1,334.5","2,001.0","3"\n',
    "blanks": "1 234,5;2 345,5;3,5\n1 235,5;2 345,5;4,5\n",
    "hard blanks": "1\u00a0234,5;2\u00a0345,5;3,5\n1\u00a0235,5;2\u00a0345,5;4,5\n",
    "apostrophes": "x y z\n1'234.5 2 3\n1'235.5 2 4\n",
}


@pytest.mark.parametrize("text", GROUPED.values(), ids=GROUPED)
def test_groups_of_thousands_are_refused(tmp_path, text):
    with pytest.raises(FormatError, match="group thousands"):
        read(tmp_path, "a.csv", text)


@pytest.mark.parametrize("text", ["1,5, 2,5, 3,5\n1,25, 2,5, 4,5\n", "0,5,0,05,1,5\n0,25,0,5,1,5\n"])
def test_commas_between_and_inside_numbers_are_refused(tmp_path, text):
    with pytest.raises(FormatError, match="both separates"):
        read(tmp_path, "a.txt", text)


@pytest.mark.parametrize("word", ["2D0", "−1.5", "1.2.3", "12h"])
def test_a_first_row_in_an_odd_spelling_is_no_header(tmp_path, word):
    with pytest.raises(FormatError, match="line 1 stands where a number belongs"):
        read(tmp_path, "a.xyz", f"{word} 2 3\n2 2 3\n3 2 4\n")


@pytest.mark.parametrize("header", ["x y z", "# 3 points", "Survey of 2020", "X(m) Y(m) Z(m)", "3"])
def test_headers_are_still_stepped_over(tmp_path, header):
    shape = read(tmp_path, "a.xyz", f"{header}\n1 2 3\n2 2 3\n3 2 4\n")
    np.testing.assert_array_equal(shape.vertices, [[1, 2, 3], [2, 2, 3], [3, 2, 4]])


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.obj", lines("v {:.2f} {:.2f} {:.2f}", CORNERS).replace(".", ",") + lines("f {} {} {}", FACES + 1)),
        ("a.off", OFF.replace("-1", "-1,0")),
        ("a.vtk", "# vtk DataFile Version 3.0\nx\nASCII\nDATASET POLYDATA\nPOINTS 1 float\n1,5 2 3\n"),
        ("a.vert", lines("{:.2f} {:.2f} {:.2f}", CORNERS).replace(".", ",")),
    ],
)
def test_a_decimal_comma_elsewhere_is_named(tmp_path, name, text):
    with pytest.raises(FormatError, match="Write decimal numbers with a point"):
        read(tmp_path, name, text)


def test_values_with_a_decimal_comma(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("0;0,5\n1;0,25\n2;-1,5\n")
    np.testing.assert_array_equal(read_number_table(path), [[0.5], [0.25], [-1.5]])
    path.write_text("1,5\n7,25\n3,75\n")
    with pytest.raises(FormatError, match="separate two columns or stand inside"):
        read_number_table(path)
    path.write_text("0,5\n1,25\n2,7\n")  # an index and a value
    np.testing.assert_array_equal(read_number_table(path), [[5], [25], [7]])


def test_an_off_header_in_small_letters_and_what_vertices_carry_beside(tmp_path):
    assert is_cube(read(tmp_path, "a.off", OFF.replace("OFF", "off")))
    more = OFF.split("\n")
    coloured = "\n".join([*more[:2], *(f"{line} 255 0 0" for line in more[2:10]), *more[10:]])
    assert "further numbers of vertices" in read(tmp_path, "b.off", coloured).warnings[0]
    textured = coloured.replace("OFF", "STOFF").replace(" 255 0 0", " 0.5 0.5")
    assert "texture coordinates" in read(tmp_path, "c.off", textured).warnings[0]
    assert read(tmp_path, "d.off", coloured.replace("OFF", "COFF")).warnings == ()


@pytest.mark.parametrize("name", ["my vertex 7", "facet", "a vertex of a facet"])
def test_a_solid_may_be_called_anything(tmp_path, name):
    facets = "".join(
        "facet normal 0 0 1\nouter loop\n" + lines("vertex {} {} {}", CORNERS[f]) + "endloop\nendfacet\n" for f in FACES
    )
    assert is_cube(read(tmp_path, "a.stl", f"solid {name}\n{facets}endsolid {name}\n"))


@pytest.mark.parametrize("name", ["a.pcd", "a.vtk", "a.stl", "a.vert", "a.pts"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_before_every_text_format(sphere, tmp_path, name, encoding):
    xyz = lines("{:.6g} {:.6g} {:.6g}", sphere.vertices)
    text = {
        "a.pcd": "VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 42\nHEIGHT 1\nPOINTS 42\n"
        f"DATA ascii\n{xyz}",
        "a.vtk": f"# vtk DataFile Version 3.0\nx\nASCII\nDATASET POLYDATA\nPOINTS 42 float\n{xyz}"
        f"POLYGONS 80 320\n{lines('3 {} {} {}', sphere.faces)}",
        "a.stl": "solid\n"
        + "".join(
            f"facet normal 0 0 1\nouter loop\n{lines('vertex {:.6g} {:.6g} {:.6g}', sphere.vertices[f])}"
            "endloop\nendfacet\n"
            for f in sphere.faces
        )
        + "endsolid\n",
        "a.vert": xyz,
        "a.pts": f"42\n{xyz}",
    }[name]
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert read_shape(tmp_path / name).n_vertices == 42

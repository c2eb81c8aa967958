"""Cells of every kind: areas by hand, on cells of straight edges, where curved and straight ones agree."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.shapes.describe import describe
from geomlearn.shapes.io import read_held, read_shape
from geomlearn.shapes.io.vtk.cell_types import BY_CORNERS, CELLS


def legacy(points, cells, types, before="", after=""):
    size = sum(len(cell) + 1 for cell in cells)
    rows = "".join(f"{len(cell)} {' '.join(map(str, cell))}\n" for cell in cells)
    table = "\n".join(" ".join(f"{x:.17g}" for x in p) for p in points)
    return (
        f"# vtk DataFile Version 3.0\nby hand\nASCII\nDATASET UNSTRUCTURED_GRID\n{before}POINTS {len(points)} double\n"
        f"{table}\nCELLS {len(cells)} {size}\n{rows}CELL_TYPES {len(cells)}\n{chr(10).join(map(str, types))}\n{after}"
    )


def shape_of(tmp_path, *args, **kwargs):
    path = tmp_path / "a.vtk"
    path.write_text(legacy(*args, **kwargs))
    return read_shape(path)


CUBE = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]


def prism(k, height=2.0):
    """A regular prism of radius 1, and its surface area."""
    angle = 2 * np.pi * np.arange(k) / k
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1)
    side = 2 * np.sin(np.pi / k)
    area = k * np.sin(2 * np.pi / k) + k * side * height
    return np.vstack([ring, ring + np.array([0, 0, height])]), area


@pytest.mark.parametrize("kind, k", [(15, 5), (16, 6)])
def test_prisms(tmp_path, kind, k):
    points, area = prism(k)
    shape = shape_of(tmp_path, points, [range(2 * k)], [kind])
    assert shape.area == pytest.approx(area)
    facts = describe(shape)
    assert facts.closed
    assert facts.volume == pytest.approx(k / 2 * np.sin(2 * np.pi / k) * 2.0)  # faces look outwards


def test_faces_cancel_between_cells_of_any_two_types(tmp_path):
    """A cube, a wedge on its side, a pyramid on its top: 2 × (5 − 1) + … by hand."""
    points = [*CUBE, (2, 0, 0), (2, 0, 1), (0.5, 0.5, 2)]
    wedge, pyramid = (1, 2, 8, 5, 6, 9), (4, 5, 6, 7, 10)
    shape = shape_of(tmp_path, points, [range(8), wedge, pyramid], [12, 13, 14])
    slant = np.sqrt(1 + 0.25) / 2  # a side of the pyramid: base 1, height √(1 + ¼)
    by_hand = 4 + (1 / 2 + 1 / 2 + 1 + np.sqrt(2)) + 4 * slant
    assert shape.area == pytest.approx(by_hand)
    assert describe(shape).manifold


def test_collapsed_corners_still_cancel(tmp_path):
    """A hexahedron whose corners 2, 3 and 6, 7 fall together is a wedge; beside a true wedge it shares a quad."""
    points = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 0), (1, 1, 1)]
    collapsed = (0, 1, 2, 2, 3, 4, 5, 5)
    wedge = (1, 6, 2, 4, 7, 5)
    shape = shape_of(tmp_path, points, [collapsed, wedge], [12, 13])
    assert shape.area == pytest.approx(6.0)
    assert describe(shape).closed


def test_a_polyhedron_in_a_legacy_file(tmp_path):
    faces = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (2, 3, 7, 6), (0, 4, 7, 3), (1, 2, 6, 5)]
    stream = [len(faces), *(i for face in faces for i in (len(face), *face))]
    shape = shape_of(tmp_path, CUBE, [stream], [42])
    assert (shape.n_vertices, shape.n_faces, shape.area) == (8, 12, pytest.approx(6.0))
    with pytest.raises(FormatError, match="faces of a polyhedron"):
        shape_of(tmp_path, CUBE, [stream[:-2]], [42])


@pytest.mark.parametrize("ways", ["faces", "face_connectivity"])
def test_a_polyhedron_in_an_xml_file(tmp_path, ways):
    faces = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (2, 3, 7, 6), (0, 4, 7, 3), (1, 2, 6, 5)]
    flat = [i for face in faces for i in face]
    arrays = {"connectivity": range(8), "offsets": [8], "types": [42]}
    if ways == "faces":
        arrays |= {"faces": [6, *(i for face in faces for i in (4, *face))], "faceoffsets": [31]}
    else:
        arrays |= {"face_connectivity": flat, "face_offsets": range(4, 25, 4), "polyhedron_to_faces": range(6)}
        arrays |= {"polyhedron_offsets": [6]}
    cells = "".join(
        f'<DataArray type="Int64" Name="{name}" format="ascii">{" ".join(map(str, values))}</DataArray>'
        for name, values in arrays.items()
    )
    points = " ".join(str(x) for p in CUBE for x in p)
    (tmp_path / "a.vtu").write_text(
        '<VTKFile type="UnstructuredGrid"><UnstructuredGrid><Piece NumberOfPoints="8" NumberOfCells="1"><Points>'
        f'<DataArray type="Float64" NumberOfComponents="3" format="ascii">{points}</DataArray></Points>'
        f"<Cells>{cells}</Cells></Piece></UnstructuredGrid></VTKFile>"
    )
    assert read_shape(tmp_path / "a.vtu").area == pytest.approx(6.0)


# Corners of a straight cell by the number of its corners, and its surface area.
STRAIGHT = {
    "triangles": (CUBE[:3], 0.5),
    "quads": (CUBE[:4], 1.0),
    "tetrahedra": ([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], 1.5 + np.sqrt(3) / 2),
    "hexahedra": (CUBE, 6.0),
    "wedges": ([(0, 0, 0), (0, 1, 0), (1, 0, 0), (0, 0, 1), (0, 1, 1), (1, 0, 1)], 3 + np.sqrt(2)),
    "pyramids": ([*CUBE[:4], (0.5, 0.5, 1)], 1 + np.sqrt(5)),
}


@pytest.mark.parametrize("kind", [k for k in CELLS if k > 21] + sorted(BY_CORNERS))
def test_curved_cells_of_straight_edges_have_the_straight_area(tmp_path, kind):
    cell = CELLS.get(kind) or BY_CORNERS[kind]
    corners, area = next(value for word, value in STRAIGHT.items() if cell.title.endswith(word))
    nodes = np.zeros((cell.n_nodes, 3))
    nodes[: len(corners)] = corners
    for ring, face in zip(cell.faces, cell.corners, strict=True):
        for i, node in enumerate(ring):
            if node >= len(corners):
                nodes[node] = (nodes[ring[i - 1]] + nodes[ring[(i + 1) % len(ring)]]) / 2
        assert set(face) <= set(ring)
    shape = shape_of(tmp_path, nodes, [range(cell.n_nodes)], [kind])
    assert shape.area == pytest.approx(area)
    if kind in BY_CORNERS:
        assert any("by their corners" in sentence for sentence in shape.warnings)


def test_cells_that_are_not_read_are_named(tmp_path):
    shape = shape_of(tmp_path, CUBE, [(0, 1, 2, 3), (4, 5), (4, 5, 6)], [9, 3, 65])
    assert shape.n_faces == 2
    for words in ("lines", "1 cells of type 65"):
        assert words in " ".join(shape.warnings)


FIELD = "FIELD FieldData 2\nTimeValue 1 1 double\n0.5\nnames 2 1 float\n1 2\n"


@pytest.mark.parametrize("before", [FIELD, "SOMETHING new 3\n1 2 3\n", FIELD + "METADATA\nINFORMATION 0\n\n"])
def test_what_comes_before_the_points_is_stepped_over(tmp_path, before):
    assert shape_of(tmp_path, CUBE[:4], [(0, 1, 2, 3)], [9], before=before).area == pytest.approx(1.0)


def test_point_data_are_held_and_cell_data_named(tmp_path):
    after = (
        "CELL_DATA 1\nSCALARS c float\nLOOKUP_TABLE default\n1\nPOINT_DATA 4\nSCALARS h float\nLOOKUP_TABLE default\n"
    )
    (tmp_path / "a.vtk").write_text(legacy(CUBE[:4], [(0, 1, 2, 3)], [9], after=after + "0 1 2 3\n"))
    held = read_held(tmp_path / "a.vtk")
    np.testing.assert_array_equal(held.point_data["h"], [0, 1, 2, 3])
    assert "cell data" in " ".join(held.shape.warnings)


def test_a_grid_cut_before_its_cells_is_no_cloud(tmp_path):
    text = legacy(CUBE, [range(8)], [12])
    (tmp_path / "a.vtk").write_text(text[: text.index("CELLS")])
    with pytest.raises(FormatError, match="CELLS are missing"):
        read_shape(tmp_path / "a.vtk")
    (tmp_path / "b.vtk").write_text(text[: text.index("CELLS")].replace("UNSTRUCTURED_GRID", "POLYDATA"))
    assert "cut short" in read_shape(tmp_path / "b.vtk").warnings[0]

"""VTK's files, against VTK's own reading of them."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io import read_point_data, read_shape

pyvista = pytest.importorskip("pyvista")


@pytest.mark.parametrize("suffix", [".vtk", ".vtu"])
@pytest.mark.parametrize("binary", [True, False])
def test_solid_cells_become_their_surface(tmp_path, suffix, binary):
    """Tetrahedra and hexahedra, read as the boundary of their union."""
    grid = pyvista.ImageData(dimensions=(4, 3, 3)).cast_to_unstructured_grid()
    for name, cells in (("hex", grid), ("tet", grid.triangulate())):
        path = tmp_path / f"{name}{suffix}"
        cells.save(path, binary=binary)
        shape = read_shape(path)
        assert shape.area == pytest.approx(2 * (3 * 2 + 3 * 2 + 2 * 2)), name
        theirs = cells.extract_surface(algorithm="dataset_surface").triangulate()
        assert shape.n_vertices == theirs.n_points
        assert shape.n_faces == theirs.n_cells
        # Closed and oriented outwards: the volume is that of the box.
        a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
        assert np.einsum("ij,ij->", a, np.cross(b, c)) / 6 == pytest.approx(12)


def test_mixed_polygons_and_strips(tmp_path):
    mesh = pyvista.Cylinder(resolution=7, capping=True)  # quads with caps of seven corners
    mesh.save(tmp_path / "a.vtp")
    shape = read_shape(tmp_path / "a.vtp")
    assert shape.n_faces == mesh.triangulate().n_cells
    assert shape.area == pytest.approx(mesh.area)
    stripped = pyvista.Sphere(theta_resolution=9, phi_resolution=9).strip()
    for name in ("s.vtp", "s.vtk"):
        stripped.save(tmp_path / name)
        shape = read_shape(tmp_path / name)
        assert shape.n_faces == stripped.triangulate().n_cells
        a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
        assert np.einsum("ij,ij->", a, np.cross(b, c)) > 0


def test_point_data_normals_and_colors(tmp_path):
    mesh = pyvista.Sphere()
    mesh.point_data["RGB"] = np.full((mesh.n_points, 3), 51, np.uint8)
    mesh.point_data["height"] = mesh.points[:, 2].astype(float)
    for name in ("a.vtp", "a.vtk"):
        mesh.save(tmp_path / name)
        shape = read_shape(tmp_path / name)
        np.testing.assert_allclose(shape.normals, mesh.point_data["Normals"], atol=1e-6)
        np.testing.assert_allclose(shape.colors, 0.2, atol=1e-7)
        np.testing.assert_array_equal(read_point_data(tmp_path / name)["height"], mesh.point_data["height"])


def test_datasets_without_a_surface_say_so(tmp_path):
    image = pyvista.ImageData(dimensions=(3, 3, 3))
    image.save(tmp_path / "a.vtk")
    with pytest.raises(FormatError, match="STRUCTURED_POINTS, which is no surface"):
        read_shape(tmp_path / "a.vtk")
    image.save(tmp_path / "a.vti")
    with pytest.raises(FormatError, match="ImageData, which is no surface"):
        read_shape(tmp_path / "a.vti")


@pytest.mark.parametrize("change, sentence", [
    ((b"POINTS 42", b"POINTS 99999999999"), "announces"),
    ((b"POLYGONS 80 320", b"POLYGONS 80 319"), "do not fill|announces|belongs"),
    ((b"DATASET POLYDATA", b"DATASET"), "DATASET line is missing"),
    ((b"ASCII", b"ASKII"), "neither ASCII nor BINARY"),
])  # fmt: skip
def test_legacy_damage_is_told(seed_files, tmp_path, change, sentence):
    path = tmp_path / "a.vtk"
    path.write_bytes(seed_files["ascii.vtk"].read_bytes().replace(*change))
    with pytest.raises(FormatError, match=sentence):
        read_shape(path)


@pytest.mark.parametrize("name, change, sentence", [
    ("text.vtp", (b'NumberOfPoints="42"', b'NumberOfPoints="43"'), "announces 43 points, but holds 42"),
    ("raw.vtp", (b'offset="', b'offset="9999999'), "bytes of appended data"),
    ("zlib.vtp", (b"vtkZLibDataCompressor", b"vtkLZ4DataCompressor"), "compressed by vtkLZ4"),
    ("text.vtp", (b"</VTKFile>", b""), "XML is damaged"),
    ("text.vtp", (b"<VTKFile", b"<!DOCTYPE a [<!ENTITY b 'c'>]><VTKFile"), "none of|entities|damaged|contradicts"),
])  # fmt: skip
def test_xml_damage_is_told(seed_files, tmp_path, name, change, sentence):
    path = tmp_path / "a.vtp"
    path.write_bytes(seed_files[name].read_bytes().replace(*change))
    with pytest.raises(FormatError, match=sentence):
        read_shape(path)

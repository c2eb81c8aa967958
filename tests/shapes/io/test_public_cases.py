"""Inputs from public bug reports, kept beside the repository: each ends in the value computed independently."""

import numpy as np
import pytest

from geomlearn.core.errors import GeomError
from geomlearn.shapes.describe import describe
from geomlearn.shapes.io import read_shape

# File: vertices, faces, area.
MESHES = {
    "S5/mat_vertices_unref_first.mat": (9, 12, 24.0),
    "S7/obj_bom_spare.obj": (9, 12, 24.0),
    "S8/obj_bom.obj": (8, 12, 24.0),
    "S11/polyhedron2pieces.vtu": (18, 28, 14.472),
    "S13/vtk_hex_wedge.vtk": (10, 16, 8.4142),
    "S20/cube0.vert": (8, 12, 24.0),
    "S20/cube0.tri": (8, 12, 24.0),
    "S23/glb_extinst.glb": (16, 24, 48.0),
    "S25/mat_two_structs.mat": (8, 12, 24.0),
    "R1/vtk_timevalue.vtk": (4, 2, 1.0),
    "R2/SurfaceVectors.vtk": (434, 756, 105.34),
    "R4/production_components.3mf": (8, 8, 295.75),
    "R5/inspired_mesh_quads_Conjugate.off": (1749, 3266, 1066.5),
    "R7/ply_bom.ply": (8, 12, 24.0),
    "R8/off_bom.off": (8, 12, 24.0),
    "R10/mat_S_surface.mat": (8, 12, 24.0),
    "R11/mat_v73_plain.mat": (8, 12, 24.0),
    "R13/obj_gz.obj.gz": (8, 12, 24.0),
    "R14/obj_utf16.obj": (8, 12, 24.0),
    "R16/stl_oneline.stl": (8, 12, 24.0),
}
CLOUDS = (
    *("S1/xyz_decimal_comma.txt", "S2/xyz_decimal_comma_sp.txt", "R14/xyz_utf16.csv"),
    *("R17/xyz_quoted.csv", "R17/xyz_names.csv", "S26/pcd_rgb_all_black_ascii.pcd"),
)
REFUSED = {"S22/glb_draco_used_only.glb": "compressed with Draco", "C5/TwoBoxes.gltf": "glTF version 1"}


@pytest.fixture(scope="module")
def cases(shared_data):
    folder = shared_data / "cases"
    if not folder.is_dir():
        pytest.skip("the cases from public bug reports are not beside this checkout")
    return folder


@pytest.mark.parametrize("name", MESHES)
def test_meshes(cases, name):
    shape = read_shape(cases / name)
    n_vertices, n_faces, area = MESHES[name]
    assert (shape.n_vertices, shape.n_faces) == (n_vertices, n_faces)
    assert shape.area == pytest.approx(area, rel=1e-4)


@pytest.mark.parametrize("name", CLOUDS)
def test_clouds(cases, name):
    shape = read_shape(cases / name)
    assert (shape.n_vertices, shape.n_faces) == (60, 0)
    np.testing.assert_allclose(np.linalg.norm(shape.vertices, axis=1), 1, atol=2e-6)
    np.testing.assert_allclose(np.ptp(shape.vertices, axis=0), [1.85, 1.87, 1.96], atol=0.01)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(cases, name):
    with pytest.raises(GeomError, match=REFUSED[name]):
        read_shape(cases / name)


def test_an_open_index_base_is_said(cases):
    assert "may count from 1" in read_shape(cases / "S4/npz_vf_onebased_unref.npz").warnings[0]
    assert read_shape(cases / "S4/npz_vf_onebased_unref.npz", index_base=1).area == pytest.approx(24.0)


def test_cells_that_meet_in_their_middle(cases):
    """VTK's own surface keeps 120 inner triangles at the centre, where the cells' corners fall together."""
    import pyvista

    path = cases / "S10/PentaHexa.vtk"
    shape = read_shape(path)
    facts = describe(shape)
    assert (shape.n_vertices, shape.n_faces, facts.euler, facts.closed) == (80, 156, 2, True)
    theirs = pyvista.read(path).extract_surface(algorithm="dataset_surface").triangulate()
    faces, points = theirs.regular_faces, np.asarray(theirs.points, float)
    inner = (np.abs(points[faces]).max(axis=2) < 1e-6).any(axis=1)
    corners = points[faces[~inner]]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert (theirs.area, inner.sum()) == (pytest.approx(12.825, rel=1e-4), 120)
    assert shape.area == pytest.approx(areas.sum(), rel=1e-4)  # hexagons that are not flat are cut otherwise

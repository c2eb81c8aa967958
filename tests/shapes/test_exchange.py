"""Objects of trimesh, PyVista and torch-geometric become shapes and come back vertex for vertex."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import MeshError, SizeMismatch
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.exchange import as_shape, to_pyvista, to_torch_geometric, to_trimesh
from geomlearn.shapes.shape import Shape

WAYS = pytest.mark.parametrize("way", [to_trimesh, to_pyvista, to_torch_geometric], ids=lambda way: way.__name__)


@WAYS
def test_a_mesh_survives_the_way_there_and_back(way):
    mesh = builtin("icosphere", 642)
    back = as_shape(way(mesh))
    # torch-geometric's positions are in single precision.
    assert np.abs(back.vertices - mesh.vertices).max() < 1e-7
    assert np.array_equal(back.faces, mesh.faces)


@WAYS
def test_a_cloud_stays_a_cloud(way):
    cloud = Shape(builtin("icosphere", 642).vertices)
    back = as_shape(way(cloud))
    assert back.is_cloud
    assert np.abs(back.vertices - cloud.vertices).max() < 1e-7


def test_polygons_of_pyvista_are_cut_into_triangles():
    import pyvista

    cube = as_shape(pyvista.Cube())
    assert cube.n_faces == 12
    assert cube.area == pytest.approx(6.0)


def test_fields_travel_and_must_fit():
    mesh = builtin("icosphere", 642)
    height = mesh.vertices[:, 1]
    assert np.array_equal(to_pyvista(mesh, {"height": height}).point_data["height"], height)
    assert np.array_equal(to_torch_geometric(mesh, {"height": height})["height"].numpy(), height)
    with pytest.raises(SizeMismatch, match="3 values for 642"):
        to_pyvista(mesh, {"height": height[:3]})


def test_edges_of_torch_geometric_run_both_ways():
    mesh = builtin("icosphere", 642)
    edges = to_torch_geometric(mesh).edge_index.numpy()
    # Euler: a closed sphere has 3n − 6 edges, each listed twice.
    assert edges.shape == (2, 2 * (3 * mesh.n_vertices - 6))
    assert {tuple(e) for e in edges.T} == {tuple(e) for e in edges[::-1].T}


@pytest.mark.parametrize("given", [3, None, object(), {"vertices": 1}])
def test_what_holds_no_shape_is_named(given):
    with pytest.raises(MeshError, match=f"A {type(given).__name__} is no shape"):
        as_shape(given)


def test_a_scene_of_trimesh_is_refused_in_a_sentence():
    import trimesh

    with pytest.raises(MeshError, match="Scene has no vertices"):
        as_shape(trimesh.Scene())

"""Figures of shapes whose figures are known."""

import json
import math

import numpy as np
import pytest

from geomlearn.shapes.checks import describe
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.shape import Shape

TRIANGLE = Shape(np.array([[0.0, 0, 0], [1, 0, 0], [0.5, math.sqrt(0.75), 0]]), np.array([[0, 1, 2]]))


def grid_torus(n: int, m: int) -> Shape:
    u, v = (2 * np.pi * a.reshape(-1) for a in np.meshgrid(np.arange(n) / n, np.arange(m) / m, indexing="ij"))
    radius = 2 + np.cos(v)
    points = np.stack([radius * np.cos(u), radius * np.sin(u), np.sin(v)], axis=1)
    i, j = (a.reshape(-1) for a in np.meshgrid(np.arange(n), np.arange(m), indexing="ij"))
    right, up = (i + 1) % n * m + j, i * m + (j + 1) % m
    both = (i + 1) % n * m + (j + 1) % m
    faces = np.concatenate([np.stack([i * m + j, right, both], 1), np.stack([i * m + j, both, up], 1)])
    return Shape(points, faces, name="torus")


def test_an_equilateral_triangle():
    info = describe(TRIANGLE)
    assert (info.n_vertices, info.n_edges, info.n_faces, info.euler) == (3, 3, 1, 1)
    assert (info.genus, info.n_boundary_loops, info.n_boundary_edges, info.closed) == (0, 1, 3, False)
    assert info.area == pytest.approx(math.sqrt(3) / 4)
    assert info.min_angle_deg == pytest.approx(60)
    assert info.max_aspect == pytest.approx(1)
    assert info.volume is None


def test_a_torus_has_one_handle_and_its_volume_converges():
    errors = []
    for n in (20, 40):
        info = describe(grid_torus(2 * n, n))
        assert (info.euler, info.genus, info.n_components, info.closed, info.manifold) == (0, 1, 1, True, True)
        errors.append(abs(info.volume - 4 * np.pi**2))
    assert math.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)  # second order in the edge length


def test_pieces_are_told_apart_and_closed_by_discs(sphere):
    torus = grid_torus(9, 8)
    faces = np.concatenate([torus.faces[1:], sphere.faces[:-1] + torus.n_vertices])
    info = describe(Shape(np.concatenate([torus.vertices, sphere.vertices + 9]), faces))
    assert info.genus_per_component == (1, 0)
    assert (info.genus, info.n_components, info.n_boundary_loops) == (1, 2, 2)


def test_known_meshes(shared_data):
    expected = {  # documented beside the files
        "clean/torus.obj": (0, 1, 0),
        "clean/skull.obj": (-2, 2, 0),
        "clean/boot.obj": (-22, 12, 0),
        "clean/pizza.obj": (-145, 73, 1),
        "broken/moebius.obj": (0, 1, 1),
        "open/plane_holes.obj": (-25, 0, 27),
    }
    for name, figures in expected.items():
        info = describe(read_shape(shared_data / "meshes" / name))
        assert (info.euler, info.genus, info.n_boundary_loops) == figures, name
    assert not describe(read_shape(shared_data / "meshes/broken/moebius.obj")).orientable


def test_figures_agree_with_trimesh(shared_data):
    import trimesh

    for name in ("clean/spot.obj", "clean/hand_closed.obj", "formats/icosahedron_ascii.stl"):
        shape = read_shape(shared_data / "meshes" / name)
        info, theirs = describe(shape), trimesh.Trimesh(shape.vertices, shape.faces, process=False)
        assert info.volume == pytest.approx(theirs.volume, rel=1e-9)
        assert info.euler == theirs.euler_number
        assert info.min_angle_deg == pytest.approx(np.degrees(theirs.face_angles.min()), rel=1e-6)
        assert info.edge_mean == pytest.approx(theirs.edges_unique_length.mean())


def test_figures_turn_with_the_shape(sphere):
    stretched = sphere.replace(vertices=sphere.vertices * [1, 2, 3])
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    one, other = describe(stretched), describe(stretched.replace(vertices=stretched.vertices @ turn.T + 5))
    for name in ("area", "volume", "edge_min", "edge_max", "min_angle_deg", "median_aspect"):
        assert getattr(one, name) == pytest.approx(getattr(other, name)), name


def test_clouds_and_degenerate_meshes_can_be_told_in_json(sphere):
    cloud = describe(Shape(sphere.vertices))
    assert (cloud.kind, cloud.n_faces, cloud.genus, cloud.area) == ("cloud", 0, None, None)
    assert cloud.edge_mean == pytest.approx(0.5465, abs=1e-3)  # distance to the nearest neighbour
    flat = describe(Shape(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]])))
    for info in (cloud, flat):
        json.dumps(info.to_dict(), allow_nan=False)
    assert flat.to_dict()["max_aspect"] is None

"""Edges, fans, components, loops and orientation, on meshes solved by hand and against plain counting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.shapes.topology import Topology, inside_out

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])
STRIP = np.array([[0, 1, 2], [2, 1, 3], [2, 3, 4], [4, 3, 5]])
# The last two triangles join the ends with a half turn.
MOEBIUS = np.array([[0, 1, 2], [2, 1, 3], [2, 3, 4], [4, 3, 5], [4, 5, 1], [1, 5, 0]])


@given(st.lists(st.permutations(range(7)).map(lambda p: p[:3]), min_size=1, max_size=20))
def test_edges_and_their_faces_by_plain_counting(faces):
    counts: dict[tuple, int] = {}
    for face in faces:
        for i in range(3):
            edge = tuple(sorted((face[i], face[(i + 1) % 3])))
            counts[edge] = counts.get(edge, 0) + 1
    topology = Topology(np.array(faces), 7)
    assert dict(zip(map(tuple, topology.edges.tolist()), topology.faces_per_edge.tolist(), strict=True)) == counts
    sides = np.stack([np.array(faces), np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    np.testing.assert_array_equal(topology.edges[topology.side_edges], np.sort(sides, axis=1))


def test_vertices_where_surfaces_touch_have_several_fans():
    two = np.concatenate([TETRAHEDRON, np.where(TETRAHEDRON > 0, TETRAHEDRON + 3, 0)])
    topology = Topology(two, 8)  # vertex 7 belongs to no face
    assert topology.fans_per_vertex.tolist() == [2, 1, 1, 1, 1, 1, 1, 0]
    assert topology.n_components == 1


def test_loops_that_touch_in_a_vertex_are_two():
    """Two triangles that share a vertex have a boundary of two loops; plain vertex connection would find one."""
    assert Topology(np.array([[0, 1, 2], [0, 3, 4]]), 5).boundary_loops.max() + 1 == 2
    assert Topology(STRIP, 6).boundary_loops.max() + 1 == 1
    assert len(Topology(TETRAHEDRON, 4).boundary_loops) == 0


def test_a_moebius_strip_is_not_orientable_and_a_strip_is():
    assert Topology(STRIP, 6).sheets[2].all()
    assert not Topology(MOEBIUS, 6).sheets[2].any()


@settings(max_examples=40)
@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_turned_faces_are_found_whichever_they_are(flipped):
    mask = np.array(flipped)
    faces = np.where(mask[:, None], TETRAHEDRON[:, ::-1], TETRAHEDRON)
    _, turn, orientable = Topology(faces, 4).sheets
    assert orientable.all()
    assert turn.sum() <= 2
    mended = np.where(turn[:, None], faces[:, ::-1], faces)
    assert not Topology(mended, 4).runs_alike.any()


def test_edges_of_three_faces_bound_patches():
    fan = np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]])
    patch, turn, orientable = Topology(fan, 5).sheets
    assert len(np.unique(patch)) == len(orientable) == 3
    assert not turn.any()


def test_inside_out_knows_closed_pieces_only(sphere):
    assert not inside_out(sphere.vertices, Topology(sphere.faces, 42)).any()
    assert inside_out(sphere.vertices, Topology(sphere.faces[:, ::-1], 42)).all()
    assert not inside_out(sphere.vertices, Topology(sphere.faces[1:, ::-1], 42)).any()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_components(count):
    faces = np.concatenate([TETRAHEDRON + 4 * i for i in range(count)])
    assert Topology(faces, 4 * count).n_components == count

"""Parts of animations that are made of rigid pieces."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.rigid_parts import local_rotations, rigid_parts
from geomlearn.core.errors import MeshError, ParameterError, SizeMismatch
from geomlearn.core.results import Status
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.shape import Shape


def turn(angle):
    """About the axis z."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


@pytest.fixture(scope="module")
def arm():
    """A long tube of three pieces whose two joints bend; its frames, faces and pieces."""
    ball = icosphere(12)
    rest = ball.vertices * (6, 1, 1)
    piece = np.digitize(rest[:, 0], [-2, 2])
    frames = []
    for phase in np.linspace(0, 2 * np.pi, 8, endpoint=False):
        points = rest.copy()
        for joint, angle in ((2.0, 0.5 * np.sin(phase)), (-2.0, 0.4 * np.cos(phase))):
            beyond = (rest[:, 0] > joint) if joint > 0 else (rest[:, 0] < joint)
            points[beyond] = (points[beyond] - (joint, 0, 0)) @ turn(angle).T + (joint, 0, 0)
        frames.append(points @ turn(phase).T + (0, phase, 0))
    return np.stack(frames), ball.faces, piece


def agreement(labels, truth):
    from sklearn.metrics import adjusted_rand_score

    return adjusted_rand_score(truth, labels)


@pytest.mark.parametrize("count", [None, 3])
def test_the_pieces_of_an_arm_are_found(arm, count):
    frames, faces, piece = arm
    found = rigid_parts(frames, faces, n_parts=count)
    assert found.value.n_parts == 3
    assert found.status is Status.CONVERGED
    assert agreement(found.value.labels, piece) > 0.97
    assert found.value.unexplained < 1e-3


def test_a_cloud_has_neighbours_instead_of_faces(arm):
    frames, _, piece = arm
    assert agreement(rigid_parts(frames, n_parts=3).value.labels, piece) > 0.95


def test_large_parts_come_first_and_the_order_of_vertices_does_not_matter(arm):
    frames, faces, _ = arm
    order = np.random.default_rng(0).permutation(frames.shape[1])
    first = rigid_parts(frames, faces, n_parts=3).value.labels
    other = rigid_parts(frames[:, order], np.argsort(order)[faces], n_parts=3).value.labels
    assert (np.diff(np.bincount(first)) <= 0).all()
    assert agreement(other, first[order]) > 0.97


def test_rotations_of_a_rigid_motion_are_that_motion(arm):
    """Equation 1 on a shape that only turns."""
    import scipy.sparse as sp

    rest = arm[0][0]
    frames = np.stack([rest, rest @ turn(0.7).T + 3])
    near = sp.csr_array(np.ones((len(rest), len(rest))) * (np.abs(rest[:, None, 0] - rest[None, :, 0]) < 1))
    found = local_rotations(frames, near)
    np.testing.assert_allclose(found[:, 1], np.broadcast_to(turn(0.7), (len(rest), 3, 3)), atol=1e-9)


def test_flesh_that_bends_everywhere_is_said_to_be_unexplained():
    ball = icosphere(8)
    frames = np.stack([ball.vertices * (1 + t, 1 - t, 1) for t in (0, 0.2, 0.4)])
    found = rigid_parts(frames, ball.faces, most_parts=4)
    assert found.status is Status.LIMIT_REACHED
    assert found.value.unexplained > 0.01


def test_what_does_not_move_is_a_sentence():
    ball: Shape = icosphere(3)
    with pytest.raises(MeshError, match="Nothing moves"):
        rigid_parts(np.stack([ball.vertices, ball.vertices + 1]), ball.faces)
    with pytest.raises(ParameterError, match="One frame"):
        rigid_parts(ball.vertices[None], ball.faces)
    with pytest.raises(SizeMismatch, match="Frames must be"):
        rigid_parts(ball.vertices, ball.faces)

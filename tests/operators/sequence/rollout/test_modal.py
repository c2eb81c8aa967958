"""Shapes as their eigenfunctions see them: free of size, and with transport that is transport."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.operators.sequence.rollout.modal import ModalBatch, modal_frame
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


def test_modes_are_orthonormal_in_the_mean_and_squares_add_up(frames):
    for frame in frames:
        gram = frame.modes.T @ (frame.weights[:, None] * frame.modes)
        assert np.allclose(gram, np.eye(frame.k), atol=1e-8)
        field = frame.modes @ np.arange(frame.k)
        assert np.isclose(frame.weights @ field**2, np.sum(np.arange(frame.k) ** 2))


def test_size_does_not_matter(sphere):
    shape, basis = sphere
    small = shape.replace(vertices=shape.vertices / 50)
    other = modal_frame(small, eigenbasis(small, EigenbasisOptions(k=9), cache=False), 9)
    one = modal_frame(shape, basis, 9)
    assert np.allclose(one.evals, other.evals, atol=1e-8)
    assert np.allclose(np.abs(one.project(shape.vertices.T)), 50 * np.abs(other.project(small.vertices.T)), atol=1e-6)
    # A sphere of radius 1 has the eigenvalues l(l + 1).
    assert np.allclose(one.evals[1:4], 2.0, rtol=0.02)
    assert np.isclose(one.radius, 3.0, rtol=0.02)


def test_turning_about_an_axis_is_what_the_level_lines_carry(sphere):
    """On the sphere (n × ẑ)·∇ maps x to −y or y, and z to nothing."""
    shape, basis = sphere
    frame = modal_frame(shape, basis, 9)
    x, y, z = frame.project(shape.vertices.T / 3)
    turned = frame.transport[5]
    assert np.allclose(turned @ z, 0, atol=0.02)
    assert np.allclose(np.abs(turned @ x), np.abs(y), atol=0.05)
    assert np.isclose(abs((turned @ x) @ y), y @ y, rtol=0.05)
    # What flows without sources keeps the mean square: the matrix is skew.
    assert np.abs(turned + turned.T).max() < 0.05 * np.abs(turned).max()


def test_batches_fill_with_vertices_of_no_weight(frames):
    batch = ModalBatch.of(frames)
    n = max(len(frame.weights) for frame in frames)
    assert batch.modes.shape == (2, n, 9)
    assert np.allclose(batch.weights.sum(1), 1)
    assert np.allclose(batch.take(np.array([1])).evals[0], frames[1].evals, atol=1e-5)


def test_a_basis_of_another_shape_or_size_is_refused(sphere, torus):
    with pytest.raises(SizeMismatch, match="rows"):
        modal_frame(sphere[0], torus[1], 9)
    with pytest.raises(SizeMismatch, match="10 modes"):
        modal_frame(*sphere, 10)

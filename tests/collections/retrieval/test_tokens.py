"""Tokens of a shape: motion, scale and order do not change them; a region has its own."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.retrieval.maxsim import both_ways
from geomlearn.collections.retrieval.model import bundled_tokens
from geomlearn.collections.retrieval.tokens import N_INPUTS, N_TOKENS, shape_tokens
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.builtin import builtin


@pytest.fixture(scope="module")
def dog():
    return builtin("quadruped-dog-walk", 800)


def test_1_rigid_motion_and_scale_leave_the_inputs(dog):
    found = shape_tokens(dog)
    assert found.inputs.shape == (N_TOKENS, N_INPUTS)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = shape_tokens(dog.replace(vertices=1000 * dog.vertices @ turn.T + (5, -8, 2)))
    assert (moved.vertices == found.vertices).all()
    # Eigenvectors settle to nine digits, and all is single precision.
    assert np.abs(moved.inputs - found.inputs).max() < 1e-2
    model = bundled_tokens()
    assert both_ways(model.encode(moved.inputs), model.encode(found.inputs)[None])[0] > 0.999


def test_the_tokens_of_a_region_lie_in_it(dog):
    inside = dog.vertices[:, 2] > np.quantile(dog.vertices[:, 2], 0.6)
    found = shape_tokens(dog, inside)
    assert inside[found.vertices].all()
    assert 8 <= len(found.vertices) <= N_TOKENS
    by_rows = shape_tokens(dog, np.flatnonzero(inside))
    assert (by_rows.inputs == found.inputs).all()


def test_regions_that_do_not_fit_are_refused(dog):
    with pytest.raises(ParameterError, match="too few"):
        shape_tokens(dog, np.arange(3))
    with pytest.raises(SizeMismatch, match="of another shape"):
        shape_tokens(dog, np.array([5, 900]))
    with pytest.raises(SizeMismatch, match="vertex -1 of"):
        shape_tokens(dog, np.array([5, -1]))
    with pytest.raises(ParameterError, match="float64, not indices"):
        shape_tokens(dog, np.array([5.0, 6.0]))
    with pytest.raises(SizeMismatch, match="Give one a vertex"):
        shape_tokens(dog, np.ones(7, bool))

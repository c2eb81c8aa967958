"""Spaces of fields: orthonormal in the mean, by shape, by training fields, under other shares."""

from __future__ import annotations

import numpy as np
import pytest

import geomlearn.sensing as sensing
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.mode_space import from_basis, from_fields, from_functions
from geomlearn.shapes.builtin import icosphere
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

RNG = np.random.default_rng(0)


def check(space):
    gram = space.functions.T @ (space.share[:, None] * space.functions)
    assert gram == pytest.approx(np.eye(space.n_modes), abs=1e-9)
    assert space.share.sum() == pytest.approx(1)


def test_every_space_is_orthonormal_in_the_mean():
    check(from_basis(eigenbasis(icosphere(6), EigenbasisOptions(k=9), cache=False)))
    mass = RNG.uniform(0.1, 2, 50)
    fields = RNG.normal(size=(12, 50))
    check(from_fields(fields, 5, mass))
    check(from_functions(RNG.normal(size=(50, 4)), mass))
    check(from_fields(fields, 5, mass).under(RNG.uniform(0, 1, 50)))


def test_training_fields_give_the_directions_that_hold_most():
    fields = RNG.normal(size=(20, 2)) @ RNG.normal(size=(2, 30)) + 1e-6 * RNG.normal(size=(20, 30))
    space = from_fields(fields, 2)
    projected = (space.functions.T @ (space.share[:, None] * fields.T)).T @ space.functions.T
    assert projected == pytest.approx(fields, abs=1e-4)


def test_what_spans_too_little_is_refused():
    with pytest.raises(ParameterError, match="span 1"):
        from_fields(np.ones((4, 10)), 2)
    with pytest.raises(ParameterError, match="not finite"):
        from_fields(np.full((4, 10), np.nan), 2)
    with pytest.raises(ParameterError, match="can be told apart"):
        from_functions(np.ones((10, 2)))
    with pytest.raises(SizeMismatch, match="3 areas"):
        from_functions(RNG.normal(size=(10, 2)), np.ones(3))


def test_the_rooms_names_are_there_and_others_are_not():
    for name in sensing.__all__:
        assert getattr(sensing, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        _ = sensing.nothing

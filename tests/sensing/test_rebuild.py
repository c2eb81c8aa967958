"""Fields rebuilt on a surface by every solver."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.locate import locate
from geomlearn.sensing.mode_space import from_basis
from geomlearn.sensing.rebuild import rebuild
from geomlearn.shapes.builtin import icosphere
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

BALL = icosphere(8)


@pytest.fixture(scope="module")
def scan():
    """Modes on the ball, at 4,000 points of its faces, a field of theirs and noisy readings of it."""
    rng = np.random.default_rng(0)
    space = from_basis(eigenbasis(BALL, EigenbasisOptions(k=12), cache=False))
    faces = BALL.faces[rng.integers(BALL.n_faces, size=4000)]
    points = np.einsum("ij,ijk->ik", rng.dirichlet([1, 1, 1], 4000), BALL.vertices[faces])
    corners, shares, _ = locate(BALL, points)
    functions = np.einsum("ij,ijm->im", shares, space.functions[corners])
    truth = rng.normal(size=12)
    return space, functions, truth, functions @ truth + 0.1 * rng.normal(size=4000)


@pytest.mark.parametrize("solver", ["wls", "sketch", "normal", "precondition"])
def test_every_solver_finds_the_field_within_its_bars(scan, solver):
    space, functions, truth, readings = scan
    found = rebuild(space, functions, readings, solver=solver)
    assert found.solver == solver
    # Twelve coefficients stay within four of their standard deviations.
    assert (np.abs(found.coefficients[0] - truth) < 4 * found.bars[0]).all()
    assert found.stats["residual"][0] == pytest.approx(0.1, rel=0.1)
    assert (np.abs(found.values[0] - space.functions @ truth) < found.band[0]).mean() > 0.95


def test_weights_and_missing_readings_mean_the_same_to_every_solver(scan):
    space, functions, _, readings = scan
    readings = readings.copy()
    readings[::7] = np.nan
    weights = np.random.default_rng(1).uniform(0.1, 2, 4000)
    first = rebuild(space, functions, readings, weights, solver="wls")
    second = rebuild(space, functions, readings, weights, solver="precondition")
    assert second.coefficients == pytest.approx(first.coefficients, abs=1e-10)
    assert second.stats["n_samples"] == first.stats["n_samples"]


def test_few_samples_go_the_exact_way_by_themselves(scan):
    space, functions, _, readings = scan
    assert rebuild(space, functions, readings).solver == "wls"


def test_many_samples_go_by_products_where_their_bound_allows(scan, monkeypatch):
    # The package gives the function by the name of its module.
    monkeypatch.setattr(import_module("geomlearn.sensing.rebuild"), "_MANY", 100)
    space, functions, _, readings = scan
    found = rebuild(space, functions, readings)
    assert found.solver == "normal" and "exact to about" in found.stats["sentence"]
    exact = rebuild(space, functions, readings, solver="wls").coefficients
    assert found.coefficients == pytest.approx(exact, abs=1e-11)
    # Nearly dependent columns: κ² would cost the digits.
    uneven = functions.copy()
    uneven[:, 11] = uneven[:, 10] + 1e-6 * uneven[:, 11]
    assert rebuild(space, uneven, readings).solver == "precondition"


def test_bad_readings_are_sentences(scan):
    space, functions, _, readings = scan
    with pytest.raises(ParameterError, match="No reading is a finite"):
        rebuild(space, functions, np.full(4000, np.nan))
    with pytest.raises(SizeMismatch, match="5 readings at 4000"):
        rebuild(space, functions, readings[:5])

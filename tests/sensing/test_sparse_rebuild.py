"""Localized fields from few readings: found by bumps, missed by as many modes as there are readings."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.mode_space import from_basis
from geomlearn.sensing.rebuild import rebuild
from geomlearn.sensing.sparse_rebuild import bump_problem, rebuild_sparse
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.sampling import farthest_points
from geomlearn.sparse.options import CodeOptions, UnfoldedOptions
from geomlearn.sparse.unfolded import UnfoldedSolver
from geomlearn.sparse.unfolded_training import train_unfolded
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


@pytest.fixture(scope="module")
def case():
    sphere = load_shape("builtin:icosphere")
    space = from_basis(eigenbasis(sphere, EigenbasisOptions(k=100)))
    sensors = farthest_points(sphere.vertices, 60)
    fields = []
    for seed in range(5):
        spots = np.random.default_rng(seed).choice(sphere.n_vertices, 2, replace=False)
        fields.append(space.functions @ (space.functions[spots[0]] - 0.7 * space.functions[spots[1]]) / 100)
    return space, sensors, np.array(fields)


def errors(found: np.ndarray, fields: np.ndarray) -> float:
    return float(np.linalg.norm(found - fields) / np.linalg.norm(fields))


def test_two_bumps_from_sixty_readings_in_a_hundred_modes(case):
    space, sensors, fields = case
    readings = fields[:, sensors].T
    sparse = rebuild_sparse(space, space.functions[sensors], readings, CodeOptions(activity=0.02))
    assert sparse.values.shape == fields.shape
    assert np.isnan(sparse.band).all()
    with pytest.raises(ParameterError):
        rebuild(space, space.functions[sensors], readings)
    few = from_functions_like(space, 40)
    least_squares = rebuild(few, few.functions[sensors], readings)
    assert errors(sparse.values, fields) < 0.75 * errors(least_squares.values, fields)


def from_functions_like(space, count):
    from geomlearn.sensing.mode_space import ModeSpace

    return ModeSpace(space.functions[:, :count], space.share)


def test_learned_steps_belong_to_their_sensors(case):
    space, sensors, fields = case
    problem = bump_problem(space, space.functions[sensors])
    solver = UnfoldedSolver(problem.operator, UnfoldedOptions(algorithm="iht", weight=1e-3, n_layers=3, n_steps=5))
    readings = torch.as_tensor(fields[:, sensors])
    train_unfolded(solver, lambda generator, count: (readings, None))
    found = rebuild_sparse(space, space.functions[sensors], fields[:, sensors].T, steps=solver)
    assert found.solver == "unfolded iht"
    with pytest.raises(ParameterError, match="another operator"):
        rebuild_sparse(space, space.functions[sensors[::-1]], fields[:, sensors].T, steps=solver)


def test_bad_input_is_said(case):
    space, sensors, fields = case
    functions = space.functions[sensors]
    with pytest.raises(SizeMismatch, match="59 readings at 60"):
        rebuild_sparse(space, functions, fields[0, sensors[:59]])
    with pytest.raises(ParameterError, match="All readings are zero"):
        rebuild_sparse(space, functions, np.zeros(60))
    spoiled = fields[0, sensors].copy()
    spoiled[3] = np.nan
    assert rebuild_sparse(space, functions, spoiled, CodeOptions(activity=0.02)).stats["n_samples"] == 59

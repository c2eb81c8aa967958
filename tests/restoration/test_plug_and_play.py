"""Inverse problems with a learned prior."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.restoration.measurements import of_blur, of_functions, of_known, of_matrix
from geomlearn.restoration.options import RestoreOptions
from geomlearn.restoration.plug_and_play import restore
from tests.restoration.networks import given, network


def toy(seed: int = 0) -> tuple[torch.Tensor, np.ndarray]:
    random = np.random.default_rng(seed)
    a = random.standard_normal((12, 20))
    return torch.as_tensor(random.standard_normal((2, 12))), a


def test_the_objective_never_rises_and_steps_vanish():
    """Property 8: η = 0.9/‖AᵀA‖, 20 values: h + R/η does not rise, steps below 1e-5 in at most 500 iterations."""
    b, a = toy()
    found = restore(network(20), b, of_matrix(a), RestoreOptions(step=0.9, tolerance=1e-6))
    values = [row["objective"] for row in found.history]
    assert max(np.diff(values)) <= 1e-9 * abs(values[0])
    assert found.status is Status.CONVERGED
    assert found.history[-1]["step"] < 1e-5
    assert found.stats["certified"]


@pytest.mark.parametrize("noise", [None, 0.3])
def test_both_methods_end_where_the_slope_is_zero(noise):
    b, a = toy()
    # A prior that is convex has one minimum: 0.4‖x‖², whose ψ is ½‖y‖²/1.8.
    prior = given(lambda y: 0.5 * (y**2).sum(1) / 1.8, 20)
    measurement = of_matrix(a)
    for method in ("pgd", "admm"):
        options = RestoreOptions(method=method, tolerance=1e-7, max_iterations=3000)
        x = restore(prior, b, measurement, options, noise=noise).value
        step = options.step / measurement.norm
        weight = noise**2 if noise else (1 / step if method == "pgd" else options.coupling * measurement.norm)
        exact = np.linalg.solve(a.T @ a + 0.8 * weight * np.eye(20), a.T @ b.numpy().T).T
        np.testing.assert_allclose(x, exact, atol=1e-4)


def test_a_step_beyond_the_theorem_is_not_certified_and_may_diverge():
    b, a = toy()
    found = restore(
        given(lambda y: 0.5 * (y**2).sum(1), 20), b, of_matrix(a), RestoreOptions(step=6, max_iterations=60)
    )
    assert not found.stats["certified"]
    assert found.history[-1]["objective"] > 1e3 * found.history[0]["objective"]


def test_maps_have_their_adjoint_and_norm():
    blur = of_blur(9, 1.3)
    eye = torch.eye(81, dtype=torch.float64)
    matrix = blur.forward(eye)
    torch.testing.assert_close(matrix, matrix.T)
    assert float(torch.linalg.matrix_norm(matrix, 2)) <= 1 + 1e-12
    # A constant image stays as it is.
    torch.testing.assert_close(blur.forward(torch.ones(1, 81).double()), torch.ones(1, 81).double())
    with pytest.raises(ParameterError, match="adjoint"):
        of_functions(lambda x: 2 * x, lambda y: y, 3, 4.0)
    with pytest.raises(ParameterError, match="Nothing is measured"):
        of_matrix(np.zeros((2, 3)))
    with pytest.raises(ParameterError, match="No value"):
        of_known(np.zeros(3, bool))


def test_bad_measurements_and_stopping_are_said():
    b, a = toy()
    with pytest.raises(SizeMismatch, match="takes 20 values, the prior knows 5"):
        restore(network(5), b, of_matrix(a))
    with pytest.raises(ParameterError, match="not finite"):
        restore(network(20), b * torch.nan, of_matrix(a))
    found = restore(network(20), b, of_matrix(a), progress=Progress(is_cancelled=lambda: True))
    assert found.status is Status.CANCELLED

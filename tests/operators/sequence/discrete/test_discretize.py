"""One step: exact for held inputs, second order for the trapezoidal rule, accurate for tiny steps."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from geomlearn.operators.sequence.discrete.discretize import discretize


def test_zoh_is_the_exact_solution_for_an_input_held_over_the_step():
    a = np.array([[-0.3, 4.0, 1.0], [-4.0, -0.3, 0.0], [0.0, 0.0, 0.0]])
    exact = expm(a * 0.7)
    lam_bar, gain = discretize(torch.tensor([-0.3 - 4.0j], dtype=torch.complex128), torch.tensor(0.7), "zoh")
    # z = x + iy of the real pair: x' = −0.3x + 4y + 1 is z' = (−0.3 − 4i) z + 1.
    assert lam_bar.item() == pytest.approx(exact[0, 0] + 1j * exact[1, 0], rel=1e-6)
    assert gain.item() == pytest.approx(exact[0, 2] + 1j * exact[1, 2], rel=1e-6)


def test_a_tiny_step_keeps_all_digits_in_single_precision():
    lam = torch.tensor([-0.5 + 0.25j, -0.5 + 0.0j], dtype=torch.complex64)
    _, gain = discretize(lam, torch.tensor(1e-5), "zoh")
    exact = np.expm1(lam.numpy().astype(complex) * 1e-5) / lam.numpy()
    np.testing.assert_allclose(gain.numpy(), exact, rtol=5e-7)


def test_bilinear_approaches_zoh_at_second_order():
    lam = torch.tensor([-0.5 + 3.0j], dtype=torch.complex128)
    errors = []
    for dt in (0.02, 0.01):
        step = torch.tensor(dt, dtype=torch.float64)
        errors.append(abs(discretize(lam, step, "bilinear")[0] - discretize(lam, step, "zoh")[0]).item() / dt)
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.05)


@given(decay=st.floats(1e-4, 50), frequency=st.floats(-500, 500), dt=st.floats(1e-4, 1))
def test_no_stable_mode_grows(decay, frequency, dt):
    lam = torch.tensor([complex(-decay, frequency)], dtype=torch.complex128)
    for method in ("zoh", "bilinear"):
        assert discretize(lam, torch.tensor(dt, dtype=torch.float64), method)[0].abs().item() < 1

"""What each member of the family starts from, by the formulas of the papers."""

import numpy as np
import pytest

from geomlearn.operators.sequence.options import SSMOptions
from geomlearn.operators.sequence.systems.hippo import hippo_legs, hippo_response, normal_part
from geomlearn.operators.sequence.systems.initial import initial_system


def test_the_dplr_form_is_hippo():
    start = initial_system(SSMOptions(init="s4", n=9))
    modes = start.modes
    a = np.real(modes.vecs * (modes.weight * modes.lam) @ modes.vecs_inv)
    p = np.real(modes.vecs @ (modes.weight * start.p))
    np.testing.assert_allclose(a, normal_part(9)[0], atol=1e-11)
    np.testing.assert_allclose(a - np.outer(p, p), hippo_legs(9)[0], atol=1e-11)


def test_s4d_lin_and_inv_are_their_formulas():
    lin = initial_system(SSMOptions(init="s4d-lin", n=6)).modes.lam
    np.testing.assert_allclose(lin, -0.5 + 1j * np.pi * np.arange(3))
    inv = initial_system(SSMOptions(init="s4d-inv", n=6)).modes.lam
    np.testing.assert_allclose(inv, -0.5 + 1j * 6 / np.pi * (6 / np.array([1, 3, 5]) - 1))


@pytest.mark.parametrize("init", ["s4-ptd", "s5-ptd"])
def test_the_perturbed_start_answers_like_hippo_where_s4d_rings(init):
    perturbed, ringing = (initial_system(SSMOptions(init=name, n=16)) for name in (init, "s4d-legs"))
    top = np.array([ringing.modes.lam.imag.max()])
    true = np.linalg.norm(hippo_response(16, top))
    assert np.linalg.norm(perturbed.modes.response(perturbed.b, top)) == pytest.approx(true, rel=0.1)
    assert np.linalg.norm(ringing.modes.response(ringing.b, top)) > 20 * true


@pytest.mark.parametrize("init", ["s4", "s4d-legs", "s4d-lin", "s4d-inv", "s4-ptd", "s5", "s5-ptd"])
@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_every_start_is_stable_at_every_size(init, n):
    start = initial_system(SSMOptions(init=init, n=n))
    assert (start.modes.lam.real < 0).all()
    assert len(start.modes.lam) == (n + 1) // 2 or init.endswith("ptd")

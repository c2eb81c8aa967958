"""The transfer function: S4D's spike stays at 2/π, the perturbed system follows HiPPO everywhere."""

import numpy as np
import pytest

from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.systems.hippo import hippo_legs, hippo_response
from geomlearn.operators.sequence.systems.transfer import frequencies, inspect_ssm, normal_modes, sup_deviation


@pytest.mark.parametrize("n", [16, 32, 64])
def test_the_perturbed_system_stays_within_a_hundredth_where_s4d_stays_at_two_over_pi(n):
    """γ = 100 holds for every unit read-out, and γ = 20 for such as are drawn."""
    found = inspect_ssm(PTDOptions(n=n, gamma=100))
    assert found.deviation.worst <= 0.01
    assert n > 32 or inspect_ssm(PTDOptions(n=n, gamma=20)).deviation.drawn <= 0.01
    assert found.deviation_s4d.worst == pytest.approx(2 / np.pi, abs=0.012)
    assert found.spike_s4d == pytest.approx(2 / np.pi, abs=0.004)
    assert found.spike_ptd == pytest.approx(found.spike_hippo, rel=0.1)
    assert found.max_real < 0
    assert len(found.poles) == n


def test_the_frequencies_find_the_worst_gap_that_a_dense_grid_finds():
    n = 16
    modes, (_, b) = normal_modes(n), hippo_legs(n)
    unit = b / np.linalg.norm(b)
    omega = np.linspace(0.0, 150.0, 20_001)
    gap = modes.response(unit / 2, omega) - hippo_response(n, omega) / np.linalg.norm(b)
    found = sup_deviation(modes, unit / 2)
    assert found.worst >= 0.9999 * np.linalg.norm(gap, axis=1).max()
    assert found.omega in frequencies(n, modes.lam)


def test_two_states_are_hippo_itself():
    assert inspect_ssm(PTDOptions(n=2)).deviation.worst < 1e-14


def test_the_sentences_tell_the_numbers_and_the_mirroring():
    drawn = inspect_ssm(PTDOptions(n=32, recipe="ginibre"))
    text = " ".join(drawn.sentences())
    assert drawn.reflected > 0
    assert "mirrored" in text
    assert f"{drawn.conditioning:.3g}" in text
    assert "mirrored" not in " ".join(inspect_ssm(PTDOptions(n=32)).sentences())

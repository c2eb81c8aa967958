"""What the inspector draws: S4D rings at the spikes, HiPPO and PTD do not."""

from __future__ import annotations

import numpy as np

from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.systems.curves import transfer_curves


def test_only_s4d_rings_at_its_top_spike():
    curves = transfer_curves(PTDOptions(n=16, gamma=20))
    at = int(np.abs(curves.omega - curves.spikes[-1]).argmin())
    assert np.isclose(curves.gains["S4D"][at], 2 / np.pi, rtol=0.05)
    assert curves.gains["PTD"][at] < 0.2 * curves.gains["S4D"][at]
    assert np.isclose(curves.spikes[-1], curves.inspection.spike_omega)
    gap = np.abs(curves.gains["PTD"] - curves.gains["HiPPO"]).max()
    assert gap <= curves.inspection.deviation.worst * 1.001


def test_curves_ascend_and_poles_come_in_pairs():
    curves = transfer_curves(PTDOptions(n=8))
    assert (np.diff(curves.omega) > 0).all()
    assert len(curves.poles["S4D"]) == len(curves.poles["PTD"]) == 8
    assert np.allclose(curves.poles["S4D"].real, -0.5)
    assert all((poles.real < 0).all() for poles in curves.poles.values())
    assert abs(curves.poles["PTD"].imag.sum()) < 1e-6


def test_one_state_has_no_spikes():
    curves = transfer_curves(PTDOptions(n=1))
    assert not len(curves.spikes)
    assert all(np.isfinite(gain).all() for gain in curves.gains.values())

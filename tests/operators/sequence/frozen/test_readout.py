"""Frozen memories of a field: only S4D breaks under a tone at its spike."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.sequence.frozen.options import MEMORIES, DisturbanceOptions
from geomlearn.operators.sequence.frozen.readout import disturb_field
from geomlearn.shapes.load import load_shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

OPTIONS = DisturbanceOptions(modes=9)


@pytest.fixture(scope="module")
def waves():
    """A wave on the torus, exactly, in nine modes."""
    shape = load_shape("builtin:torus@600")
    basis = eigenbasis(shape, EigenbasisOptions(k=9), cache=False)
    start = np.random.default_rng(0).standard_normal(9) / (1 + np.arange(9))
    times = 0.15 * np.arange(60) * np.sqrt(basis.mass.sum() / (4 * np.pi))
    factors = np.cos(np.sqrt(np.maximum(basis.evals, 0)) * times[:, None])
    return FieldSeries(times, factors * start @ basis.evecs.T), shape, basis


def _disturbed(waves, **changes):
    series, shape, basis = waves
    return disturb_field(series, shape, OPTIONS.replace(**changes), basis_of=lambda shape, k: basis)


def test_at_the_spike_only_s4d_breaks(waves):
    found = _disturbed(waves)
    clean, disturbed = ({m: float(np.median(e[m])) for m in MEMORIES} for e in (found.clean, found.disturbed))
    assert max(clean.values()) < 0.5
    assert disturbed["s4d"] > 2.5 * disturbed["s4-ptd"]
    assert disturbed["s4-ptd"] < 1.6 * disturbed["hippo"]


def test_away_from_the_spike_they_are_alike(waves):
    found = _disturbed(waves, frequency=0.02)
    medians = [float(np.median(found.disturbed[memory])) for memory in ("s4d", "s4-ptd")]
    assert medians[0] < 2.5 * medians[1]


def test_without_a_tone_nothing_is_disturbed(waves):
    found = _disturbed(waves, amplitude=0.0)
    for memory in MEMORIES:
        assert np.allclose(found.clean[memory], found.disturbed[memory])
    assert found.reference.shape == found.forecasts["s4d"].shape == found.painted.shape
    assert len(found.times) == 59


def test_what_cannot_be_disturbed_is_told(waves):
    series, shape, _ = waves
    with pytest.raises(ParameterError, match="no vertex"):
        _disturbed(waves, vertex=10**6)
    short = FieldSeries(series.times[:8], series.values[:8])
    with pytest.raises(ParameterError, match="too few"):
        disturb_field(short, shape, OPTIONS)


def test_it_does_not_wait_for_torch():
    """A worker that only disturbs a field would otherwise spend most of its time on importing it."""
    code = "import sys, geomlearn.operators.sequence.frozen.readout; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Series are the equations' own: modes of heat decay by their eigenvalues, a flow keeps what it carries."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import SeriesData
from geomlearn.operators.data.series_tasks import pace_of
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

OPTIONS = SeriesData(shapes=("builtin:sphere@600",), frames=6)


@pytest.fixture(scope="module")
def basis():
    from geomlearn.shapes.load import load_shape

    return eigenbasis(load_shape("builtin:sphere@600"), EigenbasisOptions(k=9), cache=False)


def _frames(task, basis):
    samples = generate(task, 1, OPTIONS, cache=False)
    return basis.project(np.concatenate([samples.inputs[0], samples.targets[0]], axis=1).astype(float)), basis


def test_heat_decays_mode_by_mode_at_the_pace_it_says(basis):
    coefficients, basis = _frames("heat-series", basis)
    area = basis.mass.sum() / (4 * np.pi)
    factors = np.exp(-basis.evals * area * pace_of("heat-series", {}))
    assert coefficients.shape == (9, 6)
    assert np.allclose(
        coefficients[:, 1:], factors[:, None] * coefficients[:, :-1], atol=2e-3 * abs(coefficients).max()
    )


def test_a_flow_keeps_the_whole_and_loses_energy_only_to_diffusion(basis):
    coefficients, basis = _frames("advect-series", basis)
    assert np.allclose(coefficients[0], coefficients[0, 0], rtol=1e-3)
    energy = (coefficients**2).sum(0)
    assert energy[-1] < energy[0]
    assert energy[-1] > 0.8 * energy[0]
    assert np.abs(coefficients[:, -1] - coefficients[:, 0]).max() > 0.02 * np.abs(coefficients).max()


def test_another_pace_is_another_time_between_frames(basis):
    slow = generate("heat-series", 1, OPTIONS.replace(pace=0.005), cache=False).targets[0]
    fast = generate("heat-series", 1, OPTIONS, cache=False).targets[0]
    assert np.abs(slow[:, 3] - fast[:, 1]).max() < 2e-3
    assert pace_of("heat-series", {"pace": 0.005}) == 0.005

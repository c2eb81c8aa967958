"""Coefficients by shape: below the ceiling everywhere, better than Muon's on matrices not fitted to."""

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.calibration import (
    CEILING,
    TABLE,
    calibrate_newton_schulz,
    coefficients_for,
    fitted_for,
    gaussian_profiles,
    parsed,
    profile_error,
)
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.newton_schulz import transferred
from geomlearn.optimizers.options import MUON_COEFFICIENTS

pytestmark = pytest.mark.usefixtures("one_thread")
GRID = torch.linspace(0, 1, 20001, dtype=torch.float64)


def test_a_fit_is_accurate_on_held_out_matrices():
    fitted = calibrate_newton_schulz([(128, 64)])["64x128"]
    held_out = gaussian_profiles((64, 128), 4, seed=99)
    assert float(profile_error(held_out, fitted)) <= 0.010 < 0.03 < float(profile_error(held_out, MUON_COEFFICIENTS))
    assert float(transferred(GRID, 5, fitted).max()) <= CEILING


def momenta(short, long, seed):
    """Singular values of a tanh network's momenta under Muon: another activation and task than the table's."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(12, long), nn.Tanh(), nn.Linear(long, short), nn.Tanh(), nn.Linear(short, 3))
    optimizer, weight = Muon(net.parameters(), lr=1e-2), net[2].weight
    for _ in range(20):
        x = torch.randn(48, 12)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), x[:, :3].argmax(1)).backward()
        optimizer.step()
    mean = torch.lerp(weight.grad, optimizer.state[weight]["momentum_buffer"], 0.95).double()
    values = torch.linalg.svdvals(mean)
    return (values / values.norm())[None]


@pytest.mark.parametrize("shape", [shape for shape in TABLE if shape[1] <= 512], ids=str)
def test_the_table_beats_muon_on_momenta_it_was_not_fitted_to(shape):
    met = torch.cat([momenta(*shape, seed) for seed in (0, 1)])
    assert float(profile_error(met, TABLE[shape])) < float(profile_error(met, MUON_COEFFICIENTS))


@pytest.mark.parametrize("shape", TABLE, ids=str)
def test_nothing_in_the_table_overshoots(shape):
    assert float(transferred(GRID, 5, TABLE[shape]).max()) <= CEILING


def test_ablation_published_coefficients_without_a_ceiling_overshoot():
    assert float(transferred(GRID, 5, (3.4916, -4.8224, 2.1095)).max()) == pytest.approx(3.31, abs=0.01)


def test_recorded_spectra_change_the_fit():
    # One direction holds nearly everything, the others start far down.
    peaked = torch.tensor([[1.0] + 15 * [0.004]] * 6, dtype=torch.float64)
    recorded = calibrate_newton_schulz([(16, 16)], {(16, 16): peaked})["16x16"]
    gaussian = calibrate_newton_schulz([(16, 16)])["16x16"]
    assert float(profile_error(peaked, recorded)) < 0.9 * float(profile_error(peaked, gaussian))


def test_shapes_find_their_coefficients():
    assert coefficients_for((128, 64), "muon", 5) == MUON_COEFFICIENTS
    assert coefficients_for((512, 256), "table", 5) == fitted_for([(512, 256)], 5)["256x512"] == TABLE[256, 512]
    assert coefficients_for((140, 120), "table", 5) == TABLE[128, 128]
    assert coefficients_for((2, 5000), "table", 5) == MUON_COEFFICIENTS
    assert coefficients_for((64, 128), "table", 5) == MUON_COEFFICIENTS
    assert coefficients_for((128, 128), "table", 6) == MUON_COEFFICIENTS
    assert coefficients_for((64, 128), {"128x64": [1, 2, 3]}, 5) == (1, 2, 3)
    assert coefficients_for((64, 127), {"128x64": [1, 2, 3]}, 5) == MUON_COEFFICIENTS
    once, again = fitted_for([(20, 24), (24, 20)], 5), fitted_for([(24, 20)], 5)
    assert once == again and once["20x24"] != MUON_COEFFICIENTS


def test_names_of_shapes():
    assert parsed("128x64") == (64, 128)
    with pytest.raises(ParameterError, match="not the shape"):
        parsed("128by64")

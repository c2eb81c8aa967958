"""Coefficients by shape: below the ceiling everywhere, better than Muon's on matrices not fitted to."""

import pytest
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.calibration import (
    CEILING,
    TABLE,
    calibrate_newton_schulz,
    coefficients_for,
    gaussian_profiles,
    parsed,
    profile_error,
)
from geomlearn.optimizers.newton_schulz import transferred
from geomlearn.optimizers.options import MUON_COEFFICIENTS

GRID = torch.linspace(0, 1, 20001, dtype=torch.float64)
SMALL = [shape for shape in TABLE if shape[0] <= 128]


@pytest.fixture(scope="module")
def fitted():
    torch.set_num_threads(1)
    return calibrate_newton_schulz([(128, 64)])["64x128"]


def test_a_fit_is_accurate_on_held_out_matrices_and_the_table_holds_it(fitted):
    held_out = gaussian_profiles((64, 128), 4, seed=99)
    assert float(profile_error(held_out, fitted)) <= 0.010 < 0.03 < float(profile_error(held_out, MUON_COEFFICIENTS))
    assert float(transferred(GRID, 5, fitted).max()) <= CEILING
    assert fitted == pytest.approx(TABLE[64, 128], abs=2e-3)


@pytest.mark.parametrize("shape", SMALL, ids=str)
def test_the_table_beats_muon_on_held_out_matrices(shape):
    held_out = gaussian_profiles(shape, 4, seed=99)
    assert float(profile_error(held_out, TABLE[shape])) < float(profile_error(held_out, MUON_COEFFICIENTS))


@pytest.mark.parametrize("shape", TABLE, ids=str)
def test_nothing_in_the_table_overshoots(shape):
    assert float(transferred(GRID, 5, TABLE[shape]).max()) <= CEILING


def test_ablation_published_coefficients_without_a_ceiling_overshoot():
    assert float(transferred(GRID, 5, (3.4916, -4.8224, 2.1095)).max()) == pytest.approx(3.31, abs=0.01)


def test_recorded_spectra_change_the_fit():
    # One direction holds nearly everything, the others start far down.
    peaked = torch.tensor([[1.0] + 15 * [0.004]] * 6, dtype=torch.float64)
    recorded = calibrate_newton_schulz([(16, 16)], {(16, 16): peaked})["16x16"]
    assert float(profile_error(peaked, recorded)) < 0.9 * float(profile_error(peaked, TABLE[16, 16]))


def test_shapes_find_their_coefficients():
    assert coefficients_for((128, 64), "muon", 5) == MUON_COEFFICIENTS
    assert coefficients_for((128, 64), "table", 5) == coefficients_for((64, 128), "auto", 5) == TABLE[64, 128]
    assert coefficients_for((70, 120), "table", 5) == TABLE[64, 128]
    assert coefficients_for((2, 5000), "table", 5) == MUON_COEFFICIENTS
    assert coefficients_for((64, 128), "table", 6) == MUON_COEFFICIENTS
    assert coefficients_for((64, 128), {"128x64": [1, 2, 3]}, 5) == (1, 2, 3)
    assert coefficients_for((64, 127), {"128x64": [1, 2, 3]}, 5) == MUON_COEFFICIENTS
    once, again = coefficients_for((20, 24), "auto", 5), coefficients_for((24, 20), "auto", 5)
    assert once == again != MUON_COEFFICIENTS


def test_names_of_shapes():
    assert parsed("128x64") == (64, 128)
    with pytest.raises(ParameterError, match="not the shape"):
        parsed("128by64")

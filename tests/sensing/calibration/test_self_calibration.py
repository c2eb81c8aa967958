"""Gains found from readings: exact without noise, bounded with it, and refused where nothing tells them."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.calibration.bilinear import Bilinear
from geomlearn.sensing.calibration.options import CalibrationOptions
from geomlearn.sensing.calibration.self_calibration import self_calibration
from geomlearn.sensing.calibration.solvers import balanced_null_vector, normalised_least_squares

SIZES = {"repeated": (48, 20, 6), "diverse": (48, 12, 6), "snapshots": (48, 12, 12)}
MODELS = list(SIZES)
METHODS = ["least_squares", "spectral", "reduced"]


def case(model: str, seed: int = 0, *, real: bool = False):
    """Readings, operators, gains and fields; gains positive for real data, of any phase for complex."""
    m, n, p = SIZES[model]
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return rng.normal(size=shape) if real else (rng.normal(size=(*shape, 2)) @ [1, 1j]) / np.sqrt(2)

    operators = normal(m, n) if model == "snapshots" else normal(p, m, n)
    fields = normal(n) if model == "repeated" else normal(p, n)
    gains = np.exp(rng.uniform(-0.5, 0.5, m)) * (1 if real else np.exp(2j * np.pi * rng.random(m)))
    return gains * seen(operators, fields, p), operators, gains, fields


def seen(operators, fields, p):
    """What calibrated sensors would read (p, m)."""
    operators = np.broadcast_to(operators, (p, *operators.shape[-2:]))
    return np.einsum("lmn,ln->lm", operators, np.broadcast_to(fields, (p, fields.shape[-1])))


def noisy(readings, decibel: float, seed: int):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=readings.shape)
    if np.iscomplexobj(readings):
        noise = (noise + 1j * rng.normal(size=readings.shape)) / np.sqrt(2)
    return readings + noise * np.sqrt(np.mean(np.abs(readings) ** 2)) * 10 ** (-decibel / 20)


def error(found, true) -> float:
    """Relative error after the best scalar."""
    scale = np.vdot(found, true) / np.vdot(found, found)
    return float(np.linalg.norm(scale * found - true) / np.linalg.norm(true))


def decaying(seed: int, decibel: float | None = 20):
    """Positive gains, and fields on a closed curve whose coefficients fall like 1/k."""
    rng = np.random.default_rng(seed)
    where, k = rng.random(64), np.arange(1, 11)
    modes = [np.ones((64, 1)), *(np.sqrt(2) * f(2 * np.pi * where[:, None] * k) for f in (np.cos, np.sin))]
    modes = np.hstack(modes)
    fields = rng.normal(size=(10, 21)) / np.r_[1, k, k]
    gains = np.exp(0.3 * rng.normal(size=64))
    readings = gains * (fields @ modes.T)
    return (readings if decibel is None else noisy(readings, decibel, seed + 100)), modes, gains


@pytest.mark.parametrize("real", [True, False], ids=["real", "complex"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", MODELS)
def test_property_1_without_noise_every_model_is_exact(model, method, real):
    readings, operators, gains, fields = case(model, real=real)
    found = self_calibration(readings, operators, CalibrationOptions(model=model, method=method))
    assert error(found.gains, gains) < 1e-10
    assert error(found.fields.ravel(), fields.ravel()) < 1e-10
    assert found.noise < 1e-8


@pytest.mark.parametrize("model", MODELS)
def test_property_2_the_truth_solves_the_linear_equations(model):
    readings, operators, gains, fields = case(model)
    whole = np.concatenate([1 / gains, fields.ravel()])
    assert np.abs(Bilinear(readings, operators, model).linear_map() @ whole).max() < 1e-12


def test_property_3_scaled_readings_scale_the_fields_and_leave_the_gains():
    readings, operators, _, _ = case("snapshots", real=True)
    readings = noisy(readings, 40, 1)
    first, second = self_calibration(readings, operators), self_calibration(7 * readings, operators)
    assert second.gains == pytest.approx(first.gains, rel=1e-9)
    assert second.fields == pytest.approx(7 * first.fields, rel=1e-9)


def test_property_4_below_the_counting_bound_it_is_refused_and_rightly():
    readings, operators, _, _ = case("snapshots", real=True)
    short = readings[:1]
    strengths = np.linalg.svd(Bilinear(short, operators, "snapshots").reduced_map(), compute_uv=False)
    assert strengths[-2] < 1e-10 * strengths[0]
    with pytest.raises(ParameterError, match="48 readings cannot determine 48 gains and 12 coefficients"):
        self_calibration(short, operators)


def test_equal_snapshots_are_refused_though_they_are_enough_in_number():
    readings, operators, _, _ = case("snapshots", real=True)
    with pytest.raises(ParameterError, match="Other gains explain"):
        self_calibration(np.repeat(readings[:1], 12, axis=0), operators)


def test_property_5_the_size_of_the_perturbation_is_that_of_the_noise_at_one_sensor():
    readings, operators, _, _ = case("snapshots")
    other = noisy(readings, 20, 3)
    change = (
        Bilinear(other, operators, "snapshots").linear_map() - Bilinear(readings, operators, "snapshots").linear_map()
    )
    formula = np.sqrt((np.abs(other - readings) ** 2).sum(axis=0)).max()
    assert np.linalg.norm(change, 2) == pytest.approx(formula, abs=1e-10)


@pytest.mark.parametrize("decibel", [40, 30])
def test_property_6_the_perturbation_bound_holds(decibel):
    for seed in range(20):
        readings, operators, gains, fields = case("diverse", seed)
        other = noisy(readings, decibel, seed)
        clean = Bilinear(readings, operators, "diverse").linear_map()
        size = np.sqrt((np.abs(other - readings) ** 2).sum(axis=0)).max()
        gap = np.linalg.svd(clean, compute_uv=False)[-2]
        if size >= gap:
            continue
        found = np.linalg.svd(Bilinear(other, operators, "diverse").linear_map())[2][-1].conj()
        truth = np.concatenate([1 / gains, fields.ravel()])
        cosine = np.abs(np.vdot(found, truth)) / np.linalg.norm(truth)
        assert np.sqrt(max(1 - cosine**2, 0)) <= size / (gap - size)


@pytest.mark.parametrize("model", MODELS)
def test_property_7_for_phases_the_singular_vector_beats_a_random_normalisation(model):
    spectral, random = [], []
    for seed in range(5):
        readings, operators, gains, _ = case(model, seed)
        other = noisy(readings, 20, seed)
        matrix = Bilinear(other, operators, model).linear_map()
        rng = np.random.default_rng(seed)
        normal = rng.normal(size=(matrix.shape[1], 2)) @ [1, 1j]
        random.append(error(1 / normalised_least_squares(matrix, normal)[: len(gains)], gains))
        spectral.append(error(1 / balanced_null_vector(matrix, len(gains))[: len(gains)], gains))
    assert np.median(spectral) <= np.median(random)


def test_property_7_for_positive_gains_and_decaying_fields_least_squares_wins_by_half():
    errors = {"least_squares": [], "spectral": []}
    for seed in range(5):
        readings, modes, gains = decaying(seed)
        for method, found in errors.items():
            found.append(error(self_calibration(readings, modes, CalibrationOptions(method=method)).gains, gains))
    assert np.median(errors["least_squares"]) <= 0.5 * np.median(errors["spectral"])


@pytest.mark.parametrize("model", MODELS)
def test_property_8_least_squares_is_one_solve_with_the_reduced_matrix(model):
    readings, operators, _, _ = case(model, real=True)
    system = Bilinear(noisy(readings, 30, 0), operators, model)
    reduced = system.reduced_map().T @ system.reduced_map()
    direct = np.linalg.solve(reduced, np.ones(system.m))
    whole = system.linear_map()
    normal = np.r_[np.ones(system.m), np.zeros(whole.shape[1] - system.m)]
    found = normalised_least_squares(whole, normal)[: system.m]
    assert error(found, direct) < 1e-8
    assert system.apply(direct) == pytest.approx(reduced @ direct, abs=1e-8)


def test_property_8_without_noise_the_reduced_eigenvector_is_the_singular_vector():
    readings, operators, _, _ = case("snapshots")
    found = [
        self_calibration(readings, operators, CalibrationOptions(method=method)).gains
        for method in ("spectral", "reduced")
    ]
    assert error(found[0], found[1]) < 1e-8


def test_property_9_the_mean_of_the_inverse_gains_gives_the_absolute_scale():
    readings, operators, gains, _ = case("repeated", real=True)
    whole = Bilinear(readings, operators, "repeated").linear_map()
    normal = np.r_[np.ones(48) / np.sqrt(48), np.zeros(20)]
    found = normalised_least_squares(whole, normal, (1 / gains).sum() / np.sqrt(48))
    assert 1 / found[:48] == pytest.approx(gains, rel=1e-9)


def test_property_10_perfect_sensors_have_equal_gains():
    rng = np.random.default_rng(0)
    frame = np.linalg.qr(rng.normal(size=(40, 8)))[0]
    found = self_calibration(rng.normal(size=(9, 8)) @ frame.T, frame)
    assert found.gains == pytest.approx(np.ones(40), abs=1e-10)


def test_property_11_the_error_is_proportional_to_the_noise():
    decibels = np.array([60, 50, 40, 30])
    errors = []
    for decibel in decibels:
        some = []
        for seed in range(3):
            readings, operators, gains, _ = case("snapshots", seed)
            some.append(error(self_calibration(noisy(readings, decibel, seed), operators).gains, gains))
        errors.append(np.median(some))
    slope = np.polyfit(-decibels / 20 * np.log(10), np.log(errors), 1)[0]
    assert slope == pytest.approx(1, abs=0.1)


def test_many_sensors_are_calibrated_without_a_matrix():
    readings, modes, gains = decaying(0, None)
    for method in ("least_squares", "reduced"):
        free = self_calibration(readings, modes, CalibrationOptions(largest_dense=10, method=method))
        assert error(free.gains, gains) < (1e-8 if method == "least_squares" else 1e-2)
    formed = self_calibration(readings, modes)
    assert free.gap == pytest.approx(formed.gap, rel=1.0)


def test_dead_sensors_are_named_and_do_no_harm():
    readings, modes, gains = decaying(1, 60)
    readings[:, 5] = 0
    readings[:, 9] = 1e-3 * np.random.default_rng(0).normal(size=len(readings))
    found = self_calibration(readings, modes)
    assert found.dead.tolist() == [5, 9]
    assert "5, 9" in found.warnings[0]
    alive = np.delete(np.arange(64), [5, 9])
    assert error(found.gains[alive], gains[alive]) < 0.02
    assert found.gains[5] == 0


def test_missing_readings_are_done_without():
    readings, operators, gains, _ = case("snapshots", real=True)
    readings[3, 7] = readings[4, 20] = np.nan
    assert error(self_calibration(readings, operators).gains, gains) < 1e-9


def test_the_reference_sensor_has_gain_one_and_otherwise_the_mean_has():
    readings, operators, gains, _ = case("snapshots", real=True)
    fixed = self_calibration(readings, operators, CalibrationOptions(reference=3))
    assert fixed.gains == pytest.approx(gains / gains[3], rel=1e-9)
    assert self_calibration(readings, operators).gains.mean() == pytest.approx(1)


def test_noise_that_fills_the_gap_is_said():
    readings, modes, _ = decaying(2, 5)
    assert any("Noise fills the gap" in sentence for sentence in self_calibration(readings, modes).warnings)


def test_bad_input_is_a_sentence():
    readings, operators, _, _ = case("snapshots", real=True)
    with pytest.raises(ParameterError, match="All readings are zero"):
        self_calibration(np.zeros_like(readings), operators)
    with pytest.raises(ParameterError, match="All readings are zero or missing"):
        self_calibration(np.full_like(readings, np.nan), operators)
    with pytest.raises(SizeMismatch, match="do not fit the model snapshots"):
        self_calibration(readings[:, 1:], operators)
    with pytest.raises(SizeMismatch, match="do not fit the model repeated"):
        self_calibration(readings, operators, CalibrationOptions(model="repeated"))
    with pytest.raises(ParameterError, match="cannot be the reference"):
        self_calibration(readings, operators, CalibrationOptions(reference=99))
    with pytest.raises(ParameterError, match="cannot tell 12 modes apart"):
        self_calibration(readings, np.repeat(operators[:, :1], 12, axis=1))

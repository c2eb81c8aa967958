"""Sparse codes: descent, exactness, and what the penalties are worth at equal activity."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sparse.codes import debiased, energy, sparse_codes, weight_for_activity
from geomlearn.sparse.options import CodeOptions


def unit(atoms: np.ndarray) -> np.ndarray:
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


def problem(seed: int, signals: int, length: int, atoms: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.standard_normal((signals, length)), unit(random.standard_normal((atoms, length)))


@pytest.mark.parametrize("key", ["soft", "hard", "half", "cel0"])
def test_4_the_energy_never_grows(key):
    signals, atoms = problem(0, 20, 12, 30)
    options = CodeOptions(penalty=key, weight=0.1, tolerance=1e-10, max_iterations=300)
    found = sparse_codes(signals, atoms, options)
    energies = np.array([step["energy"] for step in found.history])
    assert (np.diff(energies) <= 1e-10).all()
    assert energies[-1] < energies[0]
    assert energies[-1] == pytest.approx(energy(signals, atoms, found.value, options), abs=1e-10)


@pytest.mark.parametrize("key", ["soft", "hard", "half"])
def test_5_orthonormal_atoms_need_one_step(key):
    signals, atoms = problem(1, 5, 8, 8)
    atoms = np.linalg.qr(atoms)[0]
    once = sparse_codes(signals, atoms, CodeOptions(penalty=key, weight=0.2, step=1.0, max_iterations=1)).value
    many = sparse_codes(signals, atoms, CodeOptions(penalty=key, weight=0.2, step=1.0, tolerance=1e-12)).value
    assert once == pytest.approx(many, abs=1e-12)


def test_5_there_cel0_is_the_hard_threshold():
    signals, atoms = problem(1, 5, 8, 8)
    atoms = np.linalg.qr(atoms)[0]
    cel0, hard = (
        sparse_codes(signals, atoms, CodeOptions(penalty=key, weight=0.2, step=1.0, max_iterations=1)).value
        for key in ("cel0", "hard")
    )
    assert (cel0 == hard).all()


def test_6_the_relaxation_keeps_the_global_minimum():
    """P = 6, K = 8: all supports enumerated against CEL0 from many starts."""
    signal, atoms = problem(5, 1, 6, 8)
    weight = 0.15
    best = 0.5 * float(np.sum(signal**2))
    for size in range(1, 7):
        for support in combinations(range(8), size):
            part = atoms[list(support)]
            rest = signal[0] - np.linalg.lstsq(part.T, signal[0], rcond=None)[0] @ part
            best = min(best, 0.5 * float(rest @ rest) + weight * size)
    random = np.random.default_rng(0)
    starts = random.standard_normal((400, 8)) * random.choice([0.3, 1, 3], (400, 1))
    options = CodeOptions(penalty="cel0", weight=weight, tolerance=1e-12, max_iterations=3000)
    codes = sparse_codes(np.repeat(signal, 400, 0), atoms, options, start=starts).value
    reached = min(energy(signal, atoms, code[None], options) for code in codes)
    assert reached == pytest.approx(best, abs=1e-6)


def test_the_activity_asked_for_is_reached():
    signals, atoms = problem(2, 300, 16, 48)
    for key in ("soft", "hard", "half", "cel0", "top-k"):
        found = sparse_codes(signals, atoms, CodeOptions(penalty=key, activity=0.1))
        assert found.stats["activity"] == pytest.approx(0.1, rel=0.15)


def test_planted_codes_are_found_by_cel0_and_shortened_by_soft():
    random = np.random.default_rng(3)
    _, atoms = problem(3, 1, 40, 60)
    truth = np.zeros((50, 60))
    for row in truth:
        row[random.choice(60, 3, replace=False)] = random.choice([-1, 1], 3) * (1 + random.random(3))
    signals = truth @ atoms
    options = CodeOptions(weight=0.05, tolerance=1e-6)
    cel0 = sparse_codes(signals, atoms, options.replace(penalty="cel0")).value
    soft = sparse_codes(signals, atoms, options.replace(penalty="soft")).value
    assert np.mean((cel0 != 0) == (truth != 0)) > 0.99
    assert np.linalg.norm(cel0 - truth) < 0.3 * np.linalg.norm(soft - truth)
    on_support = debiased(signals, atoms, soft * (np.abs(soft) > 0.3))
    assert np.linalg.norm(on_support - truth) < 0.3 * np.linalg.norm(soft - truth)


def test_bad_input_is_said():
    signals, atoms = problem(4, 4, 6, 9)
    with pytest.raises(SizeMismatch, match=r"\(4, 6\) and \(9, 5\)"):
        sparse_codes(signals, atoms[:, :5])
    with pytest.raises(ParameterError, match="unit length"):
        sparse_codes(signals, 2 * atoms, CodeOptions(penalty="cel0"))
    with pytest.raises(ParameterError, match="not finite"):
        sparse_codes(signals * np.nan, atoms)
    with pytest.raises(ParameterError, match="All signals are zero"):
        weight_for_activity(0 * signals, atoms, CodeOptions())

"""Dictionaries: descent, unit atoms, atoms that come back, planted atoms recovered."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.sparse.codes import sparse_codes
from geomlearn.sparse.dictionary import SparseDictionary
from geomlearn.sparse.options import CodeOptions


def planted(seed: int, count: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    atoms = random.standard_normal((12, 12))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    codes = random.standard_normal((count, 12)) * (random.random((count, 12)) < 0.12)
    return codes @ atoms, atoms


def test_7_and_9_each_update_lowers_the_error_and_keeps_unit_atoms():
    signals, _ = planted(0)
    learner = SparseDictionary(n_atoms=16, weight=0.05, rate=10.0)
    learner.partial_fit(signals[:200])
    for start in range(200, 1000, 200):
        batch, atoms = signals[start : start + 200], learner.components_
        codes = sparse_codes(batch, atoms, CodeOptions(weight=0.05)).value
        step = codes.T @ (batch - codes @ atoms) / np.linalg.norm(codes, 2) ** 2
        before, after = (float(np.sum((batch - codes @ phi) ** 2)) for phi in (atoms, atoms + step))
        assert after < before
        learner.partial_fit(batch)
        assert np.linalg.norm(learner.components_, axis=1) == pytest.approx(1, abs=1e-6)


def test_planted_atoms_are_recovered_up_to_sign():
    signals, atoms = planted(1)
    learner = SparseDictionary(n_atoms=12, activity=0.12, n_batches=150, rate=0.2, seed=3).fit(signals)
    found = np.abs(learner.components_ @ atoms.T).max(0)
    chance = np.abs(SparseDictionary(n_atoms=12, n_batches=1).fit(signals).components_ @ atoms.T).max(0)
    assert (found > 0.95).sum() >= 10
    assert (chance > 0.95).sum() <= 2


def test_9_atoms_that_nobody_uses_begin_again_and_twins_are_counted():
    signals, _ = planted(2)
    # At such a weight every code is empty, and only the atom set to no use at all is below the limit.
    learner = SparseDictionary(n_atoms=12, weight=1e6).partial_fit(signals[:200])
    learner.usage_[4] = 0.0
    others = np.delete(learner.components_, 4, 0)
    learner.partial_fit(signals[200:400])
    worst = signals[200:400][np.argmax(np.sum(signals[200:400] ** 2, axis=1))]
    assert learner.components_[4] == pytest.approx(worst / np.linalg.norm(worst))
    assert np.delete(learner.components_, 4, 0) == pytest.approx(others)
    learner.components_[5] = -learner.components_[4]
    assert learner.similar_atoms() == 1


def test_codes_and_signals_go_both_ways_and_runs_repeat():
    signals, _ = planted(3, 400)
    one, two = (SparseDictionary(n_atoms=16, n_batches=10, activity=0.2).fit(signals) for _ in range(2))
    assert (one.components_ == two.components_).all()
    rendered = one.inverse_transform(one.transform(signals))
    assert np.linalg.norm(rendered - signals) < np.linalg.norm(signals)


def test_bad_input_is_said():
    with pytest.raises(ParameterError, match="One signal"):
        SparseDictionary().fit(np.ones((1, 5)))
    with pytest.raises(ParameterError, match="learned nothing"):
        SparseDictionary().transform(np.ones((1, 5)))


def dead_leaves(seed: int, size: int = 96) -> np.ndarray:
    """Opaque disks of many sizes, one over the other, whitened."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    picture = np.zeros((size, size))
    for _ in range(700):
        radius = 2 / np.sqrt(1 - random.random() * (1 - (2 / 40) ** 2))
        centre = random.random(2) * size
        picture[(x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2] = random.random()
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(size) * size] * 2))
    spectrum = np.fft.fft2(picture - picture.mean()) * frequency * np.exp(-((frequency / (0.4 * size)) ** 4))
    return np.fft.ifft2(spectrum).real


def leaf_patches(seed: int, count: int) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(dead_leaves(seed), (6, 6))
    rows, columns = np.random.default_rng(seed).integers(0, len(windows), (2, count))
    patches = windows[rows, columns].reshape(count, -1)
    patches = patches - patches.mean(1, keepdims=True)
    return patches / patches.std()


def test_8_at_equal_activity_cel0_leaves_least_then_hard_and_half_then_soft():
    train, test = leaf_patches(0, 2000), leaf_patches(1, 150)
    error = {}
    for penalty in ("soft", "hard", "half", "cel0"):
        learner = SparseDictionary(penalty=penalty, activity=0.04, n_atoms=48, n_batches=15, batch_size=80).fit(train)
        found = sparse_codes(test, learner.components_, CodeOptions(penalty=penalty, activity=0.04))
        assert found.stats["activity"] == pytest.approx(0.04, abs=0.008)
        error[penalty] = found.stats["relative_error"]
    assert error["cel0"] < min(error["hard"], error["half"]) and max(error["hard"], error["half"]) < error["soft"]

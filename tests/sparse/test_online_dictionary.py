"""The online orthogonal dictionary: the card's ten properties, streams that drift or change, and what it keeps."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.polar import polar
from geomlearn.sparse.online_dictionary import OnlineOrthogonalDictionary


def orthogonal(n: int, seed: int) -> np.ndarray:
    # Not the numbers a learner of that seed begins with: its first atoms would be these.
    q, r = np.linalg.qr(np.random.default_rng(1000 + seed).standard_normal((n, n)))
    return q * np.sign(np.diag(r))


def stream(atoms: np.ndarray, count: int, seed: int, theta: float = 0.3) -> np.ndarray:
    random = np.random.default_rng(100 + seed)
    codes = random.standard_normal((count, len(atoms))) * (random.random((count, len(atoms))) < theta)
    return codes @ atoms.T


def error(learner: OnlineOrthogonalDictionary, atoms: np.ndarray) -> float:
    return abs(1 - float(np.sum((learner.components_ @ atoms) ** 4)) / len(atoms))


def test_1_the_polar_factor_is_the_linear_maximum():
    gradient = np.random.default_rng(0).standard_normal((7, 9))
    best = polar(gradient)
    nuclear = np.linalg.svd(gradient, compute_uv=False).sum()
    assert abs(np.sum(best * gradient) - nuclear) < 1e-10 * nuclear
    assert np.linalg.norm(best @ best.T - np.eye(7)) < 1e-12


def test_2_iterates_stay_inside_and_on_the_orthogonal_matrices():
    atoms = orthogonal(8, 1)
    inside = OnlineOrthogonalDictionary(reproject=False, whiten=False)
    on = OnlineOrthogonalDictionary(whiten=False)
    for batch in np.split(stream(atoms, 400, 1), 40):
        assert np.linalg.norm(inside.partial_fit(batch).components_, 2) <= 1 + 1e-10
        a = on.partial_fit(batch).components_
        assert np.linalg.norm(a @ a.T - np.eye(8)) < 1e-10


def test_3_the_error_is_zero_only_for_signed_permutations():
    atoms = orthogonal(6, 2)
    learner = OnlineOrthogonalDictionary().partial_fit(np.zeros((0, 6)))
    learner.components_ = (atoms * [1, -1, 1, 1, -1, 1]).T[[2, 0, 1, 5, 4, 3]]
    assert error(learner, atoms) < 1e-12
    learner.components_ = orthogonal(6, 3)
    assert error(learner, atoms) > 0.1


def test_4_the_population_value():
    atoms, theta = orthogonal(5, 4), 0.3
    samples = stream(atoms, 200_000, 4, theta)
    value = np.mean(np.sum(np.abs(samples @ atoms) ** 3, 1)) / 5
    assert value == pytest.approx(theta * 2 * np.sqrt(2 / np.pi), rel=0.02)
    other = np.mean(np.sum(np.abs(samples @ orthogonal(5, 9)) ** 3, 1)) / 5
    assert other < value


@pytest.mark.parametrize("power", [3, 4])
def test_5_the_gradient_against_differences(power):
    learner = OnlineOrthogonalDictionary(power=power, whiten=False).partial_fit(np.zeros((0, 4)))
    samples = stream(orthogonal(4, 5), 30, 5)
    analytic, numeric, h = learner._gradient(samples), np.zeros((4, 4)), 1e-5
    for entry in np.ndindex(4, 4):
        values = []
        for sign in (1, -1):
            moved = learner.components_.copy()
            moved[entry] += sign * h
            values.append(np.mean(np.sum(np.abs(samples @ moved.T) ** power, 1)) / power)
        numeric[entry] = (values[0] - values[1]) / (2 * h)
    assert np.linalg.norm(analytic - numeric) < 1e-6 * np.linalg.norm(analytic)


def test_6_atoms_are_recovered():
    errors = []
    for seed in range(10):
        atoms = orthogonal(10, seed)
        learner = OnlineOrthogonalDictionary(whiten=False, seed=seed).partial_fit(np.zeros((0, 10)))
        assert error(learner, atoms) > 0.3, "it begins near the atoms it should find"
        errors.append(error(learner.partial_fit(stream(atoms, 10_000, seed)), atoms))
    assert sum(value < 5e-3 for value in errors) >= 9


def test_6_the_schedule_for_convex_problems_is_not_there_yet():
    """The ablation: ρ = 4/(t+8)^{2/3} and γ = 2/(t+8), without the return to orthogonal atoms, over 500 steps."""
    behind = 0
    for seed in range(5):
        atoms = orthogonal(10, 100 + seed)
        data = stream(atoms, 5000, seed)
        learner = OnlineOrthogonalDictionary(whiten=False, seed=seed).partial_fit(np.zeros((0, 10)))
        other, mean = learner.components_, np.zeros((10, 10))
        for t, batch in enumerate(np.split(data, 500)):
            codes = batch @ other.T
            average, step = min(1.0, 4 / (t + 8) ** (2 / 3)), 2 / (t + 8)
            mean = (1 - average) * mean + average * (codes**2 * np.sign(codes)).T @ batch / len(batch)
            other = (1 - step) * other + step * polar(mean)
        left = abs(1 - float(np.sum((polar(other) @ atoms) ** 4)) / 10)
        behind += left > 1e-2 > error(learner.partial_fit(data), atoms)
    assert behind >= 3


def test_7_the_gap_falls():
    atoms = orthogonal(10, 0)
    data, held_out = stream(atoms, 30_000, 0), stream(atoms, 20_000, 50)
    learner, times, least = OnlineOrthogonalDictionary(whiten=False), [], []
    for step, batch in enumerate(np.split(data, 3000), 1):
        learner.partial_fit(batch)
        if step in (50, 100, 200, 400, 800, 1600, 3000):
            times.append(step)
            least.append(min([learner.gap(held_out), *least[-1:]]))
    assert min(least) >= 0
    assert np.polyfit(np.log(times), np.log(least), 1)[0] <= -0.2


def test_8_chunks_and_one_pass_are_the_same_to_the_bit():
    data = stream(orthogonal(6, 6), 500, 6)
    whole = OnlineOrthogonalDictionary().fit(data)
    parts = OnlineOrthogonalDictionary()
    for start, stop in ((0, 7), (7, 150), (150, 151), (151, 500)):
        parts.partial_fit(data[start:stop])
    assert (whole.components_ == parts.components_).all()


def test_8_a_restored_state_goes_on_to_the_bit():
    data = stream(orthogonal(6, 6), 500, 6)
    whole = OnlineOrthogonalDictionary().fit(data)
    first = OnlineOrthogonalDictionary().partial_fit(data[:233])
    second = OnlineOrthogonalDictionary().restore(first.state()).partial_fit(data[233:])
    assert (whole.components_ == second.components_).all()


def test_9_the_state_does_not_grow():
    learner = OnlineOrthogonalDictionary()
    sizes = {sum(a.size for a in learner.partial_fit(np.ones((100, 5)) * i).state().values()) for i in range(5)}
    assert len(sizes) == 1


def test_10_single_samples_suffice():
    atoms = orthogonal(10, 7)
    learner = OnlineOrthogonalDictionary(whiten=False, batch_size=1, seed=7).fit(stream(atoms, 3000, 7))
    assert error(learner, atoms) < 1e-2


def test_whitening_undoes_what_the_sensors_add():
    atoms = orthogonal(6, 8)
    mixing = np.diag([1, 2, 5, 0.5, 3, 1.0])
    data = stream(atoms, 20_000, 8) @ mixing + 7
    white = OnlineOrthogonalDictionary().fit(data)
    # The modes of the stream are the columns of the mixing times the atoms.
    expected = (mixing @ atoms).T
    cosines = np.abs(unit(white.modes_) @ unit(expected).T).max(0)
    assert (cosines > 0.98).all()
    raw = OnlineOrthogonalDictionary(whiten=False).fit(data)
    assert not (np.abs(unit(raw.modes_) @ unit(expected).T).max(0) > 0.98).all()
    assert white.inverse_transform(white.transform(data[:9])) == pytest.approx(data[:9], abs=1e-8)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_floors_follow_a_stream_that_turns():
    before, after = orthogonal(8, 10), orthogonal(8, 11)
    data = np.concatenate([stream(before, 20_000, 10), stream(after, 3000, 11)])
    plain = OnlineOrthogonalDictionary(whiten=False).fit(data)
    floored = OnlineOrthogonalDictionary(whiten=False, average_floor=0.05, step_floor=0.02).fit(data)
    assert error(floored, after) < 0.5 * error(plain, after)


def test_a_stream_that_changes_its_width_loses_nothing():
    learner = OnlineOrthogonalDictionary().partial_fit(stream(orthogonal(6, 6), 100, 6))
    kept = learner.components_.copy()
    with pytest.raises(SizeMismatch, match="6 numbers a sample, now 5"):
        learner.partial_fit(np.ones((10, 5)))
    with pytest.raises(ParameterError, match="finite"):
        learner.partial_fit(np.full((10, 6), np.nan))
    assert (learner.components_ == kept).all()


def test_more_atoms_than_numbers_are_refused():
    with pytest.raises(ParameterError, match="7 orthogonal atoms do not fit in 6"):
        OnlineOrthogonalDictionary(n_atoms=7).partial_fit(np.ones((10, 6)))
    assert OnlineOrthogonalDictionary(n_atoms=3).partial_fit(np.eye(6)).components_.shape == (3, 6)

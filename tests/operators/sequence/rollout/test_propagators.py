"""Dynamic mode decomposition finds the matrix that made the frames."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.rollout.propagators import fit_dmd


def _frames(matrix, n, seed=0):
    state = np.random.default_rng(seed).standard_normal(len(matrix))
    return np.array([np.linalg.matrix_power(matrix, t) @ state for t in range(n)])


@pytest.fixture
def turning():
    rng = np.random.default_rng(1)
    q, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    block = np.kron(np.eye(2), [[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    block[2:, 2:] = 0.95 * np.linalg.matrix_power(block[2:, 2:], 2)
    return q @ block @ q.T


def test_it_is_the_matrix(turning):
    frames = _frames(turning, 20)
    dmd = fit_dmd([frames[:12]], tolerance=1e-10)
    assert np.allclose(dmd.matrix, turning, atol=1e-8)
    assert np.allclose(dmd.roll(frames[:12], 8), frames[12:], atol=1e-8)


def test_delays_see_what_one_frame_does_not_show(turning):
    seen = _frames(turning, 40)[:, :1]
    one, four = (fit_dmd([seen[:30]], d, 1e-9) for d in (1, 4))
    truth = seen[30:]
    assert np.abs(four.roll(seen[:30], 10) - truth).max() < 1e-4
    assert np.abs(one.roll(seen[:30], 10) - truth).max() > 0.05


def test_several_series_are_one_fit(turning):
    parts = [_frames(turning, 3, seed) for seed in range(4)]
    assert np.allclose(fit_dmd(parts, tolerance=1e-10).matrix, turning, atol=1e-7)


def test_growth_is_clipped_to_the_unit_circle():
    frames = np.array([[1.2**t, 0.5**t] for t in range(8)])
    assert np.isclose(np.abs(np.linalg.eigvals(fit_dmd([frames], tolerance=1e-12).matrix)).max(), 1.0)
    free = fit_dmd([frames], tolerance=1e-12, clip=False)
    assert np.isclose(np.abs(np.linalg.eigvals(free.matrix)).max(), 1.2)


def test_the_tolerance_drops_what_is_noise(turning):
    frames = _frames(turning, 12) + 1e-6 * np.random.default_rng(0).standard_normal((12, 4))
    frames = np.concatenate([frames, 1e-9 * np.random.default_rng(1).standard_normal((12, 3))], axis=1)
    assert np.linalg.matrix_rank(fit_dmd([frames], tolerance=1e-4, clip=False).matrix, tol=1e-6) == 4


def test_too_few_frames_and_frames_of_nothing():
    with pytest.raises(ParameterError, match="4 delays"):
        fit_dmd([np.ones((4, 2))], 4)
    assert not fit_dmd([np.zeros((5, 2))]).matrix.any()

"""The start fitted to all given frames: exact courses stay as they are, disturbances are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from geomlearn.operators.sequence.rollout.learning import relative_errors, rollout_task
from geomlearn.operators.sequence.rollout.modal import ModalBatch
from geomlearn.operators.sequence.rollout.options import RolloutOptions
from geomlearn.operators.sequence.rollout.rule import best_rule, fit_rule, modal_coefficients, roll_rule
from geomlearn.operators.sequence.rollout.start import nearest_course

N_GIVEN = 12


def _rule(data):
    return best_rule(data.coefficients, data.frames, data.shape_of, N_GIVEN, transport=False)


def _course(data, rule, given, n_fitted):
    frames = ModalBatch.of(data.frames).double().take(torch.from_numpy(data.shape_of))
    modal = modal_coefficients(torch.from_numpy(rule.modal), torch.tensor(rule.reach).double(), frames.evals)
    return nearest_course(torch.from_numpy(given), modal, torch.from_numpy(rule.transport), frames, n_fitted).numpy()


def test_a_course_of_the_rule_stays_as_it_is(frames, wave_set):
    rule = _rule(wave_set)
    given = wave_set.coefficients[:, :2]
    exact = np.concatenate([given, roll_rule(replace(rule, fitted=2), given, frames, wave_set.shape_of, 10)], axis=1)
    assert np.abs(_course(wave_set, rule, exact, N_GIVEN) - exact).max() < 1e-3 * np.abs(exact).max()


def test_it_is_the_nearest_of_all_courses(wave_set):
    """Least squares: what is left over is at right angles to every course."""
    rule = _rule(wave_set)
    given = wave_set.coefficients[:, :N_GIVEN] + 0.1 * np.random.default_rng(0).standard_normal((8, N_GIVEN, 9))
    left = given - _course(wave_set, rule, given, N_GIVEN)
    for seed in range(3):
        start = np.random.default_rng(seed).standard_normal((8, 2, 9))
        rolled = roll_rule(replace(rule, fitted=2), start, wave_set.frames, wave_set.shape_of, N_GIVEN - 2)
        course = np.concatenate([start, rolled], axis=1)
        product = (left * course).sum((1, 2)) / np.linalg.norm(course, axis=(1, 2)) / np.linalg.norm(left, axis=(1, 2))
        assert np.abs(product).max() < 1e-4


def test_disturbed_frames_are_continued_better_from_all_than_from_two(wave_set, heat_set):
    rng = np.random.default_rng(0)
    for data in (wave_set, heat_set):
        rule = _rule(data)
        assert rule.fitted == N_GIVEN
        given, truth = data.coefficients[:, :N_GIVEN], data.coefficients[:, N_GIVEN:]
        tone = rng.standard_normal((8, 1, 9)) * np.cos(2.4 * np.arange(N_GIVEN))[None, :, None]
        disturbed = given + 0.1 * np.sqrt((given**2).mean()) * tone
        errors = {}
        for fitted in (2, N_GIVEN):
            made = roll_rule(replace(rule, fitted=fitted), disturbed, data.frames, data.shape_of, truth.shape[1])
            errors[fitted] = relative_errors(made, truth, (truth.shape[1],)).mean()
        assert errors[N_GIVEN] < 0.4 * errors[2]


def test_a_rule_that_does_not_hold_for_long_starts_from_few_frames(frames):
    """Swings that grow faster: two frames tell the next few well, and no one course lies near all."""
    rng = np.random.default_rng(0)
    times = np.arange(16)
    phase = 0.3 * times + 0.003 * times**2
    start = rng.standard_normal((12, 1, 9))
    series = start * np.cos(phase)[None, :, None]
    chosen = best_rule(series, frames, np.zeros(12, int), N_GIVEN, transport=False)
    assert chosen.fitted == 2
    assert fit_rule(series, frames, np.zeros(12, int)).fitted == 2


def test_the_model_reads_the_course_too(wave_set):
    options = RolloutOptions(modes=9, history=N_GIVEN, horizon=8, unroll=4, width=8, depth=1, states=4, fields=2)
    model = rollout_task(wave_set, None, options).model.eval()
    assert int(model.fitted) == N_GIVEN
    frames = ModalBatch.of(wave_set.frames).take(torch.from_numpy(wave_set.shape_of))
    given = wave_set.coefficients[:, :N_GIVEN]
    tone = np.random.default_rng(0).standard_normal((8, 1, 9)) * np.cos(2.4 * np.arange(N_GIVEN))[None, :, None]
    disturbed = given + 0.03 * tone
    with torch.no_grad():
        made = model(torch.as_tensor(disturbed, dtype=torch.float32), frames, 8)[1].numpy()
    rule = best_rule(
        wave_set.coefficients[:, : N_GIVEN + 8], wave_set.frames, wave_set.shape_of, N_GIVEN, transport=True
    )
    alone = roll_rule(rule, disturbed, wave_set.frames, wave_set.shape_of, 8)
    assert np.linalg.norm(made - alone) < 1e-3 * np.linalg.norm(alone)

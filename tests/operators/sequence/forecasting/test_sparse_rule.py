"""Rules of few terms: those that a series is made of are found, and what runs away is not taken."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.forecasting.sparse_rule import sparse_rule


def test_diffusion_is_exact(sphere_place):
    start = np.random.default_rng(0).standard_normal(len(sphere_place.evals))
    frames = start * np.exp(-np.outer(0.02 * np.arange(40), sphere_place.evals))
    rule = sparse_rule(frames[:30], sphere_place)
    assert "own" in rule.terms
    assert np.linalg.norm(rule.roll(frames[:30], 10) - frames[30:]) < 0.01 * np.linalg.norm(frames[30:])


def test_waves_look_at_the_frame_before(sphere_place):
    start = np.random.default_rng(0).standard_normal(len(sphere_place.evals))
    frames = start * np.cos(np.outer(0.2 * np.arange(40), np.sqrt(np.maximum(sphere_place.evals, 0))))
    rule = sparse_rule(frames[:30], sphere_place)
    assert "own before" in rule.terms
    assert np.linalg.norm(rule.roll(frames[:30], 10) - frames[30:]) < 0.01 * np.linalg.norm(frames[30:])


def test_burgers_is_found_to_carry_itself(circle, burgers):
    known = circle.project(burgers)
    rule = sparse_rule(known[:40], circle)
    assert "u·∂u" in rule.terms
    made = rule.roll(known[:40], 20)
    still = np.linalg.norm(known[39] - known[40:])
    assert np.linalg.norm(made - known[40:]) < 0.1 * still


def test_a_library_without_the_term_does_worse(circle, burgers, monkeypatch):
    from geomlearn.operators.sequence.forecasting import sparse_rule as room

    known = circle.project(burgers)
    whole = np.linalg.norm(sparse_rule(known[:40], circle).roll(known[:40], 20) - known[40:])
    monkeypatch.setattr(room, "_CHOICES", tuple(c for c in room._CHOICES if "u·∂u" not in c))
    without = np.linalg.norm(room.sparse_rule(known[:40], circle).roll(known[:40], 20) - known[40:])
    assert without > 2 * whole


def test_too_few_frames_show_no_rule(circle):
    with pytest.raises(ParameterError, match="5 frames show no rule"):
        sparse_rule(np.zeros((5, 33)), circle)

"""Small series on small shapes, made once."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.operators.sequence.rollout.modal import modal_frame
from geomlearn.operators.sequence.rollout.series_set import SeriesSet
from geomlearn.shapes.load import load_shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

MODES = 9


@pytest.fixture(scope="session")
def sphere():
    """A sphere of radius 3 with its basis: lengths must not matter."""
    shape = load_shape("builtin:sphere@500")
    shape = shape.replace(vertices=3 * shape.vertices)
    return shape, eigenbasis(shape, EigenbasisOptions(k=MODES), cache=False)


@pytest.fixture(scope="session")
def torus():
    """A torus with its basis."""
    shape = load_shape("builtin:torus@600")
    return shape, eigenbasis(shape, EigenbasisOptions(k=MODES), cache=False)


@pytest.fixture(scope="session")
def frames(sphere, torus):
    return tuple(modal_frame(shape, basis, MODES) for shape, basis in (sphere, torus))


def series_of(frames, rule, n_frames=24, n_each=4, seed=0, pace=0.1):
    """Series whose coefficients follow rule(frame, start, time)."""
    rng = np.random.default_rng(seed)
    coefficients, shape_of = [], []
    for index, frame in enumerate(frames):
        for _ in range(n_each):
            start = rng.standard_normal(frame.k) / np.sqrt(frame.k)
            coefficients.append([rule(frame, start, pace * t) for t in range(n_frames)])
            shape_of.append(index)
    n = len(shape_of)
    return SeriesSet(np.array(coefficients), tuple(frames), np.array(shape_of), np.zeros(n), "toy", pace)


@pytest.fixture(scope="session")
def heat_set(frames):
    """Heat, exactly."""
    return series_of(frames, lambda frame, start, time: start * np.exp(-frame.evals * time))


@pytest.fixture(scope="session")
def wave_set(frames):
    """Waves from rest, exactly."""
    return series_of(frames, lambda frame, start, time: start * np.cos(np.sqrt(np.maximum(frame.evals, 0)) * time))

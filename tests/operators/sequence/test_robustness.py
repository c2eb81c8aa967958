"""Frozen systems under a tone at S4D's spike: S4D is lost, HiPPO and its perturbed form hold (card 6.8)."""

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from geomlearn.operators.sequence.layer import SSMLayer
from geomlearn.operators.sequence.options import SSMOptions
from geomlearn.operators.sequence.systems.hippo import diagonalize_normal, hippo_legs
from geomlearn.operators.sequence.systems.initial import initial_system

N, DT, LENGTH, N_SAMPLES, RIDGE = 32, 0.01, 1024, 300, 1e-5


def layer_states(init, u):
    """The state after the last sample, in HiPPO's coordinates (samples, n)."""
    options = SSMOptions(init=init, n=N, dt_min=DT, dt_max=DT)
    modes = initial_system(options).modes
    with torch.no_grad():
        _, state = SSMLayer(1, options).resume(torch.tensor(u)[..., None])
    return np.real(state[:, 0].numpy() * modes.weight @ modes.vecs.T)


def hippo_states(u):
    """The same of HiPPO itself, by the matrix exponential."""
    a, b = hippo_legs(N)
    held = np.zeros((N + 1, N + 1))
    held[:N, :N], held[:N, N] = a * DT, b * DT
    step, state = expm(held), np.zeros((len(u), N))
    for value in u.T:
        state = state @ step[:N, :N].T + value[:, None] * step[:N, N]
    return state


def signals(seed):
    """Sinusoids, the same with a tone at S4D's top frequency, and their amplitudes and frequencies."""
    rng = np.random.default_rng(seed)
    amplitude, frequency = rng.uniform(0.5, 2.0, N_SAMPLES), rng.uniform(1.0, 5.0, N_SAMPLES)
    time = DT * np.arange(LENGTH)
    clean = amplitude[:, None] * np.cos(frequency[:, None] * time)
    tone = 0.1 * rng.uniform(size=(N_SAMPLES, 1)) * np.cos(diagonalize_normal(N)[0].imag.max() * time)
    return clean, clean + tone, np.stack([amplitude, frequency], axis=1)


def errors(states):
    """(clean, disturbed) root mean squares of a linear read-out fitted on clean signals."""
    train, _, wanted = signals(0)
    clean, disturbed, truth = signals(1)

    def features(u):
        return np.concatenate([states(u), np.ones((len(u), 1))], axis=1)

    x = features(train)
    gram = x.T @ x
    readout = np.linalg.solve(gram + RIDGE * np.trace(gram) / N * np.eye(N + 1), x.T @ wanted)
    return [float(np.sqrt(np.mean((features(u) @ readout - truth) ** 2))) for u in (clean, disturbed)]


@pytest.fixture(scope="module")
def measured():
    return {
        "hippo": errors(hippo_states),
        "s4d": errors(lambda u: layer_states("s4d-legs", u.astype(np.float32))),
        "ptd": errors(lambda u: layer_states("s4-ptd", u.astype(np.float32))),
    }


def test_clean_all_three_are_about_equally_good(measured):
    clean = [pair[0] for pair in measured.values()]
    assert max(clean) < 1.2 * min(clean)


def test_disturbed_only_s4d_breaks(measured):
    assert measured["hippo"][1] < 1.05 * measured["hippo"][0]
    assert measured["ptd"][1] < 1.05 * measured["ptd"][0]
    assert measured["s4d"][1] > 5 * measured["s4d"][0]

"""The diagonal-plus-low-rank kernel against dense matrices of HiPPO itself."""

import dataclasses

import numpy as np
import pytest
import torch

from geomlearn.operators.sequence.discrete.low_rank import LowRankSystems
from geomlearn.operators.sequence.layer import SSMLayer
from geomlearn.operators.sequence.options import SSMOptions
from geomlearn.operators.sequence.systems.hippo import hippo_legs
from geomlearn.operators.sequence.systems.initial import initial_system


@pytest.fixture
def system(double):
    layer = SSMLayer(2, SSMOptions(init="s4", n=9, dt_min=0.01, dt_max=0.1), seed=3)
    return layer.discretize()


def dense_kernels(system, length):
    """C Āˡ B̄ with the bilinear matrices of the real HiPPO system; C is read back from the modes."""
    start = initial_system(SSMOptions(init="s4", n=9))
    c = (system.c[0].detach().numpy() @ start.modes.vecs.conj().T).real
    a, b = hippo_legs(9)
    kernels = []
    for row, dt in zip(c, system.dt.detach().numpy(), strict=True):
        left = np.linalg.inv(np.eye(9) - dt / 2 * a)
        a_bar, x = left @ (np.eye(9) + dt / 2 * a), left @ (dt * b)
        values = []
        for _ in range(length):
            values.append(row @ x)
            x = a_bar @ x
        kernels.append(values)
    return np.array(kernels)


@pytest.mark.parametrize("length", [1, 5, 400])
def test_the_kernel_is_that_of_the_dense_system(system, length):
    found = system.kernels(length)[0].detach().numpy()
    expected = dense_kernels(system, length)
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())


def test_the_rank_one_part_is_what_makes_it_hippo(system):
    without = LowRankSystems(system.lam, 0.0 * system.p, system.b, system.weight, system.c, system.dt)
    expected = dense_kernels(system, 50)
    assert np.abs(without.kernels(50)[0].detach().numpy() - expected).max() > 0.1 * np.abs(expected).max()


def test_kernel_and_steps_agree_for_parameters_that_are_no_real_system(system):
    """Training moves lone real modes off the axis; both forms must still mean the same."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(4, len(system.lam), generator=generator, dtype=torch.complex128)
    moved = LowRankSystems(
        system.lam + 0.05j * noise[0].abs(),
        system.p + 0.2 * noise[1],
        system.b + noise[2],
        system.weight,
        system.c,
        system.dt,
    )
    impulse = torch.zeros(1, 60, 2)
    impulse[:, 0] = 1.0
    stepped, _ = moved.scan(impulse)
    torch.testing.assert_close(moved.kernels(60)[0].T, stepped[0], atol=1e-9, rtol=1e-8)


def test_channels_in_blocks_give_the_same_kernels_and_gradients(system, monkeypatch):
    results = []
    for block in (1, 2**21):
        monkeypatch.setattr("geomlearn.operators.sequence.discrete.low_rank.BLOCK", block)
        c = system.c.detach().clone().requires_grad_()
        held = {field.name: getattr(system, field.name).detach() for field in dataclasses.fields(system)}
        kernels = dataclasses.replace(system, **{**held, "c": c}).kernels(20)
        kernels.square().sum().backward()
        results.append((kernels.detach(), c.grad))
    torch.testing.assert_close(results[0], results[1], rtol=1e-12, atol=1e-12)

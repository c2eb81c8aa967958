"""The layer in torch: batch = loop, the value of the solver, gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.matching.sparse_transport import SparseTransportLayer, SparseTransportOptions, sparse_transport

M, N = 10, 12


def batch(count: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    cost = torch.rand(count, M, N, generator=generator, dtype=torch.float64)
    cost = cost / cost.amax(dim=(1, 2), keepdim=True)
    return cost, torch.full((count, M), 1 / M, dtype=torch.float64), torch.full((count, N), 1 / N, dtype=torch.float64)


@pytest.mark.parametrize(("k", "within"), [(2, 2e-3), (M, 3e-4)])
def test_value_is_that_of_the_solver(k: int, within: float) -> None:
    """At k = 2 the optimum sits on ties, where steps of any size overshoot."""
    cost, a, b = batch()
    found = SparseTransportLayer(k, iterations=600).value(cost, a, b)
    for one, value in zip(cost.numpy(), found.tolist(), strict=True):
        exact = sparse_transport(one, options=SparseTransportOptions(k=k)).value.value
        assert value == pytest.approx(exact, abs=within)


def test_batch_is_loop_and_plans_are_sparse() -> None:
    cost, a, b = batch()
    layer = SparseTransportLayer(3)
    whole = layer(cost, a, b)
    assert torch.equal(whole[1], layer(cost[1:2], a[1:2], b[1:2])[0]) or torch.allclose(
        whole[1], layer(cost[1:2], a[1:2], b[1:2])[0], atol=2e-3
    )
    assert int((whole > 0).sum(dim=1).max()) <= 3
    assert (whole.sum(dim=1) - b).abs().max() < 1e-12


def test_gradient_of_the_value_is_the_plan() -> None:
    """Property 11 through the layer: the envelope's slopes agree with differences of the solver's value."""
    cost, a, b = (one[:1] for one in batch())
    cost.requires_grad_(True)
    a.requires_grad_(True)
    SparseTransportLayer(M, iterations=1000).value(cost, a, b).sum().backward()
    exact = sparse_transport(cost[0].detach().numpy(), options=SparseTransportOptions(k=M)).value
    assert np.abs(cost.grad[0].numpy() - exact.matrix.toarray()).max() < 2e-3
    # Potentials are known up to a shift.
    off = a.grad[0].numpy() - exact.alpha
    assert np.ptp(off) < 5e-3


def test_learning_through_the_plan_finds_a_permutation() -> None:
    """Costs learned so that the plan becomes a given matching: gradients through plans point the right way."""
    target = torch.eye(4, dtype=torch.float64)[torch.tensor([2, 0, 3, 1])] / 4
    cost = torch.full((4, 4), 0.5, dtype=torch.float64) + 0.05 * torch.rand(
        4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    cost.requires_grad_(True)
    mass = torch.full((4,), 1 / 4, dtype=torch.float64)
    layer = SparseTransportLayer(2, gamma=1.0, iterations=15, unrolled=3)
    losses = []
    for _ in range(60):
        loss = ((layer(cost, mass, mass) - target) ** 2).sum()
        (slope,) = torch.autograd.grad(loss, cost)
        with torch.no_grad():
            cost -= 0.5 * slope
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    assert (layer(cost, mass, mass).argmax(dim=0) == target.argmax(dim=0)).all()

"""Projection heads: what kinds have in common, merging, and what two matrices in a row are regularised to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.collections.retrieval.heads import effective_rank, head_shapes, merged, project
from geomlearn.collections.retrieval.network import Head
from geomlearn.collections.retrieval.options import HeadOptions
from geomlearn.core.errors import ParameterError

LINEAR = HeadOptions(kind="linear", residual=False, size=5)


def weights(options: HeadOptions, width: int = 7, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {name: random.standard_normal(shape) for name, shape in head_shapes(options, width).items()}


@pytest.mark.parametrize("depth", [2, 3])
def test_4_a_head_without_activation_is_one_matrix(depth):
    options = HeadOptions(depth=depth, size=5)
    given, x = weights(options), np.random.default_rng(1).standard_normal((30, 7))
    one = merged(given, options)
    if depth == 2:
        assert one == pytest.approx((given["up"] + given["around"]) @ given["down"], abs=1e-12)
    assert x @ one == pytest.approx(project(x, given, options), abs=1e-12 * 100)
    scores = [(side[:5] @ side.T).ravel() for side in (x @ one, project(x, given, options))]
    assert (np.argsort(scores[0]) == np.argsort(scores[1])).all()
    with pytest.raises(ParameterError, match="no single matrix"):
        merged(weights(HeadOptions(activation="gelu", size=5)), HeadOptions(activation="gelu", size=5))


def test_5_the_squares_of_two_factors_are_at_least_the_nuclear_norm():
    random = np.random.default_rng(2)
    left, values, right = np.linalg.svd(random.standard_normal((6, 4)), full_matrices=False)
    one, two = left * np.sqrt(values), np.sqrt(values)[:, None] * right
    assert ((one**2).sum() + (two**2).sum()) / 2 == pytest.approx(values.sum(), abs=1e-12)
    for _ in range(20):
        mix = random.standard_normal((4, 4))
        other = ((one @ mix) ** 2).sum() + ((np.linalg.inv(mix) @ two) ** 2).sum()
        assert other / 2 >= values.sum() - 1e-9


def test_6_decay_on_two_factors_gives_a_lower_rank_at_equal_loss():
    """A noisy map of rank 3, learned by one matrix and by two; each decays so much that the losses agree."""
    lower = 0
    for seed in range(3):
        random = np.random.default_rng(seed)
        x = random.standard_normal((80, 12))
        y = x @ (random.standard_normal((12, 3)) @ random.standard_normal((3, 8))) + random.standard_normal((80, 8))
        left, values, right = np.linalg.svd(np.linalg.lstsq(x, y, rcond=None)[0], full_matrices=False)
        del left, right
        assert values[3] > 0.01
        ridge, (loss, product) = _ridge(x, y, 40.0), _factors(x, y, 4.0, seed)
        # One matrix at the decay that reaches the same loss.
        weight = _weight_of_loss(x, y, loss)
        ridge = _ridge(x, y, weight)
        assert ((x @ ridge - y) ** 2).mean() == pytest.approx(loss, rel=1e-3)
        lower += effective_rank(product) < effective_rank(ridge)
    assert lower == 3


def _ridge(x: np.ndarray, y: np.ndarray, weight: float) -> np.ndarray:
    return np.linalg.solve(x.T @ x + weight * np.eye(x.shape[1]), x.T @ y)


def _weight_of_loss(x: np.ndarray, y: np.ndarray, loss: float) -> float:
    low, high = 1e-6, 1e5
    for _ in range(80):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if ((x @ _ridge(x, y, middle) - y) ** 2).mean() < loss else (low, middle)
    return float(low)


def _factors(x: np.ndarray, y: np.ndarray, weight: float, seed: int) -> tuple[float, np.ndarray]:
    """min ‖x W₁ W₂ − y‖² + weight · (‖W₁‖² + ‖W₂‖²), each in turn in closed form."""
    random = np.random.default_rng(seed)
    one, two = random.standard_normal((12, 8)), random.standard_normal((8, 8))
    for _ in range(300):
        inside = x @ one
        two = np.linalg.solve(inside.T @ inside + weight * np.eye(8), inside.T @ y)
        # W₁ from the normal equations (xᵀx) W₁ (W₂W₂ᵀ) + weight W₁ = xᵀ y W₂ᵀ, in the eigenvectors of both sides.
        a, u = np.linalg.eigh(x.T @ x)
        b, v = np.linalg.eigh(two @ two.T)
        one = u @ ((u.T @ x.T @ y @ two.T @ v) / (a[:, None] * b + weight)) @ v.T
    product = one @ two
    return float(((x @ product - y) ** 2).mean()), product


def test_7_kinds_meet_where_they_should():
    x = np.random.default_rng(3).standard_normal((11, 7))
    glu, ffn = HeadOptions(kind="glu", residual=False, size=5), HeadOptions(residual=False, size=5)
    given = weights(glu)
    # A gate of ones: the identity of features that say one.
    ones = np.column_stack([x[:, :-1], np.ones(len(x))])
    given["gate"][:] = 0
    given["gate"][-1] = 1
    assert project(ones, given, glu) == pytest.approx(project(ones, given, ffn), abs=1e-12)
    residual = HeadOptions(size=5)
    given = weights(residual)
    given["up"][:] = 0
    assert project(x, given, residual) == pytest.approx(x @ (given["around"] @ given["down"]), abs=1e-12)
    single = HeadOptions(depth=1, residual=False, size=5)
    assert head_shapes(single, 7) == head_shapes(LINEAR, 7)
    assert (project(x, weights(single), single) == project(x, weights(LINEAR), LINEAR)).all()


@pytest.mark.parametrize(
    "options",
    [
        LINEAR,
        HeadOptions(size=5),
        HeadOptions(depth=4, activation="silu", size=5),
        HeadOptions(kind="glu", activation="sigmoid", residual=False, size=5),
        HeadOptions(kind="glu", activation="gelu", size=5),
        HeadOptions(activation="relu", residual=False, scale=1, size=5),
    ],
)
def test_arrays_and_torch_agree(options):
    torch.manual_seed(0)
    head = Head(7, options).double()
    x = np.random.default_rng(4).standard_normal((6, 7))
    given = {name: one.detach().numpy() for name, one in head.weights.items()}
    assert project(x, given, options) == pytest.approx(head(torch.from_numpy(x)).detach().numpy(), abs=1e-12)


def test_bad_options_are_refused():
    with pytest.raises(ParameterError, match="no residual path"):
        HeadOptions(kind="linear")

"""Bilevel problems that people have: their constants hold, and learning pays."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.tuning.bilevel import BilevelProblem
from geomlearn.tuning.hypergradient import hypergradient
from geomlearn.tuning.lower_solvers import solve_lower
from geomlearn.tuning.maid import solve_bilevel
from geomlearn.tuning.problems.field_of_experts import FieldOfExperts
from geomlearn.tuning.problems.functional_map import FunctionalMapWeights


def images() -> FieldOfExperts:
    random = np.random.default_rng(0)
    x, y = np.meshgrid(np.linspace(0, 1, 12), np.linspace(0, 1, 12))
    clean = np.stack([(x * c + y * s > 0.4) * 1.0 for c, s in ((1, 0.2), (0.3, 1), (0.8, -0.1))])
    return FieldOfExperts(clean + 0.25 * random.standard_normal(clean.shape), clean, n=4)


def maps(p: int = 2, k: int = 4, d: int = 4) -> FunctionalMapWeights:
    """Two descriptors are good, the others are noise; the true maps are nearly diagonal."""
    random = np.random.default_rng(0)
    evals = np.cumsum(random.uniform(0.5, 1.5, (p, k)), 1)
    true = np.stack([np.diag(random.choice([-1.0, 1.0], k)) for _ in range(p)])
    a = random.standard_normal((p, k, d))
    b = true @ a
    b[:, :, 2:] = random.standard_normal((p, k, d - 2))
    return FunctionalMapWeights(a, b, evals, evals * random.uniform(0.97, 1.03, (p, k)), true)


each = pytest.mark.parametrize("problem", [images(), maps()], ids=["foe", "fmap"])


def start_of(problem: BilevelProblem) -> torch.Tensor:
    return problem.checked(problem.theta())


@each
def test_the_constants_bound_the_curvature(problem):
    theta, generator = start_of(problem), torch.Generator().manual_seed(0)
    x = problem.start().double()
    for _ in range(6):
        v = torch.randn(x.shape, generator=generator, dtype=torch.float64)
        x = x + 0.3 * torch.randn(x.shape, generator=generator, dtype=torch.float64)
        bend = float((v * problem.hessian_product(x, theta, v)).sum() / (v**2).sum())
        assert problem.convexity(theta) - 1e-9 <= bend <= problem.smoothness(theta) + 1e-9


@each
def test_the_hypergradient_agrees_with_differences(problem):
    theta = start_of(problem)
    found = hypergradient(problem, theta, problem.start().double(), 1e-8, 1e-8, max_lower=100_000).z
    direction = found / found.norm()

    def loss(at: torch.Tensor) -> float:
        return problem.upper_gradient(solve_lower(problem, at, problem.start().double(), 1e-9, 100_000)[0])[0]

    slope = (loss(theta + 1e-4 * direction) - loss(theta - 1e-4 * direction)) / 2e-4
    assert slope == pytest.approx(float(found.norm()), rel=1e-3)


def test_learned_filters_clean_better_than_the_waves_they_began_with():
    problem = images()
    theta = problem.theta(weight=-4.0)
    result = solve_bilevel(problem, theta, step=100.0, max_iterations=14, tolerance=1e-6, certify=False)
    before = problem.upper_gradient(solve_lower(problem, theta, problem.start(), 1e-3, 10_000)[0])[0]
    assert result.stats["loss"] < 0.85 * before


def test_descriptors_that_are_noise_lose_their_weight():
    problem = maps()
    result = solve_bilevel(problem, problem.theta(), step=3.0, max_iterations=6, tolerance=1e-4, certify=False)
    weights = result.value.theta.exp()
    assert float(weights[:2].min()) > 3 * float(weights[2:4].max())


def test_bad_input_is_said():
    with pytest.raises(SizeMismatch, match="do not fit"):
        FieldOfExperts(np.zeros((2, 8, 8)), np.zeros((2, 8, 9)))
    with pytest.raises(ParameterError, match="finite"):
        FieldOfExperts(np.full((2, 8, 8), np.nan), np.zeros((2, 8, 8)))
    with pytest.raises(ParameterError, match="begin alike"):
        FieldOfExperts(np.zeros((2, 8, 8)), np.zeros((2, 8, 8)), n=9)
    with pytest.raises(SizeMismatch, match="do not fit"):
        FunctionalMapWeights(
            np.zeros((1, 4, 2)), np.zeros((1, 4, 3)), np.zeros((1, 4)), np.zeros((1, 4)), np.zeros((1, 4, 4))
        )
    with pytest.raises(ParameterError, match="finite"):
        FunctionalMapWeights(*(np.full(s, np.inf) for s in ((1, 4, 2), (1, 4, 2), (1, 4), (1, 4), (1, 4, 4))))

"""MAID beside its rivals, by the work in lower gradients and Hessian products.

    python -m benchmarks tuning maid [--seeds 3] [--parts quadratic tv robust]

`quadratic`: lower and upper least squares with factors whose singular values lie in [1, 2], 100 × 10; work until
(f − f*)/|f*| ≤ 1e-4, with the adaptive accuracies, with fixed ones of 1e-1, 1e-3 and 1e-5, HOAG (accuracies 0.9^k,
steps that halve on failure) and unrolled gradient descent of 50 steps. `tv`: weight and rounding of total variation on
a built-in creature of 2,000 vertices from five two-valued fields with noise .25; the loss beside the best of a 12 × 12
grid and of 24 random points, with the work each took. `robust`: work of MAID on the quadratic from ε₀ = 1e1 … 1e-5 and
α₀ = 1e-3 … 1e1. A dash means that the loss was not reached.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from benchmarks.machine import machine_line
from geomlearn.shapes.load import load_shape
from geomlearn.tuning.hypergradient import hypergradient
from geomlearn.tuning.lower_solvers import solve_lower
from geomlearn.tuning.maid import Maid, solve_bilevel
from geomlearn.tuning.options import MaidOptions
from geomlearn.tuning.problems.on_shapes import total_variation_on
from geomlearn.tuning.problems.quadratic import QuadraticProblem
from geomlearn.tuning.problems.total_variation import TotalVariation

REACHED = 1e-4


def quadratic(seed: int, n: int = 100, d: int = 10) -> tuple[QuadraticProblem, float, torch.Tensor]:
    """A problem, its least loss, and where to begin."""
    random = np.random.default_rng(seed)
    q1, q2 = (np.linalg.qr(random.standard_normal((n, d)))[0] for _ in range(2))
    turn = np.linalg.qr(random.standard_normal((d, d)))[0]
    a1, a2, a3 = (torch.as_tensor(q * random.uniform(1, 2, d)) for q in (q1, q2, q2 @ turn))
    b1, b2 = (torch.as_tensor(random.standard_normal(n)) for _ in range(2))
    problem = QuadraticProblem(a1, b1, a2, a3, b2)
    zero = torch.zeros(d, dtype=torch.float64)

    def loss(theta: torch.Tensor) -> torch.Tensor:
        return problem.upper(problem.solution(theta))

    curvature = torch.autograd.functional.hessian(loss, zero)
    gradient = torch.autograd.functional.jacobian(loss, zero)
    return problem, float(loss(torch.linalg.solve(curvature, -gradient))), torch.ones(d, dtype=torch.float64)


def true_loss(problem: QuadraticProblem, theta: torch.Tensor) -> float:
    return float(problem.upper(problem.solution(theta)))


def maid_work(seed: int, **changes: float) -> float:
    """Lower gradients and products until the loss is reached; NaN when it is not within 300 iterations."""
    problem, lowest, theta = quadratic(seed)
    run = Maid(problem, theta, MaidOptions(tolerance=1e-12, **changes))
    for _ in range(300):
        if (true_loss(problem, run.theta) - lowest) / abs(lowest) <= REACHED:
            return run.cost
        if not run.iterate():
            break
    return np.nan


def hoag_work(seed: int) -> float:
    """Hyperparameter optimization with approximate gradients: accuracies 0.9^k, a step kept while losses fall."""
    problem, lowest, theta = quadratic(seed)
    x, step, cost, last = problem.start(), 1.0, 0, np.inf
    for k in range(300):
        if (true_loss(problem, theta) - lowest) / abs(lowest) <= REACHED:
            return cost
        accuracy = 0.1 * 0.9**k
        found = hypergradient(problem, theta, x, accuracy, accuracy, max_lower=20_000)
        cost += found.cost
        step = step * 1.05 if found.upper <= last else step * 0.5
        x, last, theta = found.x, found.upper, theta - step * found.z
    return np.nan


def unrolled_work(seed: int, depth: int = 50, step: float = 0.3) -> float:
    """Autograd through 50 gradient steps of the lower problem; each counts once forwards and twice back."""
    problem, lowest, theta = quadratic(seed)
    cost = 0
    for _ in range(300):
        if (true_loss(problem, theta) - lowest) / abs(lowest) <= REACHED:
            return cost
        knobs, x = theta.clone().requires_grad_(), problem.start()
        for _ in range(depth):
            x = x - problem.a2.T @ (problem.a2 @ x + problem.a3 @ knobs - problem.b2) / problem.smoothness(theta)
        theta = theta - step * torch.autograd.grad(problem.upper(x), knobs)[0]
        cost += 3 * depth
    return np.nan


def cell(values: list[float]) -> str:
    known = [value for value in values if np.isfinite(value)]
    missed = f", {len(values) - len(known)} of {len(values)} not reached" if len(known) < len(values) else ""
    return (f"{np.mean(known):,.0f} ± {np.std(known):,.0f}" if known else "–") + missed


def quadratic_table(seeds: range) -> None:
    print("\n| quadratic | lower gradients and products |\n|---|---|")
    print(f"| MAID | {cell([maid_work(seed) for seed in seeds])} |")
    for accuracy in (1e-1, 1e-3, 1e-5):
        fixed = {"accuracy": accuracy, "residual": accuracy, "relax": 1 + 1e-12, "tighten": 1 - 1e-12, "certify": False}
        print(f"| fixed {accuracy:g} | {cell([maid_work(seed, **fixed) for seed in seeds])} |")
    print(f"| HOAG | {cell([hoag_work(seed) for seed in seeds])} |")
    print(f"| unrolled, 50 steps | {cell([unrolled_work(seed) for seed in seeds])} |", flush=True)


def robust_table(seeds: range) -> None:
    steps = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
    print(f"\n| ε₀, α₀ | {' | '.join(f'{s:g}' for s in steps)} |\n|---|{'---|' * len(steps)}")
    for accuracy in (10.0, 1e-1, 1e-3, 1e-5):
        cells = [cell([maid_work(seed, accuracy=accuracy, residual=accuracy, step=s) for seed in seeds]) for s in steps]
        print(f"| {accuracy:g} | {' | '.join(cells)} |", flush=True)


def creature_fields(seed: int) -> TotalVariation:
    shape = load_shape("builtin:quadruped-cat-walk@2000")
    random = np.random.default_rng(seed)
    points = (shape.vertices - shape.vertices.mean(0)) / shape.vertices.std()
    clean = np.stack([(points @ random.standard_normal(3) > 0.3 * random.standard_normal()) * 1.0 for _ in range(5)])
    return total_variation_on(shape, clean + 0.25 * random.standard_normal(clean.shape), clean)


def loss_at(problem: TotalVariation, theta: torch.Tensor) -> tuple[float, int]:
    x, cost = solve_lower(problem, theta, problem.start(), 1e-3, 50_000)
    return problem.upper_gradient(x)[0], cost


def tv_table(seeds: range) -> None:
    rows: dict[str, list[tuple[float, float]]] = {}
    for seed in seeds:
        problem = creature_fields(seed)
        result = solve_bilevel(problem, torch.tensor([-5.0, -5.0]), step=100.0, max_iterations=40, tolerance=1e-5)
        reached = loss_at(problem, result.value.theta)[0]
        axis = torch.linspace(-5, 0, 12, dtype=torch.float64)
        grid = [loss_at(problem, torch.stack([a, b])) for a in axis for b in axis]
        random = np.random.default_rng(seed)
        tried = [loss_at(problem, torch.as_tensor(random.uniform(-5, 0, 2))) for _ in range(24)]
        rows.setdefault("MAID", []).append((reached, result.stats["cost"]))
        rows.setdefault("grid 12 × 12", []).append((min(g[0] for g in grid), sum(g[1] for g in grid)))
        rows.setdefault("24 random points", []).append((min(t[0] for t in tried), sum(t[1] for t in tried)))
        rows.setdefault("noisy", []).append((problem.upper_gradient(problem.noisy)[0], 0))
    print("\n| total variation | loss | over the grid | work |\n|---|---|---|---|")
    best = np.array([loss for loss, _ in rows["grid 12 × 12"]])
    for name, values in rows.items():
        losses = np.array([loss for loss, _ in values])
        ratio = losses / best
        spread = f"{losses.mean():.3e} ± {losses.std():.0e} | {ratio.mean():.3f} ± {ratio.std():.3f}"
        print(f"| {name} | {spread} | {cell([work for _, work in values])} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--parts", nargs="*", default=["quadratic", "tv", "robust"])
    words = parser.parse_args()
    torch.set_num_threads(1)
    print(machine_line("torch"), f"{words.seeds} seeds", sep="; ")
    for part in words.parts:
        {"quadratic": quadratic_table, "tv": tv_table, "robust": robust_table}[part](range(words.seeds))


if __name__ == "__main__":
    main()

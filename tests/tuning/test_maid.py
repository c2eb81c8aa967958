"""MAID on problems whose answers are known: bounds that hold, steps that decrease, what each part is worth."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch, SolverError
from geomlearn.shapes.builtin import icosphere
from geomlearn.tuning.bilevel import BilevelProblem
from geomlearn.tuning.hypergradient import Constants, hypergradient
from geomlearn.tuning.lower_solvers import conjugate_gradient, solve_lower
from geomlearn.tuning.maid import Maid, solve_bilevel
from geomlearn.tuning.options import MaidOptions
from geomlearn.tuning.problems.logistic import LogisticProblem
from geomlearn.tuning.problems.quadratic import QuadraticProblem
from geomlearn.tuning.problems.total_variation import TotalVariation


def quadratic(seed: int = 0, n: int = 60, d: int = 4) -> QuadraticProblem:
    """Factors with singular values in [1, 2]; those of x and θ span the same space, so that θ counts."""
    random = np.random.default_rng(seed)
    q1, q2 = (np.linalg.qr(random.standard_normal((n, d)))[0] for _ in range(2))
    turn = np.linalg.qr(random.standard_normal((d, d)))[0]
    a1, a2, a3 = (torch.as_tensor(q * random.uniform(1, 2, d)) for q in (q1, q2, q2 @ turn))
    b1, b2 = (torch.as_tensor(random.standard_normal(n)) for _ in range(2))
    return QuadraticProblem(a1, b1, a2, a3, b2)


def exact(problem: QuadraticProblem, theta: torch.Tensor) -> tuple[float, torch.Tensor]:
    theta = theta.clone().requires_grad_()
    value = problem.upper(problem.solution(theta))
    return float(value.detach()), torch.autograd.grad(value, theta)[0]


def best(problem: QuadraticProblem) -> torch.Tensor:
    zero = torch.zeros(4, dtype=torch.float64)
    curvature = torch.autograd.functional.hessian(lambda t: problem.upper(problem.solution(t)), zero)
    return torch.linalg.solve(curvature, -exact(problem, zero)[1])


START = torch.ones(4, dtype=torch.float64)


def fields(n_fields: int = 2) -> TotalVariation:
    """Two-valued fields on a sphere with noise."""
    mesh = icosphere(4)
    edges = np.unique(np.sort(mesh.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    random = np.random.default_rng(3)
    clean = np.stack([(mesh.vertices @ random.standard_normal(3) > 0.2).astype(float) for _ in range(n_fields)])
    return TotalVariation(clean + 0.25 * random.standard_normal(clean.shape), clean, edges)


def test_1_exact_gradients_and_the_closed_minimum_are_reached():
    problem = quadratic()
    found = hypergradient(problem, START, problem.start(), 1e-12, 1e-12, max_lower=5000)
    assert torch.allclose(found.z, exact(problem, START)[1], atol=1e-8)
    target = best(problem)
    assert float(exact(problem, target)[1].norm()) < 1e-8
    result = solve_bilevel(problem, START, max_iterations=80, tolerance=1e-6)
    value, lowest = exact(problem, result.value.theta)[0], exact(problem, target)[0]
    assert (value - lowest) / max(abs(lowest), 1) < 1e-3
    assert float((result.value.theta - target).norm()) < 1e-2


@pytest.mark.parametrize("seed", range(5))
def test_2_the_bound_is_never_below_the_error(seed):
    problem = quadratic(seed)
    truth = exact(problem, START)[1]
    for accuracy in (1.0, 1e-2, 1e-4, 1e-6):
        for residual in (1.0, 1e-2, 1e-4, 1e-6):
            found = hypergradient(
                problem, START, problem.start(), accuracy, residual, max_lower=5000, constants=Constants(problem)
            )
            assert float((found.z - truth).norm()) <= found.error * (1 + 1e-9) + 1e-12


def test_3_the_true_loss_lies_in_the_sandwich():
    problem = quadratic()
    truth = exact(problem, START)[0]
    for accuracy in (1.0, 0.3, 0.1, 1e-2, 1e-4):
        x, _ = solve_lower(problem, START, problem.start(), accuracy, 5000)
        value, slope = problem.upper_gradient(x)
        reach, bend = float(slope.norm()) * accuracy, 0.5 * problem.upper_smoothness * accuracy**2
        assert value - reach <= truth <= value + reach + bend


@pytest.mark.parametrize("kind", ["quadratic", "total variation"])
def test_4_and_5_each_accepted_step_decreases_the_true_loss(kind):
    problem: BilevelProblem = quadratic() if kind == "quadratic" else fields()
    theta = START if kind == "quadratic" else torch.tensor([-2.0, -2.0])
    run = Maid(problem, theta, MaidOptions(step=1.0, tolerance=1e-8))

    def true_loss() -> float:
        x, _ = solve_lower(problem, run.theta, run.x, 1e-10, 200_000)
        return problem.upper_gradient(x)[0]

    before = true_loss()
    for _ in range(5):
        assert run.iterate()
        last, after = run.history[-1], true_loss()
        assert after <= before - run.options.decrease * last["step"] * last["gradient"] ** 2 + 1e-12
        before = after
    if kind == "quadratic":
        found = run.direction()
        assert found.error <= 0.5 * float(found.z.norm())
        assert float(found.z @ exact(problem, run.theta)[1]) > 0


class Cold(Maid):
    def direction(self):
        self.x = self.problem.start()
        return super().direction()


def test_6_warm_starts_and_adaptive_accuracies_save_work():
    problem = quadratic()
    options = MaidOptions(tolerance=1e-9, max_iterations=12)
    adaptive = solve_bilevel(problem, START, options)
    cold = Cold(problem, START, options)
    for _ in adaptive.history:
        cold.iterate()
    assert adaptive.stats["cost"] < cold.cost
    fine = options.replace(accuracy=1e-5, residual=1e-5, relax=1.0 + 1e-9)
    fixed = Maid(problem, START, fine)
    target = adaptive.stats["loss"]
    while not fixed.history or fixed.history[-1]["loss"] > target + 1e-9:
        if not fixed.iterate() or len(fixed.history) > 200:
            break
    assert adaptive.stats["cost"] < fixed.cost


def test_7_total_variation_against_differences():
    problem, theta = fields(), torch.tensor([-2.0, -2.5], dtype=torch.float64)
    found = hypergradient(problem, theta, problem.start(), 1e-10, 1e-12, max_lower=200_000)
    numeric = []
    for place in range(2):
        values = []
        for sign in (1, -1):
            moved = theta.clone()
            moved[place] += sign * 1e-4
            x, _ = solve_lower(problem, moved, found.x, 1e-10, 200_000)
            values.append(problem.upper_gradient(x)[0])
        numeric.append((values[0] - values[1]) / 2e-4)
    numeric = torch.tensor(numeric, dtype=torch.float64)
    assert float((found.z - numeric).norm() / numeric.norm()) < 1e-4


def test_8_systems_and_products():
    problem = fields()
    theta = torch.tensor([-2.0, -2.0], dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    u, v = (torch.randn(problem.noisy.shape, generator=generator, dtype=torch.float64) for _ in range(2))
    assert float(conjugate_gradient(lambda x: 2 * x, 1e-9 * u, 1.0, 10)[0].norm()) == 0
    product = {name: problem.hessian_product(problem.start(), theta, w) for name, w in (("u", u), ("v", v))}
    assert abs(float((u * product["v"]).sum() - (v * product["u"]).sum())) < 1e-10
    solved, _ = conjugate_gradient(lambda x: problem.hessian_product(problem.start(), theta, x), u, 1e-8, 1000)
    assert float((problem.hessian_product(problem.start(), theta, solved) - u).norm()) < 2e-8


def test_9_accuracies_stay_above_zero_and_a_restored_run_is_the_same():
    problem = quadratic()
    whole = Maid(problem, START)
    for _ in range(8):
        whole.iterate()
    assert min(row["accuracy"] for row in whole.history) > 1e-8
    assert any(b["accuracy"] > a["accuracy"] for a, b in zip(whole.history, whole.history[1:], strict=False))
    first = Maid(problem, START)
    for _ in range(3):
        first.iterate()
    second = Maid(problem, START).restore(first.state())
    for _ in range(5):
        second.iterate()
    assert torch.equal(whole.theta, second.theta)
    assert whole.history == second.history


def test_10_exact_accuracies_and_a_small_step_are_plain_descent():
    problem = quadratic()
    run = Maid(problem, START, MaidOptions(accuracy=1e-13, residual=1e-13, step=0.02, grow=1.0000001))
    theta = START.clone()
    for _ in range(5):
        run.iterate()
        theta = theta - 0.02 * exact(problem, theta)[1]
    assert torch.allclose(run.theta, theta, atol=1e-4)


def test_one_weight_an_entry_generalizes_better_than_none():
    random = np.random.default_rng(0)
    truth = np.zeros((8, 3))
    truth[:3] = 2 * random.standard_normal((3, 3))
    x = random.standard_normal((160, 8))
    y = np.argmax(x @ truth + 0.5 * random.standard_normal((160, 3)), 1)
    problem = LogisticProblem(x[:60], y[:60], x[60:], y[60:])
    theta = torch.full((24,), -3.0, dtype=torch.float64)
    start, _ = solve_lower(problem, theta, problem.start(), 1e-6, 10_000)
    before = problem.upper_gradient(start)[0]
    result = solve_bilevel(problem, theta, step=10.0, max_iterations=8)
    assert result.stats["loss"] < 0.9 * before
    learned = torch.exp(result.value.theta).reshape(8, 3)
    # Entries that say nothing are held down the most.
    assert float(learned[3:].mean()) > float(learned[:3].mean())


class Flat(QuadraticProblem):
    def convexity(self, theta):
        return 0.0


def test_bad_input_is_said():
    problem = quadratic()
    with pytest.raises(ParameterError, match="not finite"):
        Maid(problem, START * torch.nan)
    flat = quadratic()
    flat.__class__ = Flat
    with pytest.raises(ParameterError, match="strongly convex"):
        Maid(flat, START)
    with pytest.raises(SolverError, match="in 3 iterations"):
        solve_bilevel(problem, START, max_lower=3, accuracy=1e-9)
    with pytest.raises(ParameterError, match="below confidence"):
        MaidOptions(decrease=0.6)
    with pytest.raises(SizeMismatch, match="pairs on one mesh"):
        TotalVariation(np.zeros((1, 3)), np.zeros((1, 3)), np.array([[0, 3]]))
    with pytest.raises(ParameterError, match="no validation samples"):
        LogisticProblem(np.ones((3, 2)), np.zeros(3), np.ones((0, 2)), np.zeros(0))
    with pytest.raises(ParameterError, match="another problem"):
        Maid(problem, START).restore(Maid(fields(), torch.tensor([-2.0, -2.0])).state())

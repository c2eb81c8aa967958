"""Newton's method whose trust radius finds itself, beside scipy's solvers, plain Newton and gradient descent."""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import minimize

from benchmarks.optimizers.studies import table
from geomlearn.matching.functional_map import Constraints, map_energy
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.terms.descriptors import descriptors
from geomlearn.matching.terms.orientation import orientation_operators, surface_calculus
from geomlearn.optimizers.newton.gradient_normalized import gns_minimize
from geomlearn.optimizers.newton.hessians import fisher
from geomlearn.optimizers.options import GradientNormalizedOptions
from geomlearn.shapes.builtin.catalogue import builtin
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


class Softmax:
    """Mean cross-entropy of linear scores of n samples in classes, with noisy labels; two classes are logistic."""

    approximation = "Fisher"

    def __init__(self, classes: int, n: int = 400, d: int = 20, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.x = rng.normal(size=(n, d)) * np.logspace(0, -1.5, d)
        scores = self.x @ rng.normal(size=(d, classes)) * 3 + rng.normal(size=(n, classes))
        self.y, self.size = np.eye(classes)[scores.argmax(1)], d * (classes - 1)
        self.start = np.zeros(self.size)

    def _probabilities(self, w: np.ndarray) -> tuple[np.ndarray, float]:
        scores = np.column_stack([self.x @ w.reshape(len(self.x[0]), -1), np.zeros(len(self.x))])
        top = scores.max(1, keepdims=True)
        log = scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True))
        return np.exp(log), float(-(self.y * log).sum(1).mean())

    def evaluate(self, w: np.ndarray) -> tuple[float, np.ndarray]:
        p, value = self._probabilities(w)
        return value, (self.x.T @ (p - self.y)[:, :-1]).ravel() / len(self.x)

    def approximate(self, w: np.ndarray) -> np.ndarray:
        """The Hessian without second derivatives: of the gradients of samples."""
        return fisher(self.sample_gradients(w))

    def sample_gradients(self, w: np.ndarray) -> np.ndarray:
        p, _ = self._probabilities(w)
        return (self.x[:, :, None] * (p - self.y)[:, None, :-1]).reshape(len(self.x), -1)

    def hessian(self, w: np.ndarray) -> np.ndarray:
        p = self._probabilities(w)[0][:, :-1]
        blocks = p[:, :, None] * np.eye(p.shape[1]) - p[:, :, None] * p[:, None, :]
        return np.einsum("ni,nj,nab->iajb", self.x, self.x, blocks).reshape(self.size, self.size) / len(self.x)


class MatchingEnergy:
    """What a first map of `match` minimizes, between two poses of a built-in dog, the constant's column held.

    E(C) = w_d‖CA − B‖² + w_l Σ D∘C² + orientation, made by `map_energy` from 20 wave kernel signatures: quadratic, of a
    condition number near 7,000. With `rotation` r, + r‖CᵀC − I‖², as a map that keeps areas has it: not convex.
    """

    approximation = "Gauss–Newton"

    def __init__(self, k: int = 16, rotation: float = 0.0) -> None:
        options = MatchOptions(k_solve=k, w_products=0.0)
        shapes = [builtin(f"quadruped-dog-{pose}", 1500) for pose in ("stand", "walk")]
        sides = [Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=100)), 100) for shape in shapes]
        columns = descriptors(sides[0].basis, sides[1].basis, options, np.zeros((0, 2), np.int64))
        constraints = (
            Constraints(side.basis, values, orientation_operators(surface_calculus(side.shape), side.basis, values, k))
            for side, values in zip(sides, columns, strict=True)
        )
        self.energy = map_energy(*constraints, options)
        self.k, self.rotation = k, rotation
        whole = np.zeros((k, k))
        whole[:, 0] = self.energy.first_column
        self.fixed, self.free = whole, np.arange(k * k).reshape(k, k)[:, 1:].ravel()
        self.quadratic = 2 * self.energy.normal_equations()[0][np.ix_(self.free, self.free)]
        self.start = np.eye(k)[:, 1:].ravel()

    def _map(self, x: np.ndarray) -> np.ndarray:
        c = self.fixed.copy()
        c.ravel()[self.free] = x
        return c

    def evaluate(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        c = self._map(x)
        value, gradient = self.energy.value_and_gradient(c)
        gram = c.T @ c - np.eye(self.k)
        value += self.rotation * float((gram**2).sum())
        return value, (gradient + 4 * self.rotation * c @ gram).ravel()[self.free]

    def approximate(self, x: np.ndarray) -> np.ndarray:
        """The Hessian without second derivatives of CᵀC: 2r JᵀJ with J dC = dCᵀC + CᵀdC."""
        c, eye = self._map(x), np.eye(self.k)
        whole = np.einsum("il,mn->imln", c @ c.T, eye) + np.einsum("in,lm->imln", c, c)
        return self.quadratic + 4 * self.rotation * self._at_free(whole)

    def hessian(self, x: np.ndarray) -> np.ndarray:
        c = self._map(x)
        bent = np.einsum("il,mn->imln", np.eye(self.k), c.T @ c - np.eye(self.k))
        return self.approximate(x) + 4 * self.rotation * self._at_free(bent)

    def _at_free(self, operator: np.ndarray) -> np.ndarray:
        return operator.reshape(self.k**2, self.k**2)[np.ix_(self.free, self.free)]


Problem = Softmax | MatchingEnergy


def problems() -> dict[str, Problem]:
    """What is minimized, by name."""
    energies = {"matching energy": MatchingEnergy(), "and ‖CᵀC − I‖²": MatchingEnergy(rotation=0.1)}
    return {"logistic": Softmax(2), "softmax, 5": Softmax(5), **energies}


def gns(arguments: argparse.Namespace) -> None:
    """Iterations that each solver takes, all problems under one set of options."""
    rows = []
    for name, problem in problems().items():
        hessians = {"exact": problem.hessian, problem.approximation: problem.approximate, "zero": None}
        start = problem.start
        for kind, hessian in hessians.items():
            options = GradientNormalizedOptions(max_iter=1500, tol=1e-7)
            found = gns_minimize(problem.evaluate, start, hessian, options=options)
            rows.append([name, f"GNS {kind}", len(found.history), found.stats["n_solves"], *_end(problem, found.value)])
        for method in ("L-BFGS-B", "trust-exact"):
            extra = {"hess": problem.hessian} if method == "trust-exact" else {}
            limits = {"maxiter": 5000, "gtol": 1e-7, **({"ftol": 0} if method == "L-BFGS-B" else {})}
            peer = minimize(problem.evaluate, start, jac=True, method=method, options=limits, **extra)
            rows.append([name, f"scipy {method}", int(peer.nit), int(peer.nfev), *_end(problem, peer.x)])
        rows.append([name, "Newton, full steps", *_newton(problem, start)])
        rows.append([name, "gradient descent, best of 8 rates", *_descent(problem, start)])
    names = ["problem", "method", "iterations", "evaluations", "value", "‖gradient‖"]
    table("Iterations to ‖gradient‖ ≤ 1e-7, one set of options for all", names, rows)


def _end(problem: Problem, x: np.ndarray) -> tuple[float, float]:
    value, gradient = problem.evaluate(x)
    return value, float(np.linalg.norm(gradient))


def _newton(problem: Problem, x: np.ndarray) -> tuple[object, ...]:
    for step in range(100):
        value, gradient = problem.evaluate(x)
        if not np.abs(gradient).max() < 1e8:
            return "diverged", step, value, float(np.linalg.norm(gradient))
        if np.linalg.norm(gradient) <= 1e-7:
            return step, step, value, float(np.linalg.norm(gradient))
        x = x - np.linalg.lstsq(problem.hessian(x), gradient, rcond=None)[0]
    return 100, 100, value, float(np.linalg.norm(gradient))


def _descent(problem: Problem, start: np.ndarray, steps: int = 1500) -> tuple[object, ...]:
    best: tuple[object, ...] = (steps, 8 * steps, np.inf, np.inf)
    for rate in np.logspace(-2.5, 1, 8):
        x, used, size = start, 0, np.inf
        while used < steps and size > 1e-7:
            value, gradient = problem.evaluate(x)
            size, used = float(np.linalg.norm(gradient)), used + 1
            if not np.abs(gradient).max() < 1e8:
                break
            x = x - rate * gradient
        if np.isfinite(value) and value < best[2]:
            best = used, used, value, size
    return best

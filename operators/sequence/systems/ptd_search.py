"""Searches for the perturbation E of perturb-then-diagonalize, on numpy arrays with gradients by hand.

Notation: A + E = V Λ V⁻¹ with unit columns of V. A change dE moves the eigenvectors by dV = V X with
X_ij = (V⁻¹ dE V)_ij / (λ_j − λ_i) off the diagonal, and the diagonal of X keeps the columns at unit length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.optimize import minimize

from geomlearn.core.progress import Progress
from geomlearn.core.results import Status

# Weight of the penalty on eigenvalues right of Re λ = −1/2, where the spectrum of HiPPO's normal part lies.
STABILITY_WEIGHT = 0.02
STABILITY_EDGE = -0.5
# Standard deviation of the random start; eigenvalues of A alone are too ill conditioned to differentiate.
START_SIZE = 0.2

Found = tuple[np.ndarray, Status, tuple[Mapping[str, float], ...]]
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


def smooth_objective(a: np.ndarray, gamma: float) -> Objective:
    """f(E) = log(‖V‖_F ‖V⁻¹‖_F / n) + γ ‖E‖_F / ‖A‖₂ + stability penalty, and its gradient (n, n), for real E.

    With unit columns the first term is ½ log of the mean squared condition number of the eigenvalues: smooth
    wherever they are distinct, and growing without bound where two of them meet.
    """
    n, scale = len(a), np.linalg.norm(a, 2)

    def objective(e: np.ndarray) -> tuple[float, np.ndarray]:
        lam, v = np.linalg.eig(a + e)
        w = np.linalg.inv(v)
        total = np.sum(np.abs(w) ** 2)
        gradient = _pull_back(lam, v, w, -(w @ w.conj().T).T / total).real
        size = float(np.linalg.norm(e))
        beyond = np.maximum(lam.real - STABILITY_EDGE, 0.0)
        gradient += ((w.T * (2.0 * STABILITY_WEIGHT / n * beyond)) @ v.T).real
        value = 0.5 * np.log(total / n) + gamma * size / scale + STABILITY_WEIGHT * np.mean(beyond**2)
        return float(value), gradient + gamma / (scale * max(size, 1e-300)) * e

    return objective


def published_objective(a: np.ndarray, gamma: float) -> Objective:
    """f(E) = κ₂(V)² + γ ‖E‖_F and its gradient (n, n), for complex E: the authors' loss.

    κ₂ is the ratio of two singular values, so the gradient jumps where either is double.
    """

    def objective(e: np.ndarray) -> tuple[float, np.ndarray]:
        lam, v = np.linalg.eig(a + e)
        w = np.linalg.inv(v)
        _, sigma, right = np.linalg.svd(v)
        first, last = right[0], right[-1]
        kappa2 = (sigma[0] / sigma[-1]) ** 2
        pairing = 2.0 * kappa2 * (np.outer(first, first.conj()) - np.outer(last, last.conj()))
        size = float(np.linalg.norm(e))
        gradient = _pull_back(lam, v, w, pairing).conj() + gamma / max(size, 1e-300) * e
        return float(kappa2 + gamma * size), gradient

    return objective


def search_smooth(a: np.ndarray, gamma: float, seed: int, max_iterations: int, progress: Progress) -> Found:
    """Minimise the smooth objective by L-BFGS from a random real start.

    Differs  quasi-Newton instead of Adam: the objective is smooth, so that hundreds of steps do for thousands.
    """
    n = len(a)
    objective = smooth_objective(a, gamma)
    history: list[Mapping[str, float]] = []

    def flat(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = objective(x.reshape(n, n))
        return value, gradient.ravel()

    def report(intermediate_result: Any) -> None:
        history.append({"objective": float(intermediate_result.fun)})
        if progress.cancelled:
            raise StopIteration
        progress(len(history) / max_iterations, f"objective {history[-1]['objective']:.4f}")

    start = START_SIZE * np.random.default_rng(seed).standard_normal(n * n)
    options = {"maxiter": max_iterations, "maxfun": 2 * max_iterations, "maxcor": 30, "ftol": 1e-9, "gtol": 1e-7}
    found = minimize(flat, start, jac=True, method="L-BFGS-B", callback=report, options=options)
    status = {0: Status.CONVERGED, 1: Status.LIMIT_REACHED, 99: Status.CANCELLED}.get(found.status, Status.STALLED)
    return found.x.reshape(n, n), status, tuple(history)


def search_published(a: np.ndarray, gamma: float, seed: int, max_iterations: int, progress: Progress) -> Found:
    """The authors' recipe: Adam on the published objective from a complex uniform start, the best iterate kept."""
    n, rng = len(a), np.random.default_rng(seed)
    objective = published_objective(a, gamma)
    e = 0.1 * (rng.random((n, n)) + 1j * rng.random((n, n)))
    mean, square = np.zeros((n, n), complex), np.zeros((n, n), complex)
    best, best_value, rate = e, np.inf, 0.1
    history: list[Mapping[str, float]] = []
    for step in range(1, max_iterations + 1):
        value, gradient = objective(e)
        history.append({"objective": value})
        if value < best_value:
            best, best_value = e, value
        if progress.cancelled:
            return best, Status.CANCELLED, tuple(history)
        progress(step / max_iterations, f"objective {value:.4g}")
        mean = 0.9 * mean + 0.1 * gradient
        # Real and imaginary parts are separate parameters, as they are to torch.
        square = 0.999 * square + 0.001 * (gradient.real**2 + 1j * gradient.imag**2)
        mean_hat, square_hat = mean / (1 - 0.9**step), square / (1 - 0.999**step)
        e = e - rate * (
            mean_hat.real / (np.sqrt(square_hat.real) + 1e-8) + 1j * mean_hat.imag / (np.sqrt(square_hat.imag) + 1e-8)
        )
        rate *= 0.99 if step % 20 == 0 else 1.0
    return best, Status.LIMIT_REACHED, tuple(history)


def ginibre(n: int, frobenius_norm: float, seed: int) -> np.ndarray:
    """A complex Gaussian matrix (n, n) scaled to this Frobenius norm: the random perturbation of the theory.

    Source   Banks, Kulkarni, Mukherjee, Srivastava 2019, arXiv 1906.11819.
    """
    rng = np.random.default_rng(seed)
    e = rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))
    return e * (frobenius_norm / np.linalg.norm(e))


def _pull_back(lam: np.ndarray, v: np.ndarray, w: np.ndarray, pairing: np.ndarray) -> np.ndarray:
    """g with dL = Re Σ g_ab dE_ab, for a loss with dL = Re Σ pairing_ij X_ij; v unit columns, w = v⁻¹."""
    gram = v.conj().T @ v
    # Unit columns: Re X_jj = −Re Σ_{i≠j} (VᴴV)_ji X_ij; a common phase of a column never changes a condition number.
    pairing = pairing - np.diag(pairing).real[None, :] * gram.T
    np.fill_diagonal(pairing, 0.0)
    gap = lam[None, :] - lam[:, None]
    np.fill_diagonal(gap, 1.0)
    return w.T @ (pairing / gap) @ v.T

"""Hessian approximations that keep the rates: Gauss–Newton, Fisher, and those of powers and of log-sum-exp."""

from __future__ import annotations

import numpy as np

from geomlearn.optimizers.newton.systems import RankOne


def gauss_newton(jacobian: np.ndarray) -> np.ndarray:
    """JᵀJ for ½‖u(x)‖², J (m, d)."""
    return jacobian.T @ jacobian


def fisher(gradients: np.ndarray) -> np.ndarray:
    """(1/n) Σ ∇f_i ∇f_iᵀ for f = (1/n) Σ f_i, gradients (n, d)."""
    return gradients.T @ gradients / len(gradients)


def power_gauss_newton(residual: np.ndarray, jacobian: np.ndarray, p: float) -> np.ndarray:
    """‖u‖^{p−2} JᵀJ + (p−2)/‖u‖^p ∇f ∇fᵀ for f = ‖u(x)‖^p/p, p ≥ 2; the Hessian itself where u is linear."""
    size = np.linalg.norm(residual)
    gradient = size ** (p - 2) * jacobian.T @ residual
    return size ** (p - 2) * gauss_newton(jacobian) + (p - 2) / size**p * np.outer(gradient, gradient)


def power_rank_one(residual: np.ndarray, jacobian: np.ndarray, p: float) -> RankOne:
    """The second term of `power_gauss_newton` alone: solved in O(d) beside the gradient."""
    size = np.linalg.norm(residual)
    return RankOne(float((p - 2) / size**p), size ** (p - 2) * jacobian.T @ residual)


def log_sum_exp_gauss_newton(weights: np.ndarray, a: np.ndarray, mu: float) -> np.ndarray:
    """(1/μ) Aᵀ diag(softmax) A for f = μ log Σ exp((⟨a_i, x⟩ − b_i)/μ): the Hessian plus (1/μ) ∇f ∇fᵀ.

    Parameters
    ----------
    weights (m,)   the softmax of (Ax − b)/μ;  a (m, d).
    """
    return a.T @ (weights[:, None] * a) / mu

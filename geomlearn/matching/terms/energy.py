"""The energy of a functional map: what a good one keeps, as quadratic terms in the matrix."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geomlearn.spectral.basis import Basis


def laplacian_mask(evals_a: np.ndarray, evals_b: np.ndarray) -> np.ndarray:
    """(k_b, k_a) squared differences of eigenvalues, divided by the largest eigenvalue squared to be without unit.

    Zero on matching frequencies; it grows without bound with k, so high rows are forced to the diagonal.
    """
    largest = max(evals_a.max(), evals_b.max())
    return ((evals_b[:, None] - evals_a[None, :]) / largest) ** 2


def resolvent_mask(evals_a: np.ndarray, evals_b: np.ndarray, gamma: float = 0.5) -> np.ndarray:
    """(k_b, k_a) squared distances of the resolvents 1 / (u − i) at u = (λ / λ_max)^gamma; bounded, funnel-shaped.

    Source   Ren, Panine, Wonka, Ovsjanikov 2019, Structured Regularization of Functional Map Computations, eq. 9.
    """
    largest = max(evals_a.max(), evals_b.max())
    u_a, u_b = (evals_a / largest) ** gamma, (evals_b / largest) ** gamma
    real = (u_b / (u_b**2 + 1))[:, None] - (u_a / (u_a**2 + 1))[None, :]
    imaginary = (1 / (u_b**2 + 1))[:, None] - (1 / (u_a**2 + 1))[None, :]
    return real**2 + imaginary**2


def product_operators(basis: Basis, functions: np.ndarray) -> np.ndarray:
    """(c, k, k) matrices of "multiply by function s" in the basis, for functions (n, c).

    A point map carries products to products, so its functional map commutes with these.

    Source   Nogneng & Ovsjanikov 2017, Informative Descriptor Preservation via Commutativity.
    """
    weighted = basis.mass[:, None] * functions
    return np.stack([basis.evecs.T @ (weighted[:, [s]] * basis.evecs) for s in range(functions.shape[1])])


@dataclass(frozen=True)
class Commutator:
    """w Σ_s ‖C X_a[s] − X_b[s] C‖², divided by its mean curvature.

    Attributes
    ----------
    operators_a (c, k_a, k_a), operators_b (c, k_b, k_b), weight ≥ 0.
    """

    operators_a: np.ndarray
    operators_b: np.ndarray
    weight: float

    @property
    def scaled_weight(self) -> float:
        x_a, x_b = self.operators_a, self.operators_b
        k_a, k_b = x_a.shape[1], x_b.shape[1]
        traces = np.trace(x_a, axis1=1, axis2=2) @ np.trace(x_b, axis1=1, axis2=2)
        curvature = (k_b * (x_a**2).sum() + k_a * (x_b**2).sum() - 2 * traces) / (k_a * k_b)
        return self.weight / curvature if curvature > 0 else 0.0

    def value_and_gradient(self, c: np.ndarray) -> tuple[float, np.ndarray]:
        residual = c @ self.operators_a - self.operators_b @ c
        gradient = np.einsum("sij,slj->il", residual, self.operators_a, optimize=True)
        gradient -= np.einsum("sji,sjl->il", self.operators_b, residual, optimize=True)
        weight = self.scaled_weight
        return weight * float((residual**2).sum()), 2 * weight * gradient

    def hessian(self) -> np.ndarray:
        """(k_b k_a, k_b k_a) half Hessian in the row-major entries of C."""
        x_a, x_b = self.operators_a, self.operators_b
        k_a, k_b = x_a.shape[1], x_b.shape[1]
        gram_a = np.einsum("sij,slj->il", x_a, x_a, optimize=True)
        gram_b = np.einsum("sji,sjl->il", x_b, x_b, optimize=True)
        cross = (x_b.reshape(len(x_b), -1).T @ x_a.reshape(len(x_a), -1)).reshape(k_b, k_b, k_a, k_a)
        cross = cross.transpose(0, 2, 1, 3).reshape(k_b * k_a, k_b * k_a)
        whole = np.kron(np.eye(k_b), gram_a) + np.kron(gram_b, np.eye(k_a)) - cross - cross.T
        return self.scaled_weight * whole


@dataclass(frozen=True)
class MapEnergy:
    """E(C) = w_d ‖C A − B‖² + w_l Σ D ∘ C² + Σ commutators, each term divided by its mean curvature.

    Attributes
    ----------
    coefficients_a (k_a, c), coefficients_b (k_b, c)  descriptors in the bases: A and B.
    mask (k_b, k_a)  D.
    commutators      products and orientation.
    first_column (k_b,)  what the constant goes to, held fixed; None leaves it free.
    """

    coefficients_a: np.ndarray
    coefficients_b: np.ndarray
    mask: np.ndarray
    w_descriptors: float
    w_mask: float
    commutators: tuple[Commutator, ...] = field(default=())
    first_column: np.ndarray | None = None

    @property
    def scaled_weights(self) -> tuple[float, float]:
        """Weights of descriptors and mask, over the mean curvature of each. The constant mode is not counted."""
        size = (self.coefficients_a[1:] ** 2).sum() / len(self.coefficients_a)
        mean = self.mask.mean()
        return self.w_descriptors / size if size > 0 else 0.0, self.w_mask / mean if mean > 0 else 0.0

    def value_and_gradient(self, c: np.ndarray) -> tuple[float, np.ndarray]:
        """The energy at C (k_b, k_a) and its gradient, the fixed column not excepted."""
        w_d, w_l = self.scaled_weights
        residual = c @ self.coefficients_a - self.coefficients_b
        value = w_d * float((residual**2).sum()) + w_l * float((self.mask * c**2).sum())
        gradient = 2 * w_d * residual @ self.coefficients_a.T + 2 * w_l * self.mask * c
        for term in self.commutators:
            part, slope = term.value_and_gradient(c)
            value += part
            gradient = gradient + slope
        return value, gradient

    def normal_equations(self) -> tuple[np.ndarray, np.ndarray]:
        """(k_b k_a, k_b k_a) matrix H and right side r of H vec(C) = r, C row by row."""
        w_d, w_l = self.scaled_weights
        a, b = self.coefficients_a, self.coefficients_b
        matrix = w_d * np.kron(np.eye(len(b)), a @ a.T)
        matrix[np.diag_indices(len(matrix))] += w_l * self.mask.ravel()
        for term in self.commutators:
            matrix += term.hessian()
        return matrix, w_d * (b @ a.T).ravel()

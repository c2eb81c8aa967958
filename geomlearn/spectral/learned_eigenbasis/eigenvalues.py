"""Three ways to eigenvalues when no operator was ever assembled."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.spectral.learned_eigenbasis.self_tuned import SelfTunedLaplacian


def rayleigh_eigenvalues(evecs: np.ndarray, laplacian: SelfTunedLaplacian, mass: np.ndarray) -> np.ndarray:
    """(k,) λ = vᵀSv / vᵀMv with the self-tuned stiffness, in 1 / squared units; the recommended estimator.

    Parameters
    ----------
    evecs  (n, k) functions.
    mass   (n,) the masses they are orthonormal under.
    """
    energies = np.einsum("ij,ij->j", evecs, laplacian.stiffness @ evecs)
    return np.maximum(energies, 0.0) / np.einsum("i,ij,ij->j", mass, evecs, evecs)


def increment_eigenvalues(errors: np.ndarray, energy: float, noise: float, time: float) -> np.ndarray:
    """(k,) eigenvalues of the resolvent's operator from how much each mode lowers the mean squared error.

    Mode j carries noise · μ² of the probes (I + tA)⁻¹ ξ, with μ = 1 / (1 + tλ), so λ = (1/μ − 1) / t.

    Parameters
    ----------
    errors   (k,) mean squared errors over the probes after 1 … k modes.
    energy   mean squared norm of the probes.
    noise    variance of ξ at each point.
    time     t, in squared units.
    """
    drops = -np.diff(np.concatenate([[energy], errors]))
    share = np.sqrt(np.clip(drops / noise, 1e-300, 1.0))
    return (1 / share - 1) / time


def paper_eigenvalues(errors: np.ndarray) -> np.ndarray:
    """(k,) 0 and 1 / max e_j for j = 1 … k − 1, in no unit: the published estimator.

    Parameters
    ----------
    errors   (k, m) squared errors of each probe after 1 … k modes.

    Raises
    ------
    ParameterError   some error vanishes: the basis is complete.

    Avoid when … eigenvalues are wanted as numbers: probes are not uniform on the ellipsoid of the theorem, and the
                 worst of finitely many is far from the worst case.
    Source   Velich et al. 2026, arXiv 2512.01103, equation for λ of section 4; its code takes the mean instead of the
             maximum and then fits the smoother to the true spectrum.
    """
    worst = errors.max(axis=1)[:-1]
    if not (worst > 0).all():
        raise ParameterError("The basis reconstructs every probe exactly.", "Use the estimator rayleigh.")
    return np.concatenate([[0.0], 1 / worst])


def ritz_rotation(evecs: np.ndarray, laplacian: SelfTunedLaplacian) -> np.ndarray:
    """(k, k) the rotation of mass-orthonormal functions to the Ritz vectors of the stiffness, ascending."""
    reduced = evecs.T @ (laplacian.stiffness @ evecs)
    return np.linalg.eigh((reduced + reduced.T) / 2)[1]

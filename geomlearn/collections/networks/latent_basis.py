"""A latent basis that all shapes of a network share, in which their functional maps become consistent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch

Pair = tuple[str, str]


def consistent_latent_basis(
    fmaps: Mapping[Pair, np.ndarray], weights: Mapping[Pair, float], names: Sequence[str], size: int
) -> dict[str, np.ndarray]:
    """Y_i (k, size) of each shape with C_ij Y_i ≈ Y_j.

    min Σ_ij w_ij ‖C_ij Y_i − Y_j‖²_F   with   Σ_i Y_iᵀ Y_i = n I                                      (equation 1)

    the `size` lowest eigenvectors of one matrix (nk, nk).

    Parameters
    ----------
    fmaps   (i, j) → C_ij (k, k), carrying coefficients from i to j;  weights  how much each is trusted.

    Raises
    ------
    SizeMismatch     matrices of different sizes, or a larger latent basis than they have modes.
    ParameterError   the network falls apart: no maps connect some shapes with the others.

    Source   Wang, Huang & Guibas 2013, Image Co-segmentation via Consistent Functional Maps; Huang, Wang & Guibas 2014,
             Functional Map Networks for Analyzing and Exploring Large Shape Collections.
    """
    sizes = {matrix.shape for matrix in fmaps.values()}
    if len(sizes) != 1 or len(set(*sizes)) != 1 or size > next(iter(sizes))[0]:
        raise SizeMismatch(f"Maps of sizes {sorted(sizes)} make no latent basis of {size}.", "Cut them to one size.")
    _require_connected(fmaps, names)
    k = next(iter(sizes))[0]
    place = {name: slice(number * k, (number + 1) * k) for number, name in enumerate(names)}
    matrix = np.zeros((len(names) * k, len(names) * k))
    for (source, target), fmap in fmaps.items():
        i, j, weight = place[source], place[target], weights[source, target]
        matrix[i, i] += weight * fmap.T @ fmap
        matrix[j, j] += weight * np.eye(k)
        matrix[i, j] -= weight * fmap.T
        matrix[j, i] -= weight * fmap
    evecs = np.linalg.eigh(matrix)[1][:, :size] * np.sqrt(len(names))
    return {name: evecs[place[name]] for name in names}


def consistent_map(latent_a: np.ndarray, latent_b: np.ndarray) -> np.ndarray:
    """C_ab = Y_b Y_a⁺: the map by way of the latent basis; such maps compose exactly where the basis is square."""
    return latent_b @ np.linalg.pinv(latent_a)


def limit_shape(
    latent: Mapping[str, np.ndarray], evals: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The latent basis turned so that the mean of its Laplacians is diagonal; and that diagonal, the limit's spectrum.

    min tr(Uᵀ E U),  E = mean_i Y_iᵀ Λ_i Y_i,  Uᵀ U = I                                               (equation 2)

    Source   Huang, Achlioptas, Guibas & Ovsjanikov 2019, Limit Shapes, arXiv 1807.04475.
    """
    energy = np.mean([y.T @ (evals[name][: len(y), None] * y) for name, y in latent.items()], axis=0)
    spectrum, turn = np.linalg.eigh((energy + energy.T) / 2)
    return {name: y @ turn for name, y in latent.items()}, spectrum


def shape_difference(latent: np.ndarray, evals: np.ndarray | None = None) -> np.ndarray:
    """How a shape differs from the limit in area, D = Yᵀ Y, or in lengths, Yᵀ Λ Y: the identity or its spectrum where
    it does not.

    Source   Rustamov et al. 2013, Map-Based Exploration of Intrinsic Shape Differences; Limit Shapes, section 5.
    """
    return latent.T @ latent if evals is None else latent.T @ (evals[: len(latent), None] * latent)


def _require_connected(fmaps: Mapping[Pair, np.ndarray], names: Sequence[str]) -> None:
    reached, waiting = {names[0]}, [names[0]]
    while waiting:
        one = waiting.pop()
        new = {b if a == one else a for a, b in fmaps if one in (a, b)} - reached
        reached |= new
        waiting += new
    left = [name for name in names if name not in reached]
    if left:
        raise ParameterError(f"No maps connect {left[0]} with {names[0]}.", "Match more pairs, or leave it out.")

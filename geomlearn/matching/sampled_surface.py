"""A shape as a feature network sees it: well-spread samples that carry the modes and their gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.matching.prepared import Prepared
from geomlearn.matching.terms.orientation import SurfaceCalculus, surface_calculus

# Added to the Gram matrix of the modes at the samples, over its mean diagonal: few samples leave some modes unsettled.
RIDGE = 1e-3


@dataclass(frozen=True, eq=False)
class SampledSurface:
    """Functions on a surface of unit area, known at samples, expanded in its modes; arrays in single precision.

    Attributes
    ----------
    points (s, 3)       of the samples, centred;  normals (s, 3)  outward, zero where none is known.
    evals (k,), evecs (s, k)   modes at the samples.
    gradient (2, s, k)  derivatives of the modes in two tangent directions at right angles, outward by the right hand.
    project (k, s)      values at the samples to coefficients: weighted least squares.
    """

    points: np.ndarray
    normals: np.ndarray
    evals: np.ndarray
    evecs: np.ndarray
    gradient: np.ndarray
    project: np.ndarray


def sampled_surface(side: Prepared, n_samples: int, k: int) -> SampledSurface:
    """Make a shape of any size, mesh or cloud, ready for a feature network.

    Parameters
    ----------
    n_samples  the first of its samples to use, several per mode;  k  modes.
    """
    shape, basis, samples = side.shape, side.basis, side.samples[:n_samples]
    modes = basis.evecs[:, :k]
    rows = modes[samples]
    owner = cKDTree(shape.vertices[samples]).query(shape.vertices)[1]
    weight = np.bincount(owner, basis.mass, minlength=len(samples))
    gram = rows.T @ (weight[:, None] * rows)
    gram[np.diag_indices(k)] += RIDGE * np.trace(gram) / k if len(samples) < shape.n_vertices else 0.0
    project = np.linalg.solve(gram, rows.T * weight)
    length = np.sqrt(side.area)
    gradient, normals = _mode_gradients(surface_calculus(shape), shape.vertices, modes, samples)
    points = (shape.vertices[samples] - basis.mass @ shape.vertices) / length
    arrays = (points, normals, basis.evals[:k], rows, gradient * length, project)
    return SampledSurface(*(np.ascontiguousarray(array, np.float32) for array in arrays))


def _mode_gradients(
    calculus: SurfaceCalculus, vertices: np.ndarray, modes: np.ndarray, samples: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(2, s, k) tangent derivatives at the samples, and (s, 3) normals: means over the elements around, by area."""
    around = calculus.average.tocsc()[:, samples].T.tocsr()
    elements = np.unique(around.indices)
    weights = around[:, elements].multiply(calculus.areas[elements]).tocsr()
    along, across = calculus.along[elements], calculus.across[elements]
    # The derivative of position along a direction is that direction.
    first, second = along @ vertices, across @ vertices
    slopes = along @ modes, across @ modes
    vectors = np.stack([weights @ (slopes[0] * first[:, [c]] + slopes[1] * second[:, [c]]) for c in range(3)], axis=2)
    vectors /= np.maximum(weights.sum(axis=1), np.finfo(float).tiny)[:, None, None]
    normals = weights @ np.cross(first, second)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(length > 1e-9 * length.max(initial=0.0), normals / np.maximum(length, 1e-300), 0.0)
    return np.einsum("asx,skx->ask", _tangent_frames(normals), vectors), normals


def _tangent_frames(normals: np.ndarray) -> np.ndarray:
    """(2, s, 3) two unit vectors at right angles to each unit normal and each other; first × second is the normal.

    Where two opposite faces cancel each other there is no normal; any plane will do, as their gradients cancel too.
    """
    normals = np.where((normals == 0).all(axis=1, keepdims=True), (0.0, 0.0, 1.0), normals)
    axis = np.eye(3)[np.abs(normals).argmin(axis=1)]
    first = np.cross(axis, normals)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([first, np.cross(normals, first)])

"""Bilevel problems of fields on a mesh."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import MeshError, SizeMismatch
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.laplacian import build_laplacian
from geomlearn.tuning.problems.total_variation import TotalVariation


def total_variation_on(shape: Shape, noisy: np.ndarray, clean: np.ndarray) -> TotalVariation:
    """Total variation along the edges of a mesh, each weighted by its length, with areas in the norms.

    Parameters
    ----------
    noisy, clean (f, n)   pairs of fields at its vertices.

    Raises
    ------
    MeshError      the shape has no faces.
    SizeMismatch   the fields belong to another shape.
    """
    if shape.is_cloud:
        raise MeshError(f"{shape.name} has no faces.", "Total variation goes along the edges of a mesh.")
    if noisy.shape[-1] != shape.n_vertices:
        raise SizeMismatch(
            f"The fields have {noisy.shape[-1]:,} values, {shape.name} has {shape.n_vertices:,} vertices.",
            "Give fields on this shape.",
        )
    edges = np.unique(np.sort(shape.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    mass = np.asarray(build_laplacian(shape).mass)
    # A vertex in no face has no area; it keeps its value, with the least weight there is.
    mass = np.maximum(mass, 1e-3 * mass.mean())
    lengths = np.linalg.norm(shape.vertices[edges[:, 0]] - shape.vertices[edges[:, 1]], axis=1)
    return TotalVariation(noisy, clean, edges, lengths / lengths.mean(), mass)

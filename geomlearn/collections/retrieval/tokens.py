"""A shape as a few tokens: what its surface looks like around well-spread places, in numbers that no motion changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.matching.learned.first_maps import named
from geomlearn.matching.learned.inputs import N_SIGNATURES
from geomlearn.matching.learned.model import bundled_features
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.sampled_surface import SampledSurface
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

N_TOKENS = 64
# Samples that the tokens are means over, and modes that they are read from; modes beyond a sixth of the vertices belong
# to the mesh, not to the shape.
N_SAMPLES, N_MODES, VERTICES_PER_MODE = 512, 128, 6
# Radii of the neighbourhoods, in √area, and numbers that describe one.
RADII = (0.05, 0.1, 0.2, 0.35)
_A_RADIUS = 7
N_LEARNED = 64
N_INPUTS = N_SIGNATURES + N_LEARNED + _A_RADIUS * len(RADII)
# Fewer samples than this in a brushed region say too little.
FEWEST = 8


@dataclass(frozen=True, eq=False)
class Tokens:
    """Places of a shape.

    Attributes
    ----------
    vertices (m,)     of the shape, in the middle of the patch that a token is the mean over.
    inputs (m, 140)   kernel signatures, learned features, and moments of neighbourhoods of four sizes, at unit area.
    """

    vertices: np.ndarray
    inputs: np.ndarray


def shape_tokens(shape: Shape, region: np.ndarray | None = None, *, count: int = N_TOKENS) -> Tokens:
    """The tokens of a shape, or of a region of it as a part of the whole.

    Parameters
    ----------
    region  (n,) true for the vertices of a region, or their indices; the whole shape when None.
    count   tokens at most; farthest-point samples, each the mean by area of the samples nearest to it.

    Raises
    ------
    ParameterError   the region is empty, or too small to hold eight samples.
    SizeMismatch     the region is of another shape.
    MeshError        the shape has no area.
    """
    inside = _mask(region, shape.n_vertices)
    k = max(2, min(N_MODES, shape.n_vertices // VERTICES_PER_MODE))
    side = Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=k), cache=False), N_SAMPLES)
    model = bundled_features()
    seen = named(side, model)
    learned = model.embed(seen.surface, seen.marks)
    owner = cKDTree(side.shape.vertices[side.samples]).query(side.shape.vertices)[1]
    mass = np.bincount(owner, side.basis.mass, minlength=len(side.samples))
    values = np.concatenate([seen.marks, learned, neighbourhoods(seen.surface, mass)], axis=1)
    vertices = side.active[side.samples]
    kept = np.flatnonzero(inside[vertices])
    if len(kept) < FEWEST:
        raise ParameterError(
            f"The region holds {int(inside.sum())} of {shape.n_vertices} vertices, too few to tell it by.",
            "Brush a larger one.",
        )
    points = seen.surface.points[kept]
    chosen = farthest_points(points, min(count, len(kept)))
    patch = cKDTree(points[chosen]).query(points)[1]
    return Tokens(vertices[kept[chosen]], _means(values[kept], mass[kept], patch, len(chosen)))


def neighbourhoods(surface: SampledSurface, mass: np.ndarray) -> np.ndarray:
    """(s, 28) for each radius r: area around a sample over πr², how far its centre lies off along the normal and at
    all, its spread along three axes, and the mean of the normals along the sample's own; lengths in r.

    Weights exp(−(d/r)²) · area, which do not jump when a mesh is made anew.
    """
    points, normals = surface.points.astype(float), surface.normals.astype(float)
    squared = cdist(points, points, "sqeuclidean")
    products = (points[:, :, None] * points[:, None]).reshape(len(points), 9)
    columns = []
    for radius in RADII:
        weights = np.exp(-squared / radius**2) * mass
        total = weights.sum(axis=1, keepdims=True)
        weights /= np.maximum(total, 1e-300)
        centre = weights @ points
        spread = (weights @ products).reshape(-1, 3, 3) - centre[:, :, None] * centre[:, None]
        axes = np.sqrt(np.maximum(np.linalg.eigvalsh(spread), 0)) / radius
        offset = (centre - points) / radius
        along = np.einsum("ij,ij->i", offset, normals)
        flat = np.einsum("ij,ij->i", weights @ normals, normals)
        columns += [total / (np.pi * radius**2), along[:, None], np.linalg.norm(offset, axis=1)[:, None], axes]
        columns.append(flat[:, None])
    return np.concatenate(columns, axis=1).astype(np.float32)


def _means(values: np.ndarray, mass: np.ndarray, patch: np.ndarray, count: int) -> np.ndarray:
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, patch, mass[:, None] * values)
    total = np.bincount(patch, mass, minlength=count)
    return (sums / np.maximum(total, 1e-300)[:, None]).astype(np.float32)


def _mask(region: np.ndarray | None, n_vertices: int) -> np.ndarray:
    if region is None:
        return np.ones(n_vertices, bool)
    region = np.asarray(region)
    if region.dtype == bool and region.shape != (n_vertices,):
        raise SizeMismatch(f"The region is {region.shape}, the shape has {n_vertices} vertices.", "Give one a vertex.")
    if region.dtype != bool and region.size:
        if region.dtype.kind not in "iu":
            raise ParameterError(f"The region holds {region.dtype}, not indices.", "Give a mask, or whole numbers.")
        strange = region[(region < 0) | (region >= n_vertices)]
        if strange.size:
            raise SizeMismatch(f"The region names vertex {strange.flat[0]} of {n_vertices}.", "It is of another shape.")
    inside = np.zeros(n_vertices, bool)
    inside[region] = True
    return inside

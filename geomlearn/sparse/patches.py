"""A field as patches: its values on a small grid laid over geodesic disks, and the field that patches stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.sparse.dictionary import SparseDictionary
from geomlearn.spectral.geodesics import HeatGeodesics


@dataclass(frozen=True, eq=False)
class DiskPatches:
    """Disks on a shape and the linear map from a field to its values on them.

    Attributes
    ----------
    centres  (c,) vertices.
    radius   of the disks, in length units along the surface.
    weights  (c·p, n) sparse; rows sum to one.
    size     p, values in a patch.
    """

    centres: np.ndarray
    radius: float
    weights: sp.csr_array
    size: int

    def patches(self, values: np.ndarray) -> np.ndarray:
        """(c·f, p) patches of fields (n,) or (f, n): first those of the first field.

        Raises
        ------
        SizeMismatch   the fields belong to another shape.
        """
        fields = np.atleast_2d(values)
        if fields.shape[1] != self.weights.shape[1]:
            raise SizeMismatch(
                f"The disks lie on {self.weights.shape[1]} vertices, the field has {fields.shape[1]} values.",
                "Give a field of the same shape.",
            )
        return np.concatenate([(self.weights @ field).reshape(-1, self.size) for field in fields])

    def field(self, patches: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        """(n,) the field that patches (c, p) agree on, by weighted means where disks overlap.

        Parameters
        ----------
        otherwise (n,)   values of the vertices that no disk covers.
        """
        cover = self.weights.T @ np.ones(self.weights.shape[0])
        total = self.weights.T @ np.asarray(patches).ravel()
        return np.where(cover > 0, total / np.where(cover > 0, cover, 1), otherwise)

    @property
    def uncovered(self) -> int:
        """How many vertices no disk reaches."""
        return int((self.weights.T @ np.ones(self.weights.shape[0]) == 0).sum())


def disk_patches(
    shape: Shape,
    n_centres: int = 300,
    *,
    radius_rel: float = 0.1,
    grid: int = 8,
    progress: Progress = SILENT,
) -> DiskPatches:
    """Disks around well-spread vertices of a mesh or cloud, each with a square grid over it.

    A vertex at geodesic distance d from the centre, seen in the tangent plane under the angle θ, lies at
    d (cos θ, sin θ); θ counts from the direction of the longest axis of the shape, so that patches of one shape are
    turned alike. A grid value is the inverse-distance mean of its three nearest vertices.

    Parameters
    ----------
    n_centres   disks; enough that they overlap.
    radius_rel  radius over √area of the shape (over the box diagonal for clouds).
    grid        values along a side; those outside the circle are left out.

    Raises
    ------
    ParameterError   disks are so small that they hold fewer than three vertices.

    Differs  from an exact logarithmic map: directions come from the tangent plane of the centre, which holds while
             the disk bends by less than a right angle.
    """
    scale = float(np.sqrt(shape.area)) if not shape.is_cloud else float(np.linalg.norm(np.ptp(shape.vertices, axis=0)))
    radius = radius_rel * scale
    centres = farthest_points(shape.vertices, min(n_centres, shape.n_vertices))
    points = _grid(grid) * radius
    normals = vertex_normals(shape) if shape.normals is None else shape.normals
    axis = np.linalg.svd(shape.vertices - shape.vertices.mean(0), full_matrices=False)[2][0]
    solver = HeatGeodesics(shape)
    rows, columns, shares = [], [], []
    for number, centre in enumerate(centres):
        progress(number / len(centres), "patches")
        distance = solver.distances_from(int(centre))
        inside = np.flatnonzero(distance <= 1.3 * radius)
        if len(inside) < 3:
            raise ParameterError("Disks hold fewer than three vertices.", "Choose a larger radius or a finer shape.")
        flat = _flattened(shape.vertices[inside] - shape.vertices[centre], distance[inside], normals[centre], axis)
        gap = np.linalg.norm(points[:, None] - flat[None], axis=2)
        nearest = np.argpartition(gap, 2, axis=1)[:, :3]
        share = 1 / (np.take_along_axis(gap, nearest, 1) + 1e-9 * radius)
        rows.append(np.repeat(np.arange(len(points)) + number * len(points), 3))
        columns.append(inside[nearest].ravel())
        shares.append((share / share.sum(1, keepdims=True)).ravel())
    entries = (np.concatenate(shares), (np.concatenate(rows), np.concatenate(columns)))
    weights = sp.csr_array(entries, shape=(len(centres) * len(points), shape.n_vertices))
    return DiskPatches(centres, radius, weights, len(points))


def _grid(side: int) -> np.ndarray:
    """(p, 2) the points of a square grid inside the unit circle."""
    line = np.linspace(-1, 1, side) * (1 - 1 / side)
    points = np.stack(np.meshgrid(line, line, indexing="ij"), -1).reshape(-1, 2)
    return points[np.linalg.norm(points, axis=1) <= 1]


def _flattened(offsets: np.ndarray, distance: np.ndarray, normal: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """(v, 2) the offsets in the tangent plane, their lengths replaced by distances along the surface."""
    first = axis - normal * (axis @ normal)
    if np.linalg.norm(first) < 1e-6:
        first = np.roll(axis, 1) - normal * (np.roll(axis, 1) @ normal)
    first /= np.linalg.norm(first)
    flat = offsets @ np.stack([first, np.cross(normal, first)], 1)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return flat / np.where(length > 0, length, 1) * distance[:, None]


def without_means(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Patches (b, p) less their means, and the means (b, 1)."""
    means = patches.mean(1, keepdims=True)
    return patches - means, means


def cleaned(disks: DiskPatches, dictionary: SparseDictionary, values: np.ndarray) -> np.ndarray:
    """(n,) the field whose patches are the sparse codes of those of a field (n,), averaged where disks overlap."""
    patches, means = without_means(disks.patches(values))
    rendered = dictionary.inverse_transform(dictionary.transform(patches)) + means
    return disks.field(rendered, otherwise=values)

"""What a family of creatures is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from geomlearn.shapes.builtin.implicit import Flesh, Limb
from geomlearn.shapes.builtin.meshing import quadrisect, remesh
from geomlearn.shapes.builtin.skeleton import Build, Skeleton, Swell, Vector


@dataclass(frozen=True, eq=False)
class Family:
    """One canonical surface, the skeleton in it, and the bodies and poses it can take.

    Attributes
    ----------
    limbs     the canonical surface's bricks, symmetric in the plane x = 0.
    skeleton  joints in the rest pose.
    swells    places where flesh can be added, by name.
    bodies    builds by name.
    poses     by name: degrees (first axis, second axis, twist) by joint name, both sides or ``_l``/``_r``.
    """

    name: str
    limbs: Sequence[Limb]
    skeleton: Skeleton
    swells: Mapping[str, Swell]
    bodies: Mapping[str, Build]
    poses: Mapping[str, Mapping[str, Vector]]
    _levels: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    @cached_property
    def flesh(self) -> Flesh:
        """The canonical surface."""
        return Flesh(self.limbs)

    def level(self, n_vertices: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A canonical mesh with about twice `n_vertices`, (points, faces, details): where independent ones start.

        Computed once per process and resolution.
        """
        return self._level(max(0, int(np.ceil(np.log2(n_vertices / _COARSEST)))))

    def _level(self, level: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if level not in self._levels:
            # Cutting in four is two levels at once, so only the first needs vertices taken out again.
            start = quadrisect(*self._level(max(level - 2, 0))) if level else self._marched()
            n_vertices, rng = 2 * _COARSEST * 2**level, np.random.default_rng(level)
            draft = remesh(*start, n_vertices, rng, surface=self.flesh, place=np.copy, rounds=4)
            self._levels[level] = draft.rest, draft.faces, draft.detail
        return self._levels[level]

    def _marched(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The canonical surface by marching cubes."""
        points, faces = marched(self.flesh, _SPACING)
        points = self.flesh.project(points, 3)
        return points, faces, self.flesh.detail(points)


def both_sides(limbs: Sequence[Limb]) -> tuple[Limb, ...]:
    """The limbs and their mirror images."""
    return (*limbs, *(limb.mirrored() for limb in limbs))


# Vertices asked for up to which the coarsest level serves.
_COARSEST = 3000
# Metres between the samples of marching cubes: under half of the thinnest part, an ear.
_SPACING = 0.012


def marched(flesh: Flesh, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """The largest component of the flesh's surface: points (n, 3), outward faces (m, 3)."""
    from scipy.ndimage import zoom
    from skimage.measure import marching_cubes

    # An even number of cells about the plane x = 0 would put samples onto it; a shift keeps values off zero.
    coarse_shape = np.ceil((flesh.upper - flesh.lower) / (_COARSE * spacing)).astype(int) + 1
    grid = np.stack(np.meshgrid(*(np.arange(size) for size in coarse_shape), indexing="ij"), axis=-1)
    coarse = flesh.value(grid.reshape(-1, 3) * (_COARSE * spacing) + flesh.lower).reshape(coarse_shape)
    shape = (coarse_shape - 1) * _COARSE + 1
    values = zoom(coarse, shape / coarse_shape, order=1, grid_mode=False)
    near = np.argwhere(np.abs(values) < 2 * _COARSE * spacing)
    values[tuple(near.T)] = flesh.value(near * spacing + flesh.lower)
    points, faces, _, _ = marching_cubes(values, 0.0, spacing=(spacing,) * 3, gradient_direction="descent")
    return _largest(points.astype(float) + flesh.lower, faces.astype(np.int64))


_COARSE = 4


def _largest(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(faces))
    links = coo_matrix((ones, (faces[:, 0], faces[:, 1])), shape=(len(points),) * 2)
    _, label = connected_components(links + coo_matrix((ones, (faces[:, 1], faces[:, 2])), shape=links.shape), False)
    keep = label == np.bincount(label).argmax()
    number = np.cumsum(keep) - 1
    return points[keep], number[faces[keep[faces[:, 0]]]]

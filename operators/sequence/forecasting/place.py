"""Where a field lives, as forecasts see it: weights, smooth modes, and slopes along directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.shape import Shape


@dataclass(frozen=True, eq=False)
class Place:
    """A grid, a mesh or a cloud of n nodes.

    Attributes
    ----------
    weights  (n,) areas, summing to 1.
    evals    (k,) of −Δ, ascending, in 1/R² or the grid's unit.
    modes    (n, k) orthonormal under the weights.
    slopes   d matrices (n, n) of ∂u along directions of space.
    """

    weights: np.ndarray
    evals: np.ndarray
    modes: np.ndarray
    slopes: tuple[sp.csr_array, ...]

    @property
    def n(self) -> int:
        return len(self.weights)

    def project(self, values: np.ndarray) -> np.ndarray:
        """Coefficients (t, k) of fields (t, n)."""
        return (values * self.weights) @ self.modes


def shape_place(shape: Shape, k: int) -> Place:
    """A mesh or a cloud, scaled to R = 1 of the sphere of equal area.

    Raises
    ------
    GeomError   there is no area to work on, or fewer than k modes.
    """
    from geomlearn.operators.fields.discrete.domain import build_domain
    from geomlearn.operators.fields.discrete.transport import patches_of
    from geomlearn.operators.sequence.rollout.series_set import laplace_basis

    basis = laplace_basis(shape, min(k, max(1, shape.n_vertices // 4)))
    area = float(basis.mass.sum())
    radius = float(np.sqrt(area / (4 * np.pi)))
    domain = build_domain(shape)
    patches = patches_of(domain)
    corners = patches.faces.ravel()
    # The slope at a vertex is the mean over its faces by their area.
    share = np.repeat(patches.weights, 3)
    around = np.maximum(np.bincount(corners, share, minlength=patches.n), 1e-300)
    rows = np.repeat(patches.faces, 3, axis=1).ravel()
    columns = np.tile(patches.faces, (1, 3)).ravel()
    expand, reduce = domain.expand(np.eye(patches.n)), domain.reduce(np.eye(shape.n_vertices))
    carry = (sp.csr_array(expand), sp.csr_array(reduce))
    slopes = []
    for axis in range(3):
        part = radius * patches.weights[:, None] * patches.gradients[:, :, axis]
        matrix = sp.coo_array((np.tile(part[:, None], (1, 3, 1)).ravel(), (rows, columns)), (patches.n, patches.n))
        slopes.append(sp.csr_array(carry[0] @ (sp.diags_array(1 / around) @ matrix.tocsr()) @ carry[1]))
    return Place(basis.mass / area, basis.evals * radius**2, basis.evecs * np.sqrt(area), tuple(slopes))


def grid_place(sizes: Sequence[int], k: int, *, periodic: bool) -> Place:
    """A regular grid whose longest side is 1; without periodicity its rims reflect.

    Raises
    ------
    ParameterError   an axis of fewer than four nodes, or more than three axes.
    """
    if not 1 <= len(sizes) <= 3 or min(sizes) < 4:
        raise ParameterError(
            f"A grid of {' × '.join(map(str, sizes))} is none to forecast on.", "Give 1 to 3 axes of 4 nodes or more."
        )
    gap = 1.0 / max(sizes)
    lines = [_line_modes(n, n * gap, periodic) for n in sizes]
    every = list(product(*(range(n) for n in sizes)))
    values = np.array([sum(lines[a][0][i] for a, i in enumerate(which)) for which in every])
    kept = np.argsort(values, kind="stable")[: min(k, int(np.prod(sizes)))]
    modes = np.ones((int(np.prod(sizes)), len(kept)))
    for column, number in enumerate(kept):
        mode = np.ones(1)
        for axis, i in enumerate(every[number]):
            mode = np.outer(mode, lines[axis][1][:, i]).ravel()
        modes[:, column] = mode
    slopes = []
    for axis, n in enumerate(sizes):
        factors = [_line_slope(n, gap, periodic) if a == axis else sp.eye_array(m) for a, m in enumerate(sizes)]
        whole = factors[0]
        for factor in factors[1:]:
            whole = sp.kron(whole, factor)
        slopes.append(sp.csr_array(whole))
    weights = np.full(len(modes), 1.0 / len(modes))
    return Place(weights, values[kept], modes, tuple(slopes))


def _line_modes(n: int, length: float, periodic: bool) -> tuple[np.ndarray, np.ndarray]:
    at = np.arange(n)
    if not periodic:
        modes = np.sqrt(2.0) * np.cos(np.pi * np.outer(at + 0.5, at) / n)
        modes[:, 0] = 1.0
        return (np.pi * at / length) ** 2, modes
    numbers = (at + 1) // 2
    phase = 2 * np.pi * np.outer(at, numbers) / n
    modes = np.sqrt(2.0) * np.where(at % 2 == 1, np.cos(phase), np.sin(phase))
    modes[:, 0] = 1.0
    if n % 2 == 0:
        modes[:, -1] = (-1.0) ** at
    return (2 * np.pi * numbers / length) ** 2, modes


def _line_slope(n: int, gap: float, periodic: bool) -> sp.csr_array:
    """Differences of fourth order inside; of second order, reflected, at a rim."""
    weights = {-2: 1 / 12, -1: -2 / 3, 1: 2 / 3, 2: -1 / 12}
    rows, columns, values = [], [], []
    for offset, weight in weights.items():
        at = np.arange(n)
        other = at + offset
        other = (
            other % n if periodic else np.where(other < 0, -1 - other, np.where(other >= n, 2 * n - 1 - other, other))
        )
        rows.append(at)
        columns.append(other)
        values.append(np.full(n, weight / gap))
    joined = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sp.csr_array(sp.coo_array(joined, (n, n)))

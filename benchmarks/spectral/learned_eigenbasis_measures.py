"""What a learned basis is measured by: points it has not seen, and a computed basis there."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.learned_eigenbasis.fit import on_faces
from geomlearn.spectral.options import EigenbasisOptions

# Modes whose eigenvalues follow each other this closely form a cluster.
CLOSE = 0.05


def held_out(shape: Shape, n: int, seed: int, *, uneven: bool = False) -> np.ndarray:
    """(n, 3) points: farthest points of a dense sampling; or at random, e³ times denser at the end of the x axis."""
    rng = np.random.default_rng([seed, 999])
    many = on_faces(shape, (20 if uneven else 6) * n, rng)
    if not uneven:
        return many[farthest_points(many, n, start=int(rng.integers(len(many))))]
    density = np.exp(3 * (many[:, 0] - many[:, 0].min()) / np.ptp(many[:, 0]))
    return many[rng.choice(len(many), n, replace=False, p=density / density.sum())]


def reference(points: np.ndarray, k: int = 50) -> Basis:
    """The basis of the robust Laplacian of the points (n, 3)."""
    return eigenbasis(Shape(points), EigenbasisOptions(k=k), cache=False)


def spans(ours: np.ndarray, theirs: np.ndarray, at: tuple[int, ...]) -> list[float]:
    """Share of the span of the first j columns of `theirs` (orthonormal) in that of `ours`."""
    q, _ = np.linalg.qr(ours)
    squares = (theirs.T @ q) ** 2
    return [float(squares[:j, :j].sum() / j) for j in at]


def cluster_cosines(q: np.ndarray, v: np.ndarray, evals: np.ndarray) -> np.ndarray:
    """(k,) the cosine of each mode of q with the span of the cluster of v it should lie in, orthonormal columns."""
    starts = np.concatenate([[0, 1], 2 + np.flatnonzero(np.diff(evals[1:]) > CLOSE * evals[1:-1])])
    label = np.searchsorted(starts, np.arange(len(evals)), side="right")
    same = label[:, None] == label[None]
    return np.sqrt(((q.T @ v) ** 2 * same).sum(axis=1))


def compared(basis: Basis, truth: Basis, at: tuple[int, ...] = (10, 20)) -> dict[str, list[float]]:
    """Cosines, spans and eigenvalue errors against the truth."""
    k = min(basis.k, truth.k)
    q = np.sqrt(basis.mass)[:, None] * basis.evecs[:, :k]
    q /= np.linalg.norm(q, axis=0)
    v = np.sqrt(truth.mass)[:, None] * truth.evecs[:, :k]
    v /= np.linalg.norm(v, axis=0)
    cosines = np.abs((q * v).sum(axis=0))
    errors = np.abs(basis.evals[1:k] / truth.evals[1:k] - 1)
    return {
        "cos": [float(cosines[1:j].mean()) for j in at],
        "clusters": [float(cluster_cosines(q, v, truth.evals[:k])[1:10].mean())],
        "functions": spans(np.sqrt(truth.mass)[:, None] * basis.evecs[:, :k], v, at),
        "with masses": spans(q, v, at),
        "evals": [float(errors.mean()), float(errors.std())],
        "mass": [float(np.corrcoef(basis.mass, truth.mass)[0, 1])],
    }

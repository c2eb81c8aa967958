"""Laplacians, bases, descriptors, distances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plots

import geomlearn as gl

_SIZE = (1500, 480)


def _cat(n: int = 2500) -> gl.Mesh:
    return gl.read(f"builtin:quadruped-cat-stand@{n}")


def laplacian(path: Path) -> None:
    """L x / M of the coordinates x points along the normal and is as long as twice the mean curvature."""
    cat = _cat(4000)
    found = gl.laplacian(cat)
    normal = found.stiffness @ cat.vertices / found.mass[:, None]
    curvature = np.linalg.norm(normal, axis=1) / 2
    limits = (0.0, float(np.quantile(curvature, 0.96)))
    gl.render(
        cat, fields={"mean curvature": np.minimum(curvature, limits[1])}, path=path, size=(900, 650), limits=limits
    )


def block_lanczos(path: Path) -> None:
    """Modes 1, 4, 12 and 40 of a cat: the higher, the finer."""
    cat = _cat()
    basis = gl.eigenbasis(cat, k=41)
    gl.render(cat, fields={f"mode {i}": basis.evecs[:, i] for i in (1, 4, 12, 40)}, path=path, size=_SIZE)


def self_tuned_laplacian(path: Path) -> None:
    """Points strewn ten times as densely on one side of a sphere, their masses, and a mode, which does not notice."""
    from geomlearn.spectral.learned_eigenbasis.self_tuned import self_tuned_laplacian as tuned

    rng = np.random.default_rng(0)
    points = rng.standard_normal((30000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points = points[rng.random(len(points)) < 10.0 ** ((points[:, 0] - 1) / 2)][:3000]
    found = tuned(points)
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import eigsh

    evals, evecs = eigsh(found.stiffness, 9, diags_array(found.mass).tocsc(), sigma=-1e-3)
    mode, near = evecs[:, np.argsort(evals)[6]], points[:, 2] > 0
    mass = np.minimum(found.mass, np.quantile(found.mass, 0.98))
    shown = {name: (points[near, :2], values[near]) for name, values in (("mass", mass), ("mode 6", mode))}
    plots.clouds(path, shown, size=6)


def learned_eigenbasis(path: Path) -> None:
    """Modes of a cat's points as a network fitted to them finds them, 1, 3 and 6."""
    from geomlearn.spectral.learned_eigenbasis.fit import fit_points
    from geomlearn.spectral.learned_eigenbasis.options import FitOptions

    points = _cat(1500).vertices
    basis = fit_points(points, FitOptions(k=8)).value.basis(points)
    gl.render(gl.Cloud(points), fields={f"mode {i}": basis.evecs[:, i] for i in (1, 3, 6)}, path=path, size=_SIZE)


def amortised_eigenbasis(path: Path) -> None:
    """The shipped network on the bare points of a horse, beside the mesh's own mode 5."""
    from geomlearn.spectral.learned_eigenbasis.amortised.model import SHIPPED, load_eigenbasis_model

    horse = gl.read("builtin:quadruped-horse-stand@2500")
    learned = load_eigenbasis_model(SHIPPED).basis(horse.vertices)
    exact = gl.eigenbasis(horse, k=12)
    overlap = np.abs(exact.evecs[:, 5] @ (exact.mass[:, None] * learned.evecs))
    nearest = int(overlap.argmax())
    sign = np.sign(exact.evecs[:, 5] @ (exact.mass * learned.evecs[:, nearest]))
    shown = {"mode 5": exact.evecs[:, 5], "by the network": sign * learned.evecs[:, nearest]}
    gl.render(gl.Cloud(horse.vertices), fields=shown, path=path, size=(1300, 600))


def hks(path: Path) -> None:
    """Heat that is still where it was put, after a short, a middle and a long time."""
    cat = _cat()
    found = gl.hks(gl.eigenbasis(cat, k=100), n_times=30)
    _signatures(path, cat, found, {"early": 3, "middle": 14, "late": 25})


def wks(path: Path) -> None:
    """Where waves of a low, a middle and a high energy are likely to be."""
    cat = _cat()
    found = gl.wks(gl.eigenbasis(cat, k=100), n_energies=30)
    _signatures(path, cat, found, {"low": 3, "middle": 13, "high": 25})


def _signatures(path: Path, cat: gl.Mesh, found: np.ndarray, columns: dict[str, int]) -> None:
    """Columns side by side, without the outermost 4 % of their values."""
    shown = {name: np.clip(found[:, i], *np.quantile(found[:, i], (0.02, 0.98))) for name, i in columns.items()}
    gl.render(cat, fields=shown, path=path, size=_SIZE)


def heat_distance(path: Path) -> None:
    """Distances along the surface from the nose, and rings of equal distance."""
    cat = _cat(5000)
    distance = gl.distances(cat, int(cat.vertices[:, 2].argmax()))
    rings = np.sin(60 * distance / distance.max())
    gl.render(cat, fields={"distance": distance, "rings": rings}, path=path, size=(1300, 600))

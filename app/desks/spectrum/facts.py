"""What is known of a basis without asking a worker, found once for each."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.compare import reconstruction_errors


def clusters(basis: BasisItem) -> list[range]:
    """Runs of near-equal eigenvalues, found once per basis."""
    return _kept(basis, "clusters", lambda: _clusters(basis))


def rebuild_errors(basis: BasisItem, shape: ShapeItem) -> np.ndarray:
    """(k + 1,) relative error of the coordinates after each number of modes, found once per basis."""
    return _kept(basis, "errors", lambda: reconstruction_errors(basis.basis, shape.unit_vertices))


def weyl_ratio(basis: BasisItem) -> float:
    """Slope of the upper half of the eigenvalues, over that of Weyl's law."""
    evals = basis.basis.evals
    if len(evals) < 4:
        return float("nan")
    half = len(evals) // 2
    slope = np.polyfit(np.arange(half, len(evals)), evals[half:], 1)[0]
    return float(slope * basis.basis.mass.sum() / (4 * np.pi))


def _clusters(basis: BasisItem) -> list[range]:
    from geomlearn.spectral.eigenbasis import eigenvalue_clusters

    return eigenvalue_clusters(basis.basis.evals, rtol=5e-3)


_KEPT: weakref.WeakKeyDictionary[Basis, dict[str, Any]] = weakref.WeakKeyDictionary()


def _kept(basis: BasisItem, name: str, make: Callable[[], Any]) -> Any:
    """A value that belongs to one basis, made on first demand."""
    values = _KEPT.setdefault(basis.basis, {})
    if name not in values:
        values[name] = make()
    return values[name]

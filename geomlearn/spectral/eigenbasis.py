"""The eigenbasis of a shape: its k lowest Laplacian modes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp

import geomlearn
from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.basis_cache import basis_key, load_basis, store_basis
from geomlearn.spectral.cotan import boundary_vertices
from geomlearn.spectral.laplacian import Laplacian, build_laplacian
from geomlearn.spectral.options import EigenbasisOptions
from geomlearn.spectral.solver.eigenproblem import Pairs, mean_gap, smallest_pairs


def eigenbasis(
    shape: Shape,
    options: EigenbasisOptions = EigenbasisOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
    *,
    cache: bool = True,
) -> Basis:
    """The k smallest eigenpairs of L φ = λ M φ.

    Parameters
    ----------
    shape     mesh or point cloud, any number of components.
    options   k, Laplacian, boundary, tolerance, seed.
    progress  reports and cancels.
    cache     whether to look in, and add to, the cache on disk (see `geomlearn.core.cache`).

    Returns
    -------
    Basis with evals ascending from ≥ 0, evecs orthonormal under the mass to 1e-10 with their largest entry positive.
    Its metadata holds `max_residual` (‖Lφ − λMφ‖ in the M⁻¹ norm relative to λ + 4π/area), `n_components`, `n_zero`
    (the eigenvalues that vanish: one per component without held vertices), `n_boundary` vertices, `clusters` of
    near-equal eigenvalues as [start, stop) pairs (any rotation of their modes is as good), and `notes`.

    Raises
    ------
    ParameterError   k exceeds what the shape has, or the Laplacian does not fit it.
    MeshError        there is no area to work on.
    SolverError      the iteration did not converge; `best` carries the Basis so far.
    Cancelled        the progress was cancelled.

    Use when …    any method needs functions on a shape. Avoid when k is more than a tenth of the vertices: the upper
                  modes then belong to the mesh, not to the shape.
    Source   shift-invert block Lanczos, see `block_lanczos`; the factorisation by CHOLMOD, see `cholesky`.
    Differs  1. Vertices in no face, and boundary vertices under Dirichlet conditions, are left out of the problem;
                every mode is zero there.
             2. The shift is a tenth of the largest eigenvalue that Weyl's law lets expect.
    """
    key = basis_key(shape, options) if cache else ""
    found = load_basis(key) if cache else None
    if found is not None:
        progress(1.0, "found in the cache")
        return replace(found, metadata={**found.metadata, "source": shape.name})
    progress(0.0, "assembling the Laplacian")
    laplacian = build_laplacian(shape, options.laplacian)
    prolong, n_boundary = _prolongation(shape, laplacian, options)
    if options.k > prolong.shape[1]:
        raise ParameterError(
            f"{options.k} modes asked of {shape.name}, which has {prolong.shape[1]} free vertices.",
            f"Ask for k ≤ {prolong.shape[1]}, or refine the shape.",
        )
    progress(0.05, "factoring")
    pairs = smallest_pairs(
        (prolong.T @ laplacian.stiffness @ prolong).tocsr(),
        prolong.T @ laplacian.mass,
        options.k,
        tolerance=options.tolerance,
        seed=options.seed,
        progress=progress.part(0.05, 1.0),
    )
    evecs = _signed(prolong @ pairs.evecs)
    metadata = _metadata(shape, options, laplacian, pairs, n_boundary)
    basis = Basis(pairs.evals, evecs, laplacian.mass, laplacian.kind, options.boundary, metadata)
    if not pairs.converged:
        raise SolverError(
            f"The eigensolver stopped after {pairs.n_solves} solves with residual {pairs.residuals.max():.1e}.",
            "Use the robust Laplacian, repair the mesh, or accept a larger tolerance.",
            best=basis,
        )
    if cache:
        store_basis(key, basis)
    progress(1.0, "done")
    return basis


def eigenvalue_clusters(evals: np.ndarray, rtol: float = 1e-3) -> list[range]:
    """Runs of two or more eigenvalues, each within `rtol` relative of the next; zeros belong together.

    Within a cluster the modes are only determined up to a rotation: compare their span, not the vectors.
    """
    floor = 1e-9 * evals[-1] if len(evals) else 0.0
    near = np.diff(evals) <= np.maximum(rtol * evals[1:], floor)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]).astype(int)))
    return [range(int(start), int(stop) + 1) for start, stop in edges.reshape(-1, 2)]


def _prolongation(shape: Shape, laplacian: Laplacian, options: EigenbasisOptions) -> tuple[sp.csr_array, int]:
    """(n, n_free) matrix of zeros and ones that carries values of the free vertices to all; and the boundary's size.

    Rows of massless and held vertices are empty; coincident points share a column.
    """
    n = shape.n_vertices
    free = (laplacian.mass > 0) & (laplacian.twin_of == np.arange(n))
    boundary = np.zeros(0, np.int64)
    if not shape.is_cloud:
        boundary = boundary_vertices(shape.faces)
    if options.boundary == "dirichlet":
        if laplacian.kind == "cloud":
            raise ParameterError(f"{shape.name} is a point cloud: its boundary is unknown.", "Use --boundary neumann.")
        free[boundary] = False
    column = np.cumsum(free) - 1
    rows = np.flatnonzero(free[laplacian.twin_of])
    columns = column[laplacian.twin_of[rows]]
    return sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, int(free.sum()))), len(boundary)


def _signed(evecs: np.ndarray) -> np.ndarray:
    """Each column with the sign that makes its largest entry positive (the first of equals)."""
    largest = np.abs(evecs).argmax(axis=0)
    signs = np.sign(evecs[largest, np.arange(evecs.shape[1])])
    return np.ascontiguousarray(evecs * signs)


def _accuracy_note(pairs: Pairs, options: EigenbasisOptions) -> list[str]:
    worst = pairs.residuals.max()
    if not pairs.converged or worst <= options.tolerance:
        return []
    return [f"Slivers limit the residual to {worst:.1e}: the matrix cannot be multiplied more exactly than that."]


def _metadata(
    shape: Shape, options: EigenbasisOptions, laplacian: Laplacian, pairs: Pairs, n_boundary: int
) -> dict[str, Any]:
    floor = 1e-7 * mean_gap(laplacian.mass)
    return {
        "source": shape.name,
        "content_hash": shape.content_hash,
        "method": "block Lanczos",
        "parameters": options.model_dump(),
        "version": geomlearn.__version__,
        "max_residual": float(pairs.residuals.max()),
        "n_solves": pairs.n_solves,
        "n_components": pairs.n_components,
        "n_zero": int((pairs.evals <= floor).sum()),
        "n_boundary": n_boundary,
        "clusters": [[run.start, run.stop] for run in eigenvalue_clusters(pairs.evals)],
        "notes": [*laplacian.notes, *_accuracy_note(pairs, options)],
    }

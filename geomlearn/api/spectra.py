"""Laplacians, bases, gradients, descriptors and distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from geomlearn.api.calls import as_progress, gathered, takes
from geomlearn.core.progress import Progress
from geomlearn.shapes.exchange import as_shape
from geomlearn.spectral.options import EigenbasisOptions, HeatKernelOptions, LaplacianKind, WaveKernelOptions

if TYPE_CHECKING:
    import numpy as np
    import scipy.sparse as sp

    from geomlearn.spectral.basis import Basis
    from geomlearn.spectral.laplacian import Laplacian


def laplacian(shape: Any, kind: LaplacianKind = "auto") -> Laplacian:
    """Stiffness (n, n), mass (n,) and how they were assembled; see `geomlearn.spectral.laplacian.build_laplacian`.

    Raises
    ------
    ParameterError   the kind does not fit the shape.
    MeshError        there is no area to work on.
    """
    from geomlearn.spectral.laplacian import build_laplacian

    return build_laplacian(as_shape(shape), kind)


def gradient(shape: Any) -> sp.csr_array:
    """The matrix (3m, n) of ∇ on a mesh: ``(G @ f).reshape(3, -1).T`` is one vector per face, (m, 3).

    Raises
    ------
    ParameterError   the shape is a point cloud.
    MeshError        every face is degenerate.
    """
    from geomlearn.spectral.gradient import face_gradient

    return face_gradient(as_shape(shape))


@takes(EigenbasisOptions)
def eigenbasis(
    shape: Any,
    options: EigenbasisOptions | None = None,
    *,
    cache: bool = True,
    progress: Progress | Callable[[float, str], None] | None = None,
    **settings: Any,
) -> Basis:
    """The k lowest modes of a shape's Laplacian.

    Parameters
    ----------
    shape      mesh or cloud, or whatever `as_shape` takes.
    options    all options in one object; keywords win over it.
    cache      look in the cache on disk, and add to it.
    progress   called as ``progress(fraction, note)``.

    Returns
    -------
    `basis.evals` (k,) ascending, `.evecs` (n, k) orthonormal under `.mass` (n,); `.project(f)` gives coefficients (k,)
    of a function (n,), `.synthesize(c)` the function of coefficients.

    Raises
    ------
    ParameterError   k exceeds what the shape has, or an option is unknown or out of range.
    MeshError        there is no area to work on.
    SolverError      the iteration did not converge.
    """
    from geomlearn.spectral.eigenbasis import eigenbasis as compute

    return compute(as_shape(shape), gathered(EigenbasisOptions, options, settings), as_progress(progress), cache=cache)


@takes(HeatKernelOptions)
def hks(basis: Basis, options: HeatKernelOptions | None = None, **settings: Any) -> np.ndarray:
    """The heat kernel signature (n, n_times): how much of a unit of heat is still where it was put.

    Raises
    ------
    ParameterError   the basis has no mode above zero, or an option is unknown or out of range.
    """
    from geomlearn.spectral.descriptors import heat_kernel_signature

    return heat_kernel_signature(basis, gathered(HeatKernelOptions, options, settings))


@takes(WaveKernelOptions)
def wks(basis: Basis, options: WaveKernelOptions | None = None, **settings: Any) -> np.ndarray:
    """The wave kernel signature (n, n_energies), the usual descriptor for functional maps.

    Raises
    ------
    ParameterError   the basis has no mode above zero, or an option is unknown or out of range.
    """
    from geomlearn.spectral.descriptors import wave_kernel_signature

    return wave_kernel_signature(basis, gathered(WaveKernelOptions, options, settings))


def distances(shape: Any, vertices: Any) -> np.ndarray:
    """(n,) geodesic distance to the nearest of some vertices, by the heat method, in length units.

    Raises
    ------
    ParameterError   a vertex is not there.
    MeshError        there is no area to work on.
    """
    from geomlearn.spectral.geodesics import HeatGeodesics

    return HeatGeodesics(as_shape(shape)).distances_from(vertices)

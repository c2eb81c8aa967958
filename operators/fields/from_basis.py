"""Solutions written in eigenfunctions: no error in time, only what the missing modes would hold."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.fields.options import EquationOptions, HeatOptions, WaveOptions
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.fields.solve import initial_field
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis


def from_basis(
    equation: str, shape: Shape, options: EquationOptions, basis: Basis, like: FieldSeries | None = None
) -> FieldSeries:
    """Solve heat, wave or poisson in the modes of a basis.

    heat     u(t) = Σ exp(−D λᵢ t) ⟨u₀, φᵢ⟩ φᵢ
    wave     u(t) = Σ cos(c √λᵢ t) ⟨u₀, φᵢ⟩ φᵢ, from rest
    poisson  u = Σ ⟨f, φᵢ⟩ / λᵢ φᵢ over λᵢ > 0, the mean of f removed

    Parameters
    ----------
    shape    n vertices.
    options  of the equation, without values held at a rim.
    basis    (n, k) of this shape, mass-orthonormal.
    like     a series whose times the answer has and whose first frame u₀ is; None: solve's start, at time 0 alone.

    Returns
    -------
    The series; its metadata names the equation and k.

    Raises
    ------
    ParameterError   another equation, a wave with an initial velocity, or values held at the rim.
    SizeMismatch     the basis belongs to another shape.

    Use when   a solver is to be judged, and the data is smooth.
    Avoid when the data is rough: the Gibbs error of the missing modes is larger than that of any solver.
    """
    if basis.n_vertices != shape.n_vertices:
        raise SizeMismatch(
            f"The basis has {basis.n_vertices} rows, but {shape.name} has {shape.n_vertices} vertices.",
            "Compute it on this shape.",
        )
    if equation not in ("heat", "wave", "poisson"):
        raise ParameterError(f"{equation} is not solved by eigenfunctions.", "Choose heat, wave or poisson.")
    if getattr(options, "boundary", "neumann") != "neumann" or basis.boundary != "neumann":
        raise ParameterError("Values held at the rim are not in the span of a free basis.", "Use boundary = neumann.")
    if getattr(options, "velocity_expression", "0") != "0":
        raise ParameterError("A wave by eigenfunctions starts from rest here.", "Use velocity_expression = 0.")
    given = None if equation == "poisson" else like
    start = (given or initial_field(equation, shape, options)).values[0]
    times = np.zeros(1) if like is None else like.times
    lam = np.maximum(basis.evals, 0.0)
    values = (_factors(equation, options, lam, times) * basis.project(start)) @ basis.evecs.T
    return FieldSeries(times, values, ("u",), {"source": shape.name, "method": equation, "modes": basis.k})


def _factors(equation: str, options: EquationOptions, lam: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(t, k) what each mode is multiplied by at each time."""
    if isinstance(options, HeatOptions):
        return np.exp(-options.diffusivity * lam * times[:, None])
    if isinstance(options, WaveOptions):
        return np.cos(options.speed * np.sqrt(lam) * times[:, None])
    constant = lam <= 1e-9 * lam.max(initial=1e-300)
    return np.where(constant, 0.0, 1 / np.where(constant, 1.0, lam))[None]

"""Where a field starts: a bump around picked vertices, a formula, a file, or arrays in hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.core.files import existing_file
from geomlearn.core.tables import read_number_table
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.systems import factor_symmetric
from geomlearn.operators.fields.expression import evaluate
from geomlearn.operators.fields.options import EquationOptions

# Backward-Euler steps that make a bump out of a point; with this many it is a Gaussian to 3 % of its height.
_BUMP_STEPS = 24
_TEXT = (".txt", ".csv", ".dat", ".asc", "")


def initial_values(
    domain: Domain, options: EquationOptions, n_functions: int = 1, radius: float | None = None
) -> np.ndarray | None:
    """What the options say to start from, at the unknowns.

    Parameters
    ----------
    n_functions   how many functions a file may hold for each vertex; one is always allowed.
    radius        of bumps, where the options leave it open; that of `bump` when None.

    Returns
    -------
    (q,) or, from a file, (q, n_functions); None when the options are silent.

    Raises
    ------
    ParameterError   a vertex that is not there, or an unusable formula.
    FormatError      the file is damaged or holds no usable values.
    SizeMismatch     the file belongs to another shape.
    """
    if options.vertex:
        return bump(domain, options.vertex, options.radius or radius)
    if options.expression:
        return evaluate(options.expression, domain.points)
    if options.values_file:
        return checked_values(domain, read_values(options.values_file, domain.shape.n_vertices), n_functions)
    return None


def checked_values(domain: Domain, values: np.ndarray, n_functions: int = 1) -> np.ndarray:
    """Values (n,) or (n, n_functions) given at the vertices of the shape, moved to the unknowns.

    Raises
    ------
    SizeMismatch     the sizes do not fit the shape.
    ParameterError   they are not numbers, or not finite.
    """
    try:
        values = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise ParameterError("The initial values are not numbers.", "Give one number per vertex.") from None
    n = domain.shape.n_vertices
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.shape != (n,) and not (n_functions > 1 and values.shape == (n, n_functions)):
        raise SizeMismatch(
            f"The initial values have shape {values.shape}, but {domain.shape.name} has {n} vertices.",
            "Give one value per vertex of this very shape.",
        )
    bad = np.flatnonzero(~np.isfinite(values.reshape(n, -1)).all(axis=1))
    if len(bad):
        raise ParameterError(
            f"{len(bad)} initial values are not finite, the first at vertex {bad[0]}.", "Replace NaN and infinity."
        )
    return domain.reduce(values)


def bump(domain: Domain, vertices: tuple[int, ...], radius: float | None = None) -> np.ndarray:
    """(q,) a smooth bump around each vertex, close to exp(−(d/radius)²) at geodesic distance d; the highest is 1.

    It is the heat that spreads from the vertices in the time radius²/4, so it knows holes and thin parts. A radius
    below the vertex spacing gives a spike one vertex wide. The default is R/5, but at least 2h.

    Raises
    ------
    ParameterError   a vertex is not there, or belongs to no face.
    """
    n, name = domain.shape.n_vertices, domain.shape.name
    for vertex in vertices:
        if not 0 <= vertex < n:
            raise ParameterError(
                f"Vertex {vertex} does not exist: {name} has vertices 0 to {n - 1}.", "Pick another one."
            )
        if domain.unknown[vertex] < 0:
            raise ParameterError(f"Vertex {vertex} of {name} belongs to no face.", "Pick another one.")
    radius = max(domain.radius / 5, 2 * domain.spacing) if radius is None else radius
    at = np.unique(domain.unknown[list(vertices)])
    step = radius**2 / 4 / _BUMP_STEPS
    solve = factor_symmetric(sp.csr_array(sp.diags_array(domain.mass) + step * domain.stiffness))
    u = np.zeros(domain.n_unknowns)
    u[at] = 1 / domain.mass[at]
    for _ in range(_BUMP_STEPS):
        u = solve(domain.mass * u)
    return np.maximum(u, 0.0) / u.max()  # negative weights can leave a trace below zero


def read_values(path: str | Path, n: int) -> np.ndarray:
    """Values for n vertices from a file: text, npy, npz, mat or h5, or the last frame of a saved field.

    Returns
    -------
    (n,) or (n, c); not checked for finiteness.

    Raises
    ------
    FormatError    the file is missing, damaged or ambiguous.
    SizeMismatch   nothing in it has n rows.
    """
    path = existing_file(path)
    arrays = {"text": read_number_table(path)} if path.suffix.lower() in _TEXT else read_arrays(path)[0]
    if "times" in arrays and "values" in arrays and np.ndim(arrays["values"]) in (2, 3) and len(arrays["values"]):
        arrays = {"values": arrays["values"][-1]}
    fitting = {name: array for name, array in arrays.items() if np.ndim(array) in (1, 2) and len(array) == n}
    if not fitting:
        sizes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
        raise SizeMismatch(f"{path.name} holds {sizes or 'nothing'}, but the shape has {n} vertices.", "Give n values.")
    if len(fitting) > 1:
        raise FormatError(
            f"{path.name} holds several arrays of {n} rows: {', '.join(fitting)}.", "Keep the one that is meant."
        )
    values = next(iter(fitting.values()))
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise FormatError(f"{path.name} holds {values.dtype}, not real numbers.", "Give one number per vertex.")
    return np.asarray(values, np.float64)

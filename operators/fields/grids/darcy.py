"""Darcy flow: −∇·(a ∇u) = f on the unit square with u = 0 at the rim."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from geomlearn.core.errors import ParameterError, SizeMismatch


def solve_darcy(coefficient: np.ndarray, source: float | np.ndarray = 1.0) -> np.ndarray:
    """The pressure on the nodes of a uniform grid, both ends included.

    Parameters
    ----------
    coefficient   (n, n) positive, on the nodes.
    source        a number, or (n, n).

    Returns
    -------
    (n, n) pressure, zero at the rim.

    Raises
    ------
    SizeMismatch     the coefficient is not square, or has no inside.
    ParameterError   it is not positive everywhere.

    Source   five-point flux form; recipe of Li et al. 2021, arXiv 2010.08895.
    Differs  The coefficient lives on the nodes throughout; the published data are drawn at cell centres, and splines
             carry them to the nodes and the solution back.
    """
    coefficient = np.asarray(coefficient, np.float64)
    n = len(coefficient)
    if coefficient.shape != (n, n) or n < 3:
        raise SizeMismatch(
            f"The coefficient has shape {coefficient.shape}, expected (n, n) with n ≥ 3.", "Resample it."
        )
    if not (coefficient > 0).all():
        raise ParameterError("The coefficient is not positive everywhere.", "Give a permeability above 0.")
    inside = np.full((n, n), -1)
    inside[1:-1, 1:-1] = np.arange((n - 2) ** 2).reshape(n - 2, n - 2)
    rows, columns, values = [], [], []
    for axis in (0, 1):
        before, after = _faces(axis)
        conductance = (coefficient[before] + coefficient[after]).ravel() / 2
        one, two = inside[before].ravel(), inside[after].ravel()
        for row, column in ((one, two), (two, one)):
            inner = row >= 0
            rows.append(row[inner])
            columns.append(row[inner])
            values.append(conductance[inner])
            both = inner & (column >= 0)
            rows.append(row[both])
            columns.append(column[both])
            values.append(-conductance[both])
    triples = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    matrix = sp.csc_array(triples, shape=((n - 2) ** 2,) * 2)
    right = np.broadcast_to(source, (n, n))[1:-1, 1:-1].ravel() / (n - 1) ** 2
    solution = np.zeros((n, n))
    solution[1:-1, 1:-1] = (
        splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(right).reshape(n - 2, n - 2)
    )
    return solution


def _faces(axis: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The nodes on both sides of every face between neighbours along an axis."""
    before, after = [slice(None), slice(None)], [slice(None), slice(None)]
    before[axis], after[axis] = slice(None, -1), slice(1, None)
    return (before[0], before[1]), (after[0], after[1])

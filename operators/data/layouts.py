"""The layouts of public data sets: which arrays they hold, and how these become samples.

Each function takes named arrays and returns samples, or None where the arrays are not its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from geomlearn.operators.data.samples import Dataset, Samples, ShapeSamples
from geomlearn.shapes.shape import Shape

Arrays = Mapping[str, np.ndarray]


def train_and_test(arrays: Arrays) -> Dataset | None:
    """x_train, y_train, x_test, y_test."""
    if not {"x_train", "y_train", "x_test", "y_test"} <= arrays.keys():
        return None
    return Dataset(*(_grid(arrays[f"x_{half}"], arrays[f"y_{half}"]) for half in ("train", "test")))


def holed_poisson(arrays: Arrays) -> ShapeSamples | None:
    """x, y, u (nodes, N) and triang: a mesh per sample, equal triangles; the input is where the nodes lie."""
    if not {"x", "y", "u", "triang"} <= arrays.keys() or arrays["x"].shape != arrays["u"].shape:
        return None
    x, y, u = (arrays[name].T for name in ("x", "y", "u"))
    shapes = tuple(
        Shape(np.stack([a, b, np.zeros_like(a)], 1), arrays["triang"], f"mesh {i}")
        for i, (a, b) in enumerate(zip(x, y, strict=True))
    )
    inputs = tuple(np.stack([a, b], 1) for a, b in zip(x, y, strict=True))
    return ShapeSamples(
        shapes,
        np.arange(len(shapes)),
        inputs,
        tuple(u[..., None]),
        task="holed_poisson",
        input_names=("x", "y"),
        target_names=("u",),
    )


def unit_cell(arrays: Arrays) -> Samples | None:
    """Elasticity at points: Random_UnitCell_XY_10 (972, 2, N), Random_UnitCell_sigma_10 (972, N), …_rr_10 (42, N)."""
    points, stress, radii = (_ending(arrays, word) for word in ("_XY_10", "_sigma_10", "_rr_10"))
    if points is None or stress is None or points.ndim != 3:
        return None
    points = np.moveaxis(points, -1, 0)
    codes = None if radii is None else np.moveaxis(radii, -1, 0)
    return Samples(
        points,
        np.moveaxis(stress, -1, 0)[..., None],
        points,
        codes,
        task="elasticity",
        input_names=("x", "y"),
        target_names=("stress",),
    )


def structured(arrays: Arrays) -> Samples | None:
    """Warped grids: Pipe_X, _Y, _Q (N, 4, …) with u_x first; NACA_Cylinder_X, _Y, _Q (N, 5, …) with Mach last."""
    x, y, q = (_ending(arrays, word) for word in ("_X", "_Y", "_Q"))
    if x is None or y is None or q is None or x.shape != y.shape or q.ndim != x.ndim + 1:
        return None
    is_airfoil = q.shape[1] == 5
    target = q[:, 4 if is_airfoil else 0]
    return Samples(
        np.stack([x, y], -1),
        target[..., None],
        task="airfoil" if is_airfoil else "pipe",
        input_names=("x", "y"),
        target_names=("Mach" if is_airfoil else "u_x",),
    )


def named_pairs(arrays: Arrays) -> Samples | None:
    """Pairs of arrays under the names in use: coeff and sol, a and u, x and y, input(s) and output(s) or target(s)."""
    for given, wanted in (("coeff", "sol"), ("a", "u"), ("x", "y"), ("inputs", "targets"), ("input", "output")):
        if given in arrays and wanted in arrays and len(arrays[given]) == len(arrays[wanted]):
            one, other = arrays[given], arrays[wanted]
            if given == "a" and other.ndim == one.ndim + 1:
                # A start and frames after it.
                one = one[..., None]
            return _grid(one, other)
    return None


def frames(arrays: Arrays) -> Samples | None:
    """Vorticity u (N, s, s, t) alone: the first half of the frames is given, the second asked for."""
    u = arrays.get("u")
    if u is None or u.ndim != 4 or "a" in arrays or u.shape[-1] < 2:
        return None
    half = u.shape[-1] // 2
    return Samples(u[..., :half], u[..., half : 2 * half], task="navier-stokes")


PAIR_LAYOUTS: tuple[Callable[[Arrays], Dataset | None], ...] = (train_and_test,)
SINGLE_LAYOUTS: tuple[Callable[[Arrays], Samples | ShapeSamples | None], ...] = (
    holed_poisson,
    unit_cell,
    structured,
    named_pairs,
    frames,
)


def _grid(inputs: np.ndarray, targets: np.ndarray) -> Samples:
    """Samples of arrays (N, *grid) or (N, *grid, c); where it cannot be told, up to two axes are a grid."""
    inputs, targets = np.asarray(inputs, np.float32), np.asarray(targets, np.float32)
    return Samples(_with_channels(inputs, targets), _with_channels(targets, inputs))


def _with_channels(array: np.ndarray, other: np.ndarray) -> np.ndarray:
    bare = array.ndim < other.ndim or array.ndim == 2
    bare = bare or (array.ndim == 3 and array.shape == other.shape and array.shape[-1] > 1)
    return array[..., None] if bare else array


def _ending(arrays: Arrays, word: str) -> np.ndarray | None:
    found = [value for name, value in arrays.items() if name.endswith(word)]
    return found[0] if len(found) == 1 else None

"""The layouts of public data sets: which arrays they hold, and how these become samples.

Each function takes named arrays and returns samples, or None where the arrays are not its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.operators.data.reading.axes import in_words, recognised, with_channels_last
from geomlearn.operators.data.reading.deeponet import deeponet
from geomlearn.operators.data.reading.meshes import meshes
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.operators.data.reading.pdebench import pdebench
from geomlearn.operators.data.reading.trajectories import pairs_of_frames
from geomlearn.operators.data.samples import AnySamples, Dataset, Samples, ShapeSamples
from geomlearn.shapes.shape import Shape

Arrays = Mapping[str, np.ndarray]

# Names in use for the two sides of a pair.
PAIRS = (
    *(("inputs", "targets"), ("inputs", "outputs"), ("input", "target"), ("input", "output"), ("coeff", "sol")),
    *(("a", "u"), ("x", "y"), ("X", "Y"), ("X", "y"), ("x_data", "y_data"), ("features", "labels")),
)


def samples_of(arrays: Arrays, options: ReadingOptions) -> AnySamples | Dataset | None:
    """The samples in named arrays: those that were asked for, or those of the first layout they fit.

    Raises
    ------
    FormatError      what was asked for is not there, or the axes cannot be told.
    ParameterError   options that the layout found has no use for.
    """
    if options.inputs:
        return _chosen(arrays, options)
    for layout in _LAYOUTS:
        found = layout(arrays, options)
        if found is not None:
            return found
    for fixed in _FIXED:
        found = fixed(arrays)
        if found is not None:
            if options.is_given:
                raise ParameterError(
                    f"This is the layout {fixed.__name__.replace('_', ' ')}, which says itself what its arrays are.",
                    "Leave the reading options out, or name --inputs and --targets.",
                )
            return found
    return named_pairs(arrays, options)


def _chosen(arrays: Arrays, options: ReadingOptions) -> AnySamples:
    found = meshes(arrays, options)
    if found is not None:
        return found
    names = (*options.names("inputs"), *options.names("targets"))
    missing = [name for name in names if name not in arrays]
    if missing or len(names) > 2:
        held = ", ".join(f"{name} {np.shape(value)}" for name, value in list(arrays.items())[:12])
        fault = f"There is no array {missing[0]}" if missing else "Only on meshes are there several inputs or targets"
        raise FormatError(f"{fault}; the file holds {held or 'nothing'}.", "Name one of each, --inputs and --targets.")
    if len(names) == 1:
        return _trajectories(arrays[names[0]], names[0], options)
    return _paired(arrays[names[0]], arrays[names[1]], (names[0], names[1]), options)


def _trajectories(values: np.ndarray, name: str, options: ReadingOptions) -> Samples:
    if "t" not in options.axes:
        raise FormatError(
            f"{name} {values.shape} alone is a set of trajectories, and no axis of it is known to be time.",
            "Say the axes with t among them, --axes ntxy, or name --targets as well.",
        )
    channels = with_channels_last(values, options.axes, name)
    n_frames = values.shape[options.axes.index("t")]
    by_frame = channels.reshape(*channels.shape[:-1], n_frames, -1)
    samples = pairs_of_frames(np.moveaxis(by_frame, -2, 1), options)
    return replace(samples, metadata={"read": f"{name} {in_words(options.axes)}, {samples.metadata['read']}"})


def train_and_test(arrays: Arrays, options: ReadingOptions) -> Dataset | None:
    """x_train, y_train, x_test, y_test."""
    if not {"x_train", "y_train", "x_test", "y_test"} <= arrays.keys():
        return None
    halves = [(f"x_{half}", f"y_{half}") for half in ("train", "test")]
    return Dataset(*(_paired(arrays[names[0]], arrays[names[1]], names, options) for names in halves))


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


def named_pairs(arrays: Arrays, options: ReadingOptions) -> Samples | None:
    """Pairs of arrays under the names in use."""
    for names in PAIRS:
        if names[0] in arrays and names[1] in arrays:
            return _paired(arrays[names[0]], arrays[names[1]], names, options)
    return None


def frames(arrays: Arrays, options: ReadingOptions) -> Samples | None:
    """Vorticity u (N, s, s, t) alone: the first half of the frames is given, the second asked for."""
    u = arrays.get("u")
    if u is None or u.ndim != 4 or any(name in arrays for name in ("a", "x", "y")) or u.shape[-1] < 2:
        return None
    if not options.axes and u.shape[1] != u.shape[2]:
        raise FormatError(f"u {u.shape} alone may have its frames first or last.", "Say it with --axes nxyt or ntxy.")
    half = u.shape[-1] // 2
    told = options if options.axes else options.replace(axes="nxyt")
    if told.frames_in is None and told.frames_out is None and not options.axes:
        told = told.replace(frames_in=half, frames_out=half)
    return replace(_trajectories(u, "u", told), task="navier-stokes")


_LAYOUTS: tuple[Callable[[Arrays, ReadingOptions], AnySamples | Dataset | None], ...] = (
    meshes,
    pdebench,
    train_and_test,
    frames,
)
_FIXED: tuple[Callable[[Arrays], AnySamples | Dataset | None], ...] = (holed_poisson, unit_cell, structured, deeponet)


def _paired(inputs: np.ndarray, targets: np.ndarray, names: tuple[str, str], options: ReadingOptions) -> Samples:
    """Samples of two arrays whose axes are told, or recognised by their sizes."""
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    if options.frames_in or options.frames_out:
        raise ParameterError(
            "frames_in and frames_out cut trajectories, and these are pairs.", "Name the trajectories alone, --inputs."
        )
    one, other = options.axes, options.target_axes or options.axes
    if not one and other:
        raise ParameterError("target_axes without axes says half of it.", "Say both.")
    if one and not options.target_axes and targets.ndim != inputs.ndim:
        raise FormatError(
            f"{names[0]} {inputs.shape} and {names[1]} {targets.shape} differ in their axes.", "Say --target-axes too."
        )
    if not one:
        one, other = recognised(inputs.shape, targets.shape, names)
    read = f"{names[0]} {in_words(one)} to {names[1]} {in_words(other)}"
    sides = (with_channels_last(inputs, one, names[0]), with_channels_last(targets, other, names[1]))
    return Samples(*sides, metadata={"read": read})


def _ending(arrays: Arrays, word: str) -> np.ndarray | None:
    found = [value for name, value in arrays.items() if name.endswith(word)]
    return found[0] if len(found) == 1 else None

"""Inputs for a trained model, from whatever a person has: samples, bare arrays, or values on a shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.data.files import read_all
from geomlearn.operators.data.reading.axes import with_channels_last
from geomlearn.operators.data.reading.named_arrays import read_any
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.operators.data.samples import AnySamples, Dataset, Samples, ShapeSamples, join
from geomlearn.operators.fields.initial import read_values
from geomlearn.operators.models.signature import Signature
from geomlearn.shapes.shape import Shape

_AS_THEY_COME = ReadingOptions()


def read_inputs(path: str | Path, signature: Signature, options: ReadingOptions = _AS_THEY_COME) -> AnySamples:
    """All samples of a file or folder; or bare inputs, with zeros for targets.

    A bare array is (N, *grid, channels), or one input without the N, or without channels where the model takes one; or
    with channels first.

    Parameters
    ----------
    options   how the samples of the training were read: the inputs are then found by the same name and axes.

    Raises
    ------
    FormatError     the file is missing, damaged, or holds neither.
    SizeMismatch    the array does not fit the model.
    """
    path = Path(path).expanduser()
    if path.is_file():
        arrays, _ = read_any(path)
        if options.inputs in arrays and options.targets and options.targets not in arrays:
            told = np.asarray(arrays[options.inputs])
            told = with_channels_last(told, options.axes, options.inputs) if options.axes else told
            return _from_array(told, signature, path.name)
        bare = arrays.get("array", arrays.get("inputs") if "targets" not in arrays else None)
        if bare is not None:
            return _from_array(np.asarray(bare), signature, path.name)
    found = read_all(path, options)
    return join([found.train, found.test]) if isinstance(found, Dataset) else found


def on_shape(shape: Shape, values: str | Path, signature: Signature) -> ShapeSamples:
    """One input on a shape, from a file of values per vertex.

    Raises
    ------
    ParameterError   the model is not one for shapes.
    SizeMismatch     the file does not fit the shape, or the model.
    FormatError      the file is missing, damaged, ambiguous, or not finite.
    """
    if signature.kind != "shapes":
        raise ParameterError("The model is not one for shapes.", "Give samples or an array of inputs.")
    given = read_values(values, shape.n_vertices).reshape(shape.n_vertices, -1)
    if given.shape[1] != signature.n_in:
        raise SizeMismatch(
            f"The model takes {signature.n_in} values per vertex ({', '.join(signature.input_names)}), "
            f"and {Path(values).name} has {given.shape[1]}.",
            "Give one column per name.",
        )
    blank = np.zeros((shape.n_vertices, signature.n_out))
    names, answers = signature.input_names, signature.target_names
    return ShapeSamples((shape,), np.zeros(1), (given,), (blank,), input_names=names, target_names=answers)


def _from_array(array: np.ndarray, signature: Signature, name: str) -> Samples:
    if signature.kind != "grid":
        raise FormatError(f"{name} holds one array, which says nothing of where its values lie.", "Give samples.")
    axes = len(signature.resolution)
    if array.dtype.kind not in "biuf":
        raise FormatError(f"{name} holds {array.dtype}, not real numbers.", "Give one number per node and channel.")
    if signature.n_in == 1 and array.ndim in (axes, axes + 1) and array.shape[-1] != 1:
        array = array[..., None]
    if array.ndim == axes + 1:
        array = array[None]
    if array.ndim == axes + 2 and array.shape[-1] != signature.n_in == array.shape[1]:
        array = np.moveaxis(array, 1, -1)
    if array.ndim != axes + 2 or array.shape[-1] != signature.n_in:
        raise SizeMismatch(
            f"{name} has shape {array.shape}; the model takes (N, {', '.join(['n'] * axes)}, {signature.n_in}).",
            "Bring the array to this order.",
        )
    blank = np.zeros((*array.shape[:-1], signature.n_out), np.float32)
    return Samples(array, blank, input_names=signature.input_names, target_names=signature.target_names)

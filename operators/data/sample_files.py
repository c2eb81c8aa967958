"""Our own files of samples: one .h5 (or .npz) with everything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import write_arrays
from geomlearn.core.errors import FormatError
from geomlearn.operators.data.samples import AnySamples, Samples, ShapeSamples
from geomlearn.shapes.shape import Shape

KIND = "geomlearn-samples"
FILE = "samples.h5"


def write_samples(path: str | Path, samples: AnySamples, *, force: bool = False) -> Path:
    """Write samples; the suffix, .h5 or .npz, chooses the format."""
    return write_arrays(path, *to_arrays(samples), force=force)


def to_arrays(samples: AnySamples) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Samples as named arrays and metadata; `from_arrays` is the way back."""
    metadata = {
        "format": KIND,
        "kind": samples.kind,
        "task": samples.task,
        "input_names": list(samples.input_names),
        "target_names": list(samples.target_names),
        "made": dict(samples.metadata),
    }
    arrays = _ragged(samples) if isinstance(samples, ShapeSamples) else _dense(samples)
    if isinstance(samples, ShapeSamples):
        metadata["shape_names"] = [shape.name for shape in samples.shapes]
    return arrays, metadata


def is_ours(metadata: dict[str, Any]) -> bool:
    """Whether a file's metadata says that `write_samples` wrote it."""
    return metadata.get("format") == KIND


def from_arrays(arrays: dict[str, np.ndarray], metadata: dict[str, Any], name: str = "the file") -> AnySamples:
    """The samples in the arrays and metadata of one of our files.

    Raises
    ------
    FormatError   an array is missing.
    """
    common = {
        "task": metadata.get("task", ""),
        "input_names": tuple(metadata.get("input_names", ())),
        "target_names": tuple(metadata.get("target_names", ())),
        "metadata": metadata.get("made", {}),
    }
    try:
        if metadata["kind"] == "shapes":
            return _unragged(arrays, metadata, common)
        mask = arrays.get("mask")
        return Samples(
            arrays["inputs"],
            arrays["targets"],
            arrays.get("points"),
            arrays.get("codes"),
            None if mask is None else mask.astype(bool),
            **common,
        )
    except (KeyError, IndexError, ValueError) as error:
        raise FormatError(f"{name} lacks part of its samples: {error}.", "Make the data again.") from error


def _dense(samples: Samples) -> dict[str, np.ndarray]:
    names = ("inputs", "targets", "points", "codes", "mask")
    return {name: getattr(samples, name) for name in names if getattr(samples, name) is not None}


def _ragged(samples: ShapeSamples) -> dict[str, np.ndarray]:
    return {
        "inputs": np.concatenate(samples.inputs),
        "targets": np.concatenate(samples.targets),
        "shape_of": samples.shape_of,
        "vertices": np.concatenate([shape.vertices for shape in samples.shapes]),
        "faces": np.concatenate([shape.faces for shape in samples.shapes]),
        "n_vertices": np.array([shape.n_vertices for shape in samples.shapes]),
        "n_faces": np.array([shape.n_faces for shape in samples.shapes]),
    }


def _unragged(arrays: dict[str, np.ndarray], metadata: dict[str, Any], common: dict[str, Any]) -> ShapeSamples:
    n_vertices, n_faces = (np.atleast_1d(arrays[name]) for name in ("n_vertices", "n_faces"))
    vertices = np.split(arrays["vertices"], np.cumsum(n_vertices)[:-1])
    faces = np.split(arrays["faces"], np.cumsum(n_faces)[:-1])
    names = metadata.get("shape_names", [f"shape {i}" for i in range(len(vertices))])
    shapes = tuple(Shape(v, f.reshape(-1, 3), name) for v, f, name in zip(vertices, faces, names, strict=True))
    shape_of = np.atleast_1d(arrays["shape_of"])
    cuts = np.cumsum(n_vertices[shape_of])[:-1]
    inputs, targets = (tuple(np.split(arrays[name], cuts)) for name in ("inputs", "targets"))
    return ShapeSamples(shapes, shape_of, inputs, targets, **common)

"""Samples in one line, and as a fingerprint: what was read, and whether it is the same again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomlearn.core.fingerprints import fingerprint_of
from geomlearn.operators.data.samples import AnySamples, ShapeSamples


def described(*parts: AnySamples) -> str:
    """What some samples are, all together: 60 samples, 1-D grid of 64, 2 channels."""
    first = parts[0]
    n = sum(samples.n_samples for samples in parts)
    channels = _count(first.n_in, "channel") + ("" if first.n_in == first.n_out else f" to {first.n_out}")
    return f"{_count(n, 'sample')}, {_place(parts)}, {channels}"


def understood(*parts: AnySamples) -> str | None:
    """How the arrays were understood, where the file did not say it."""
    said = dict.fromkeys(str(samples.metadata["read"]) for samples in parts if "read" in samples.metadata)
    return "; ".join(said) or None


def fingerprint(*parts: AnySamples) -> str:
    """A word that is the same for the same samples in the same order, and for no others."""
    return fingerprint_of(*(array for samples in parts for array in _arrays(samples)))


def _arrays(samples: AnySamples) -> list[np.ndarray]:
    if isinstance(samples, ShapeSamples):
        shapes = [array for shape in samples.shapes for array in (shape.vertices, shape.faces)]
        return [*shapes, samples.shape_of, *samples.inputs, *samples.targets]
    arrays = (samples.inputs, samples.targets, samples.points, samples.codes, samples.mask)
    return [array for array in arrays if array is not None]


def _place(parts: Sequence[AnySamples]) -> str:
    first = parts[0]
    if isinstance(first, ShapeSamples):
        sizes = [shape.n_vertices for part in parts if isinstance(part, ShapeSamples) for shape in part.shapes]
        extent = str(sizes[0]) if min(sizes) == max(sizes) else f"{min(sizes)} … {max(sizes)}"
        return f"{_count(len(sizes), 'shape')} of {extent} vertices"
    if first.kind == "points":
        return f"{first.inputs.shape[1]} points of the plane"
    return f"{len(first.resolution)}-D grid of {' × '.join(map(str, first.resolution))}"


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"

"""Images read pixel by pixel, or row by row, as sequences."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.operators.sequence.classification.labelled import LabelledSequences

Reading = Literal["pixels", "rows"]


def read_images(path: Path, *, reading: Reading = "pixels", shrink: int = 1) -> LabelledSequences:
    """Arrays x (N, h, w) or (N, h, w, c) and y (N,) of a file, as sequences in [0, 1].

    Parameters
    ----------
    reading   pixels: h·w steps of c channels; rows: h steps of w·c channels.
    shrink    blocks of so many pixels a side are averaged first.

    Raises
    ------
    FormatError      the file holds no labelled images.
    ParameterError   the images cannot be shrunk so much.
    """
    arrays, _ = read_arrays(path)
    images, labels = (arrays.get(name) for name in ("x", "y"))
    if images is None or labels is None or images.ndim not in (3, 4) or labels.shape != (len(images),):
        raise FormatError(f"{path.name} holds no images x (N, h, w) with labels y (N,).", "Save it so as .npz.")
    images = images.astype(np.float32) / (255.0 if images.dtype == np.uint8 else 1.0)
    images = images if images.ndim == 4 else images[..., None]
    return image_sequences(images, labels, reading=reading, shrink=shrink)


def image_sequences(
    images: np.ndarray, labels: np.ndarray, *, reading: Reading = "pixels", shrink: int = 1
) -> LabelledSequences:
    """The same from arrays (N, h, w, c) and (N,)."""
    n, height, width, channels = images.shape
    if shrink < 1 or height % shrink or width % shrink:
        raise ParameterError(f"Images of {height} × {width} cannot be shrunk by {shrink}.", "Use a divisor of both.")
    small = images.reshape(n, height // shrink, shrink, width // shrink, shrink, channels).mean(axis=(2, 4))
    values = small.reshape(n, -1, channels) if reading == "pixels" else small.reshape(n, small.shape[1], -1)
    names, index = np.unique(labels, return_inverse=True)
    return LabelledSequences(tuple(values), index, tuple(str(name) for name in names), task="images")

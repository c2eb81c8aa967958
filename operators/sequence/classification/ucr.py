"""Labelled time series in the .ts text of the UCR and UEA archives."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.sequence.classification.halves import Half


def read_ts(path: Path, text: str) -> Half:
    """A file of series of one or several channels, of one length each; labels as the file lists them.

    Raises
    ------
    FormatError   it is damaged, has no class labels, or lacks values.
    """
    classes: tuple[str, ...] = ()
    series, labels = [], []
    in_data = False
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if not in_data:
            word, *rest = line.split()
            in_data = word.lower() == "@data"
            if word.lower() == "@classlabel":
                classes = tuple(rest[1:]) if rest and rest[0].lower() == "true" else ()
            continue
        *channels, label = line.split(":")
        try:
            values = np.array([[float(value) for value in channel.split(",")] for channel in channels], np.float32).T
        except ValueError:
            raise FormatError(
                f"Line {number} of {path.name} is no series of numbers of one length.", "Fill in missing values first."
            ) from None
        series.append(values)
        labels.append(label.strip())
    if not classes or not series:
        raise FormatError(f"{path.name} holds no labelled series.", "Give a .ts file of a classification task.")
    if unknown := set(labels) - set(classes):
        raise FormatError(
            f"{path.name} does not announce its classes {', '.join(sorted(unknown))[:80]}.", "Check @classLabel."
        )
    return Half(classes, series, labels)

"""Labelled time series in the .ts text of the UCR and UEA archives."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.sequence.classification.labelled import LabelledDataset, LabelledSequences


def read_ucr(path: Path) -> LabelledDataset:
    """NAME_TRAIN.ts and NAME_TEST.ts, given either of them or their common name.

    A series may have several channels, of one length, and the series different lengths. Labels keep the order in which
    the training file lists them.

    Raises
    ------
    FormatError   a file is missing or damaged, has no class labels, or lacks values.
    """
    name = path.name.removesuffix(".ts").removesuffix("_TRAIN").removesuffix("_TEST")
    halves = [path.with_name(f"{name}_{half}.ts") for half in ("TRAIN", "TEST")]
    for half in halves:
        if not half.is_file():
            raise FormatError(f"There is no file {half.name}.", "Keep both halves in one folder.")
    classes, series, labels = _read(halves[0])
    _, tested, answers = _read(halves[1])
    if unknown := set(answers) - set(classes):
        raise FormatError(f"{halves[1].name} has classes the training file lacks: {', '.join(unknown)}.", "Check both.")
    number = {word: index for index, word in enumerate(classes)}
    return LabelledDataset(
        *(
            LabelledSequences(tuple(values), np.array([number[word] for word in words]), classes, task=name)
            for values, words in ((series, labels), (tested, answers))
        )
    )


def _read(path: Path) -> tuple[tuple[str, ...], list[np.ndarray], list[str]]:
    classes: tuple[str, ...] = ()
    series, labels = [], []
    in_data = False
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
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
            f"{path.name} does not announce its classes {', '.join(sorted(unknown))}.", "Check @classLabel."
        )
    return classes, series, labels

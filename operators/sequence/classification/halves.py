"""Labelled series in two files, NAME_TRAIN and NAME_TEST, of whatever format."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.sequence.classification.labelled import LabelledDataset, LabelledSequences

_HALF = re.compile(r"(?i)([_-]?)(train|test)(?=\.|$)")


@dataclass(frozen=True)
class Half:
    """Series (L_i, c) of one file, the label of each, and the classes in their order."""

    classes: tuple[str, ...]
    series: list[np.ndarray]
    labels: list[str]


def is_half(path: Path) -> bool:
    """Whether a file is called one half of a set."""
    return bool(_HALF.search(path.name))


def read_halves(path: Path, read: Callable[[Path], Half]) -> LabelledDataset:
    """Both halves of a set, given either.

    Raises
    ------
    FormatError   the other half is missing or has classes that the training half lacks.
    """
    pair = [_called(path, word) for word in ("train", "test")]
    for half in pair:
        if not half.is_file():
            raise FormatError(f"There is no file {half.name}.", "Keep both halves in one folder.")
    train, test = (read(half) for half in pair)
    if unknown := sorted(set(test.labels) - set(train.classes)):
        words = ", ".join(unknown)[:80]
        raise FormatError(f"{pair[1].name} has classes the training file lacks: {words}.", "Check both.")
    name = _HALF.sub("", path.stem)
    return LabelledDataset(*(labelled(half, train.classes, name) for half in (train, test)))


def labelled(half: Half, classes: tuple[str, ...], task: str) -> LabelledSequences:
    """The series of a file with their classes by number."""
    number = {word: index for index, word in enumerate(classes)}
    return LabelledSequences(tuple(half.series), np.array([number[word] for word in half.labels]), classes, task=task)


def _called(path: Path, word: str) -> Path:
    def same_case(match: re.Match[str]) -> str:
        old = match.group(2)
        new = word.upper() if old.isupper() else word.title() if old[0].isupper() else word
        return match.group(1) + new

    return path.with_name(_HALF.sub(same_case, path.name, count=1))

"""A table of past runs: variables, some of them letters, and a score; in numbers for a surrogate, and back."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.tables import table_rows

_MOST_WORDS = 64


@dataclass(frozen=True)
class Variable:
    """One column of a design.

    Attributes
    ----------
    words   the values it may take, where it is no number.
    low, high   its range, where it is.
    """

    name: str
    words: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, eq=False)
class Runs:
    """Designs and their scores.

    Attributes
    ----------
    variables   the columns.
    x           (n, d) float32, centred and scaled: numbers as they are, words as one column for each.
    scores      (n,) as in the table.
    mean, scale (d,) of the columns before.
    """

    variables: tuple[Variable, ...]
    x: np.ndarray
    scores: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    def rows(self, x: np.ndarray) -> list[list[Any]]:
        """Designs as the table has them; where a variable takes words, the largest column's."""
        plain, at = x * self.scale + self.mean, 0
        rows: list[list[Any]] = [[] for _ in x]
        for variable in self.variables:
            width = len(variable.words) or 1
            part = plain[:, at : at + width]
            found = [variable.words[i] for i in part.argmax(1)] if variable.words else part[:, 0].astype(float).tolist()
            for row, value in zip(rows, found, strict=True):
                row.append(value)
            at += width
        return rows

    def encode(self, rows: Sequence[Sequence[Any]]) -> np.ndarray:
        """Designs as numbers (n, d), the inverse of `rows`.

        Raises
        ------
        ParameterError   a value is no word of its variable, or outside its range.
        """
        return ((_columns(self.variables, rows) - self.mean) / self.scale).astype(np.float32)

    def limits(self, beyond: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest (d,) that a search may reach."""
        low, high = [], []
        for variable in self.variables:
            if variable.words:
                low += [0.0] * len(variable.words)
                high += [1.0] * len(variable.words)
            else:
                more = beyond * (variable.high - variable.low)
                low.append(variable.low - more)
                high.append(variable.high + more)
        return tuple(((np.array(side) - self.mean) / self.scale).astype(np.float32) for side in (low, high))


def runs_of(names: Sequence[str], rows: Sequence[Sequence[Any]], scores: np.ndarray) -> Runs:
    """Runs from rows of values; columns of text take words.

    Raises
    ------
    FormatError   there are too few runs, a value is not finite, or a column of text has too many words.
    """
    if len(rows) < 8:
        raise FormatError(f"{len(rows)} runs are too few to learn from.", "Give eight or more.")
    scores = np.asarray(scores, np.float64)
    if not np.isfinite(scores).all():
        raise FormatError(f"The score of run {int(np.argmin(np.isfinite(scores)))} is not finite.", "Leave it out.")
    if np.ptp(scores) == 0:
        raise FormatError("All runs have the same score.", "There is nothing to learn from.")
    variables = tuple(_variable(name, [row[i] for row in rows]) for i, name in enumerate(names))
    plain = _columns(variables, rows)
    mean, scale = plain.mean(0), plain.std(0)
    scale = np.where(scale > 0, scale, 1.0)
    return Runs(variables, ((plain - mean) / scale).astype(np.float32), scores, mean, scale)


def read_runs(path: str | Path, score: str) -> Runs:
    """Runs of a CSV file with a line of names; every other column than the score is a variable.

    Raises
    ------
    FormatError   the file is missing or no table, has no such column, or what `runs_of` refuses.
    """
    path = existing_file(path)
    lines = table_rows(path, "Give a CSV file.")
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise FormatError(f"{path.name} has rows of different lengths.", "Give one column per name.")
    names = [cell.strip() for cell in lines[0]]
    if score not in names:
        raise FormatError(f"{path.name} has no column called {score}.", f"Its columns are {', '.join(names[:12])}.")
    at = names.index(score)
    cells = [[cell.strip() for cell in line] for line in lines[1:]]
    scores = [_number(row[at]) for row in cells]
    if None in scores:
        raise FormatError(f"Run {scores.index(None) + 1} of {path.name} has no number as {score}.", "Leave it out.")
    rows = [[cell for i, cell in enumerate(row) if i != at] for row in cells]
    return runs_of([name for i, name in enumerate(names) if i != at], rows, np.array(scores, float))


def write_proposals(path: str | Path, runs: Runs, rows: Sequence[Sequence[Any]], *, force: bool = False) -> Path:
    """Write rows of variables with predicted score, its bar and the sharpness as CSV.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    with atomic_path(path, force=force) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*(variable.name for variable in runs.variables), "predicted", "bar", "sharpness"])
        writer.writerows(rows)
    return Path(path)


def _variable(name: str, values: Sequence[Any]) -> Variable:
    numbers = [number for number in map(_number, values) if number is not None]
    if len(numbers) == len(values):
        if not np.isfinite(np.array(numbers, float)).all():
            raise FormatError(f"The column {name} holds values that are not finite.", "Leave those runs out.")
        return Variable(name, (), min(numbers), max(numbers))
    words = tuple(sorted({str(value) for value in values}))
    if len(words) > _MOST_WORDS:
        raise FormatError(f"The column {name} has {len(words)} different words.", f"At most {_MOST_WORDS} are learned.")
    return Variable(name, words)


def _columns(variables: Sequence[Variable], rows: Sequence[Sequence[Any]]) -> np.ndarray:
    columns = []
    for i, variable in enumerate(variables):
        values = [row[i] for row in rows]
        if variable.words:
            strange = next((value for value in values if str(value) not in variable.words), None)
            if strange is not None:
                raise ParameterError(
                    f"{strange} is no value of {variable.name}.", f"It is {', '.join(variable.words)}."
                )
            index = np.array([variable.words.index(str(value)) for value in values])
            columns.append(np.eye(len(variable.words))[index])
            continue
        numbers = np.array([float(value) for value in values])
        outside = (numbers < variable.low) | (numbers > variable.high)
        if outside.any():
            raise ParameterError(
                f"{variable.name} = {numbers[outside][0]:g} is outside its range {variable.low:g} … {variable.high:g}.",
                "Give designs inside the ranges of the table.",
            )
        columns.append(numbers[:, None])
    return np.concatenate(columns, 1)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None

"""The table of a collection's maps: a row per map, failed ones too."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from geomlearn.core.files import atomic_path, existing_file

TABLE = "table.csv"
# Worst first.
VERDICTS = ("failed", "bad", "doubtful", "good")


@dataclass(frozen=True)
class Row:
    """One map.

    Attributes
    ----------
    source, target    names;  method  that found it;  verdict  good · doubtful · bad · failed.
    predicted_error   mean error expected, 100 × geodesic distance / √area of the target; None of failed ones.
    p_within_5        probability that it is 5 or less; None of failed ones.
    seconds           of one map; a pair is solved once for both of its maps;  reason  why, a sentence.
    """

    source: str
    target: str
    method: str
    verdict: str
    predicted_error: float | None
    p_within_5: float | None
    seconds: float
    reason: str


COLUMNS = tuple(field.name for field in fields(Row))


def write_table(path: Path, rows: Iterable[Row]) -> Path:
    """As csv with the columns of `Row`."""
    with atomic_path(path, force=True) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            numbers = {"predicted_error": row.predicted_error, "p_within_5": row.p_within_5, "seconds": row.seconds}
            told = {name: "" if value is None else f"{value:.4g}" for name, value in numbers.items()}
            writer.writerow([told.get(name, getattr(row, name)) for name in COLUMNS])
    return path


def read_table(path: Path) -> list[Row]:
    """The rows of a table that `write_table` wrote.

    Raises
    ------
    FormatError   there is none.
    """
    with existing_file(path).open(newline="", encoding="utf-8") as stream:
        return [
            Row(
                line["source"],
                line["target"],
                line["method"],
                line["verdict"],
                _number(line["predicted_error"]),
                _number(line["p_within_5"]),
                float(line["seconds"]),
                line["reason"],
            )
            for line in csv.DictReader(stream)
        ]


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def worst_first(rows: Sequence[Row]) -> list[Row]:
    """Failed ones, then by verdict and predicted error."""
    return sorted(rows, key=lambda row: (VERDICTS.index(row.verdict), -(row.predicted_error or 0.0)))

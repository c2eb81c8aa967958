"""A collection whose maps lie in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from geomlearn.app.model.items import Item


@dataclass(frozen=True, eq=False, kw_only=True)
class CollectionItem(Item):
    """The table of the maps between the shapes of a collection: a row per map.

    Attributes
    ----------
    folder            where `match --all` wrote the maps.
    specs             what to read of each shape, a path.
    sources, targets  (r,) of each map, as numbers of `specs`.
    verdicts          (r,) good, doubtful, bad or failed.
    errors            (r,) the mean error predicted, 100 × geodesic distance / √area; NaN of failed ones.
    files             (r,) paths of the maps.
    """

    kind: ClassVar[str] = "collection"

    folder: str
    specs: tuple[str, ...]
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    verdicts: tuple[str, ...]
    errors: np.ndarray
    files: tuple[str, ...]

    def mean_error(self, spec: str) -> float:
        """The mean of the errors of all maps from and to a shape; NaN where there is none."""
        ends = np.array([self.sources, self.targets]).reshape(2, -1)
        found = self.errors[(ends == self.specs.index(spec)).any(axis=0)] if spec in self.specs else np.zeros(0)
        found = found[np.isfinite(found)]
        return float(found.mean()) if found.size else float("nan")


def read_collection(folder: str) -> CollectionItem:
    """What `geomlearn match FOLDER --all -o OUT` left in OUT; run it in a worker.

    Raises
    ------
    FormatError   there is no finished run.
    """
    from geomlearn.collections.pairs.matched import open_matched

    found = open_matched(folder)
    numbers = {member.name: number for number, member in enumerate(found.members)}
    return CollectionItem(
        label=Path(folder).name,
        folder=str(found.out),
        specs=tuple(member.spec for member in found.members),
        sources=tuple(numbers[row.source] for row in found.rows),
        targets=tuple(numbers[row.target] for row in found.rows),
        verdicts=tuple(row.verdict for row in found.rows),
        errors=np.array([np.nan if row.predicted_error is None else row.predicted_error for row in found.rows]),
        files=tuple(str(found.export.path(row.source, row.target)) for row in found.rows),
    )

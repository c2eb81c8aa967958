"""Errors of a collection's maps where the truth is known, of all pairs or of some."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.collections.members import Member
from geomlearn.collections.pairs.matched import Matched
from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.evaluation import Evaluation, Truth, evaluate_map, read_truth
from geomlearn.matching.io.maps import TEXT_SUFFIXES, read_map
from geomlearn.shapes.builtin import ground_truth
from geomlearn.shapes.load import BUILTIN, parse_builtin

# The true map of two members with so many vertices, or None.
TruthOf = Callable[[Member, Member, int, int], Truth | None]


@dataclass(frozen=True, eq=False)
class Errors:
    """What was measured.

    Attributes
    ----------
    by_pair   (source, target) → evaluation, for the pairs whose truth is known;  n_maps  how many maps there are.
    """

    by_pair: dict[tuple[str, str], Evaluation]
    n_maps: int

    @property
    def sentence(self) -> str:
        """How many pairs have a truth, and their mean error."""
        if not self.by_pair:
            return "The truth is known of no pair."
        mean = np.mean([found.mean_error for found in self.by_pair.values()])
        return (
            f"Mean error {mean:.2f} (100 × geodesic distance / √area) over {len(self.by_pair)} of {self.n_maps} maps."
        )

    @property
    def curve(self) -> np.ndarray:
        """(101,) mean share of points within each threshold."""
        return np.mean([found.curve for found in self.by_pair.values()], axis=0)


def truths_in(folder: str | Path | None) -> TruthOf:
    """Truths from a folder, as maps ``SOURCE--TARGET.txt`` or lists ``NAME.vts`` whose lines correspond; and of pairs
    of built-in shapes, which know theirs.

    Raises
    ------
    FormatError   there is no such folder.
    """
    place = Path(folder).expanduser().absolute() if folder else None
    if place is not None and not place.is_dir():
        raise FormatError(f"There is no folder {folder}.", "Give a folder of SOURCE--TARGET.txt, or of NAME.vts.")

    def truth_of(a: Member, b: Member, n_a: int, n_b: int) -> Truth | None:
        if place is not None:
            files = [place / f"{a.name}--{b.name}{suffix}" for suffix in (*TEXT_SUFFIXES, ".npz", ".npy")]
            for file in files:
                if file.is_file():
                    return read_truth(file, n_a, n_b)
            lists = [place / f"{one.name}.vts" for one in (a, b)]
            if all(file.is_file() for file in lists):
                return read_truth(",".join(map(str, lists)), n_a, n_b)
        if a.spec.startswith(BUILTIN) and b.spec.startswith(BUILTIN):
            return _builtin_truth(a.spec, b.spec)
        return None

    return truth_of


def measure(found: Matched, truth_of: TruthOf, *, max_points: int = 300, progress: Progress = SILENT) -> Errors:
    """Errors of all maps whose truth is known; each costs at most `max_points` geodesic fields."""
    members = {member.name: member for member in found.members}
    done = [row for row in found.rows if row.verdict != "failed"]
    by_pair: dict[tuple[str, str], Evaluation] = {}
    for number, row in enumerate(done):
        progress(number / len(done), "errors")
        a, b = (found.store.shape(found.keys[name], name) for name in (row.source, row.target))
        truth = truth_of(members[row.source], members[row.target], a.n_vertices, b.n_vertices)
        if truth is not None:
            path = found.export.path(row.source, row.target)
            map_ab = read_map(path, n_source=a.n_vertices, n_target=b.n_vertices, index_base=found.export.index_base)
            by_pair[row.source, row.target] = evaluate_map(map_ab.map_ab, truth, b, max_points=max_points)
    return Errors(by_pair, len(done))


def write_errors(path: Path, errors: Errors) -> Path:
    """As csv: source, target, mean_error, median_error, auc, flipped."""
    with atomic_path(path, force=True) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["source", "target", "mean_error", "median_error", "auc", "flipped"])
        writer.writerows(_lines(errors.by_pair.items()))
    return path


def _lines(items: Iterable[tuple[tuple[str, str], Evaluation]]) -> Iterable[list[str]]:
    for pair, one in items:
        yield [*pair, *(f"{value:.4g}" for value in (one.mean_error, one.median_error, one.auc)), str(one.flipped)]


def _builtin_truth(a: str, b: str) -> Truth | None:
    from geomlearn.core.errors import ParameterError

    (name_a, n_a, seed_a), (name_b, n_b, seed_b) = parse_builtin(a), parse_builtin(b)
    try:
        sizes: dict[str, Any] = {"n_vertices_a": n_a, "n_vertices_b": n_b, "seed_a": seed_a, "seed_b": seed_b}
        direct = ground_truth(name_a, name_b, **sizes)
        return Truth(np.arange(len(direct)), direct, ground_truth(name_a, name_b, symmetric=True, **sizes))
    except ParameterError:
        return None

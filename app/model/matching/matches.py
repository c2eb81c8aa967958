"""Items that join two shapes: correspondences, with what is known about them, and landmarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from geomlearn.app.model.items import Item, Paint, ShapeItem, Source
from geomlearn.spectral.basis import Basis

if TYPE_CHECKING:
    from geomlearn.app.model.scene import Scene

COLORS, VERDICT, ERRORS, MATRIX = 0, 1, 5, 6
"""Columns of a match: colours carried across, four scores, errors against the truth, entries of the matrix."""
LINE_COLORS = ("position", "confidence", "error")


@dataclass(frozen=True, eq=False, kw_only=True)
class Judgement:
    """One score of a match, with a picture of where it is bad.

    Attributes
    ----------
    name, value, unit, sentence   as the library gives them.
    field  (n,) per vertex, larger is worse;  on  "source" or "target": the shape it lives on.
    """

    name: str
    value: float
    unit: str
    sentence: str
    field: np.ndarray
    on: str


@dataclass(frozen=True, eq=False, kw_only=True)
class TruthErrors:
    """How far a match is from the truth.

    Attributes
    ----------
    source     where the truth came from, as it can be read again.
    sentence   mean and median, in words;  mean  100 × geodesic distance / √area.
    distances  (t,) ascending, in that unit;  shares  (t,) of the points with at most this error.
    errors     (n_a,) for each vertex of A the error at the measured point nearest to it.
    """

    source: str
    sentence: str
    mean: float
    distances: np.ndarray
    shares: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class MatchItem(Source):
    """A correspondence between two shapes.

    Its columns are pictures: the colours of A carried to B, each score where it is bad, the errors against a truth, and
    for entry (i, j) of the matrix mode j on A beside mode i on B.

    Attributes
    ----------
    shape_a, shape_b   ids of the shapes.
    map_ab   (n_a,) for each vertex of A a vertex of B;  map_ba   (n_b,) the other way.
    fmap_ab  (k_b, k_a) carries coefficients A → B, or empty (0, 0);  basis_a, basis_b  the modes it speaks of, or None.
    method, parameters   how it was found.  note  one sentence on how that went.
    judgements   without ground truth;  truth   against it, once there is one.
    source, index_base   of a match read from a file: the file, and what it counts from.
    states   matrices (s, k, k) and figures (s,) by name of the states that training on the pair went through; or none.
    n_lines, show_lines, line_colors   corresponding points joined by lines, coloured by one of `LINE_COLORS`.
    """

    kind: ClassVar[str] = "match"

    shape_a: str
    shape_b: str
    map_ab: np.ndarray
    map_ba: np.ndarray
    fmap_ab: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    basis_a: Basis | None = None
    basis_b: Basis | None = None
    method: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    judgements: tuple[Judgement, ...] = ()
    truth: TruthErrors | None = None
    source: str = ""
    index_base: int = 0
    states: Mapping[str, np.ndarray] = field(default_factory=dict)
    n_lines: int = 40
    show_lines: bool = True
    line_colors: str = "position"

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.shape_a, self.shape_b)

    @property
    def n_columns(self) -> int:
        return MATRIX + self.fmap_ab.size

    def entry_column(self, i: int, j: int) -> int:
        """The column that shows mode j of A beside mode i of B."""
        return MATRIX + i * self.fmap_ab.shape[1] + j

    def entry(self, column: int) -> tuple[int, int] | None:
        """The entry (i, j) of the matrix that a column shows, or None."""
        if column < MATRIX or self.fmap_ab.size == 0:
            return None
        return divmod(min(column - MATRIX, self.fmap_ab.size - 1), self.fmap_ab.shape[1])

    def column_names(self) -> Callable[[int], str]:
        def name(column: int) -> str:
            entry = self.entry(column)
            if entry is not None:
                return f"C[{entry[0]}, {entry[1]}]"
            if column == ERRORS:
                return "error"
            return self.judgements[column - VERDICT].name if VERDICT <= column < self._n_judged else "colours"

        return name

    @property
    def _n_judged(self) -> int:
        return VERDICT + len(self.judgements)

    def paint(self, scene: Scene, shape: ShapeItem, column: int) -> Paint | None:
        if shape.id not in self.parents:
            return None
        on_a = shape.id == self.shape_a
        entry = self.entry(column)
        if entry is not None:
            return self._mode(shape, entry, on_a)
        if column == ERRORS and self.truth is not None:
            title = "error · 100 × geodesic distance / √area"
            return Paint(values=self.truth.errors, title=title, style="magnitude") if on_a else None
        if VERDICT <= column < min(self._n_judged, ERRORS):
            judged = self.judgements[column - VERDICT]
            if on_a != (judged.on == "source"):
                return None
            return Paint(values=judged.field, title=_PICTURED.get(judged.name, judged.name), style="magnitude")
        return self._colors(scene, on_a)

    def _mode(self, shape: ShapeItem, entry: tuple[int, int], on_a: bool) -> Paint | None:
        basis, mode = (self.basis_a, entry[1]) if on_a else (self.basis_b, entry[0])
        if basis is None or mode >= basis.k:
            return None
        # An eigenfunction has no sign of its own: the target takes the one with which the map carries it over.
        sign = -1 if not on_a and self.fmap_ab[entry] < 0 else 1
        title = f"{'−' * (sign < 0)}φ{mode} of {shape.label} · C[{entry[0]}, {entry[1]}] = {self.fmap_ab[entry]:.3g}"
        return Paint(values=sign * basis.evecs[:, mode], title=title, style="symmetric")

    def _colors(self, scene: Scene, on_a: bool) -> Paint:
        shape_a = scene[self.shape_a]
        colors = position_colors(shape_a.unit_vertices)
        title = f"{shape_a.label} → {scene[self.shape_b].label}"
        return Paint(values=colors if on_a else colors[self.map_ba], title=title, style="color")

    def doubt(self) -> np.ndarray | None:
        """(n_a,) how far each vertex of A is from its image there and back, or None when that is not known."""
        fields = [judged.field for judged in self.judgements if judged.name == "bijectivity"]
        return fields[0] if fields else None


_PICTURED = {
    "bijectivity": "gap there and back · / √area",
    "coverage": "not reached by the map",
    "dirichlet energy": "stretch · × isometry",
    "orientation flips": "orientation reversed",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class LandmarksItem(Item):
    """Pairs of vertices known to correspond: rows (vertex of A, vertex of B); -1 where one side is still missing."""

    kind: ClassVar[str] = "landmarks"

    shape_a: str
    shape_b: str
    pairs: tuple[tuple[int, int], ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.shape_a, self.shape_b)

    @property
    def complete(self) -> tuple[tuple[int, int], ...]:
        """The pairs that have both sides."""
        return tuple(pair for pair in self.pairs if min(pair) >= 0)

    def with_vertex(self, side: int, vertex: int) -> tuple[tuple[int, int], ...]:
        """The pairs after a click on side 0 (A) or 1 (B): the open pair is completed or corrected, or one begins."""
        pairs = [list(pair) for pair in self.pairs]
        if not pairs or min(pairs[-1]) >= 0:
            pairs.append([-1, -1])
        pairs[-1][side] = int(vertex)
        return tuple((int(a), int(b)) for a, b in pairs)


def position_colors(points: np.ndarray) -> np.ndarray:
    """(n, 3) soft colours from positions (n, 3): near points look alike, far ones do not."""
    low, high = points.min(axis=0), points.max(axis=0)
    unit = (points - low) / np.where(high > low, high - low, 1.0)
    # Kept off black and white so that shading stays readable on top.
    return 0.16 + 0.74 * unit[:, [0, 1, 2]]

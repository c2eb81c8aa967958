"""Items that hold what was computed on shapes: bases, functions, fields, correspondences, landmarks, selections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from app.model.items import Item, Paint, ShapeItem, Source, Spread
from geomlearn.spectral.basis import Basis

if TYPE_CHECKING:
    from app.model.scene import Scene

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, eq=False, kw_only=True)
class OnShape(Source):
    """A source that belongs to one shape.

    Attributes
    ----------
    owner       id of the shape.
    parameters  the options it was made with, by name.
    """

    owner: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.owner,)


@dataclass(frozen=True, eq=False, kw_only=True)
class BasisItem(OnShape):
    """A spectral basis; its columns are the eigenfunctions.

    Attributes
    ----------
    flipped  modes shown, compared and exported with the other sign: eigenfunctions have none of their own.
    """

    kind: ClassVar[str] = "basis"

    basis: Basis
    flipped: tuple[int, ...] = ()

    @property
    def n_columns(self) -> int:
        return self.basis.k

    def paint(self, scene: Scene, shape: ShapeItem, column: int) -> Paint | None:
        if shape.id != self.owner:
            return None
        title = f"{self.column_names()(column)} of {shape.label} · λ = {self.basis.evals[column]:.4g}"
        return Paint(values=self.sign(column) * self.basis.evecs[:, column], title=title, style="symmetric")

    def sign(self, column: int) -> int:
        return -1 if column in self.flipped else 1

    def signed(self) -> Basis:
        """The basis with the signs as they are shown."""
        if not self.flipped:
            return self.basis
        evecs = self.basis.evecs.copy()
        evecs[:, list(self.flipped)] *= -1
        return replace(self.basis, evecs=evecs)

    def column_names(self) -> Callable[[int], str]:
        return lambda column: f"φ{str(column).translate(_SUBSCRIPTS)}"


@dataclass(frozen=True, eq=False, kw_only=True)
class ValuesItem(OnShape):
    """Functions on a shape: descriptors, distances, scores, segments.

    Attributes
    ----------
    values  (c, n), one row per function.
    names   (c,) what each is, with its unit.
    style   how they are coloured, see `Paint`.
    """

    kind: ClassVar[str] = "values"

    values: np.ndarray
    names: tuple[str, ...]
    style: str = "scalar"

    @property
    def n_columns(self) -> int:
        return len(self.names)

    def paint(self, scene: Scene, shape: ShapeItem, column: int) -> Paint | None:
        if shape.id != self.owner:
            return None
        return Paint(values=self.values[column], title=self.names[column], style=self.style)

    def column_names(self) -> Callable[[int], str]:
        return lambda column: self.names[column]


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldItem(OnShape):
    """A function that moves: one row of values per moment. Its columns are moments, component after component.

    Attributes
    ----------
    times   (t,) in the equation's unit of time.
    values  (t, n) or (t, n, c).
    names   the name of each component.
    role    "solution" · "input" · "reference" · "residual".
    link    fields with the same word here share one range; empty for a range of its own.
    """

    kind: ClassVar[str] = "field"

    times: np.ndarray
    values: np.ndarray
    names: tuple[str, ...] = ("u",)
    role: str = "solution"
    link: str = ""
    style: str = "scalar"

    @property
    def n_columns(self) -> int:
        return len(self.times) * len(self.names)

    @cached_property
    def spreads(self) -> tuple[Spread, ...]:
        """Where the values of each component lie over all moments: a range that flickers with time says nothing."""
        stacked = self.values if self.values.ndim == 3 else self.values[..., None]
        return tuple(Spread.of(stacked[..., component]) for component in range(stacked.shape[-1]))

    def frame(self, column: int) -> int:
        return column % len(self.times)

    def component(self, column: int) -> int:
        return column // len(self.times)

    def paint(self, scene: Scene, shape: ShapeItem, column: int) -> Paint | None:
        if shape.id != self.owner:
            return None
        frame, component = self.frame(column), self.component(column)
        values = self.values[frame] if self.values.ndim == 2 else self.values[frame, :, component]
        spread = self.spreads[component]
        for other in scene.of(FieldItem) if self.link else ():
            if other.link == self.link and other.visible:
                spread |= other.spreads[min(component, len(other.spreads) - 1)]
        title = f"{self.names[component]} at t = {self.times[frame]:.4g}"
        return Paint(values=values, title=title, style=self.style, spread=spread)


@dataclass(frozen=True, eq=False, kw_only=True)
class MatchItem(Source):
    """A correspondence between two shapes. Column 0 colours both shapes alike where they correspond.

    Attributes
    ----------
    shape_a, shape_b   ids of the shapes.
    map_ab   (n_a,) for each vertex of A a vertex of B;  map_ba   (n_b,) the other way.
    fmap_ab  (k_b, k_a) carries coefficients A → B, or empty (0, 0).
    evecs_a, evecs_b   the modes `fmap_ab` speaks of, (n_a, k_a) and (n_b, k_b), or empty.
    scores   numbers by name;  verdict  one sentence per score.
    n_lines  how many corresponding points are joined by lines.
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
    scores: Mapping[str, float] = field(default_factory=dict)
    verdict: tuple[str, ...] = ()
    n_lines: int = 60
    show_lines: bool = True

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.shape_a, self.shape_b)

    def paint(self, scene: Scene, shape: ShapeItem, column: int) -> Paint | None:
        """Colours by position on A, carried to B by the map."""
        if shape.id not in self.parents:
            return None
        shape_a = scene[self.shape_a]
        colors = position_colors(shape_a.unit_vertices)
        title = f"{shape_a.label} → {scene[self.shape_b].label}"
        return Paint(values=colors if shape.id == self.shape_a else colors[self.map_ba], title=title, style="color")


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


@dataclass(frozen=True, eq=False, kw_only=True)
class SelectionItem(Item):
    """A named set of vertices, ascending."""

    kind: ClassVar[str] = "selection"

    owner: str
    indices: tuple[int, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.owner,)


@dataclass(frozen=True, eq=False, kw_only=True)
class BookmarkItem(Item):
    """A camera to come back to, as the text Polyscope gives for it."""

    kind: ClassVar[str] = "camera"

    camera: str


def position_colors(points: np.ndarray) -> np.ndarray:
    """(n, 3) soft colours from positions (n, 3): near points look alike, far ones do not."""
    low, high = points.min(axis=0), points.max(axis=0)
    unit = (points - low) / np.where(high > low, high - low, 1.0)
    # Kept off black and white so that shading stays readable on top.
    return 0.16 + 0.74 * unit[:, [0, 1, 2]]

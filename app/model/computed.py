"""Items that hold what was computed on shapes: bases, functions, fields; and selections and kept views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from geomlearn.app.model.items import Item, Paint, ShapeItem, Source, Spread
from geomlearn.spectral.basis import Basis

if TYPE_CHECKING:
    from geomlearn.app.model.scene import Scene

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
        if not shape.shows(self.owner):
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
        if not shape.shows(self.owner):
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
    role    "solution" · "input" · "reference" · "residual" · "tokens".
    link    fields with the same word here share one range; empty for a range of its own.
    curves  by name, one number per moment: energy, total, error.
    """

    kind: ClassVar[str] = "field"

    times: np.ndarray
    values: np.ndarray
    names: tuple[str, ...] = ("u",)
    role: str = "solution"
    link: str = ""
    style: str = "scalar"
    curves: Mapping[str, np.ndarray] = field(default_factory=dict)

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
        if not shape.shows(self.owner):
            return None
        frame, component = self.frame(column), self.component(column)
        values = self.values[frame] if self.values.ndim == 2 else self.values[frame, :, component]
        spread = self.spreads[component]
        for other in scene.of(FieldItem) if self.link else ():
            if other.link == self.link and other.visible:
                spread |= other.spreads[min(component, len(other.spreads) - 1)]
        title = self._title(frame, component)
        return Paint(values=values, title=title, style=self.style, spread=spread, family=self.link)

    def _title(self, frame: int, component: int) -> str:
        name = f"reference {self.names[component]}" if self.role == "reference" else self.names[component]
        if self.role == "input" or (len(self.times) == 1 and self.times[0] == 0):
            return name
        return f"{name} at {self.moment_word} = {self.times[frame]:.4g}"

    @property
    def moment_word(self) -> str:
        """What its moments are: times, or the samples that a model was asked about."""
        return str(self.parameters.get("moments", "t"))


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

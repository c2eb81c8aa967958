"""The things a scene is made of, and how each is looked at. All immutable; a change is a new item with the same id."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from geomlearn.app.model.view.coarse import Coarse
from geomlearn.app.model.view.geometry import Geometry, geometry_of
from geomlearn.shapes.shape import Shape

if TYPE_CHECKING:
    from geomlearn.app.model.scene import Scene

Matrix = tuple[float, ...]
"""A 4×4 matrix, row after row."""
MATERIALS = ("clay", "wax", "candy", "ceramic", "jade", "mud", "normal", "flat")
"""How a surface answers the light; "flat" not at all, so that its colours are those of the legend."""
BACKS = {"identical": "as the front", "different": "another shade", "cull": "not drawn"}
IDENTITY: Matrix = tuple(np.eye(4).ravel().tolist())


def new_id() -> str:
    """A name that no other item ever had: Polyscope remembers colours and ranges by name."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, eq=False, kw_only=True)
class Item:
    """Anything with a row in the scene tree.

    Attributes
    ----------
    label    the name people see; unique within a scene.
    id       the name the program uses; never reused.
    visible  whether it is drawn.
    """

    kind: ClassVar[str] = "item"

    label: str
    id: str = field(default_factory=new_id)
    visible: bool = True

    @property
    def parents(self) -> tuple[str, ...]:
        """Ids of the items without which this one means nothing; the first is where the tree shows it."""
        return ()

    def replace(self, **changes: Any) -> Self:
        return replace(self, **changes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Paint:
    """Values ready to be drawn on a shape.

    Attributes
    ----------
    values   (n,) numbers, or (n, 3) colours in [0, 1].
    title    what they are, for the legend, with the unit.
    style    "scalar" · "symmetric" · "magnitude" · "categorical" · "phase" · "color".
    spread   where the numbers lie; of more than these values when several pictures share one range; None: of these.
    family   pictures with the same word here share one range and one legend; empty for a legend of its own.
    """

    values: np.ndarray
    title: str
    style: str = "scalar"
    spread: Spread | None = None
    family: str = ""


@dataclass(frozen=True)
class Spread:
    """Where numbers lie: the ends, and the 1 % and 99 % points."""

    low: float
    high: float
    robust_low: float
    robust_high: float

    @classmethod
    def of(cls, values: np.ndarray) -> Spread:
        """The spread of the finite ones among `values`; (0, 0) when there are none."""
        finite = values[np.isfinite(values)]
        if finite.size == 0:
            return cls(0.0, 0.0, 0.0, 0.0)
        return cls(float(finite.min()), float(finite.max()), *np.percentile(finite, [1, 99]).tolist())

    def __or__(self, other: Spread) -> Spread:
        """What holds both."""
        return Spread(
            min(self.low, other.low),
            max(self.high, other.high),
            min(self.robust_low, other.robust_low),
            max(self.robust_high, other.robust_high),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Source(Item):
    """An item that can colour shapes: it has columns (modes, frames, descriptors), each one function on a shape."""

    @property
    def n_columns(self) -> int:
        return 1

    def paint(self, scene: Scene, shape: ShapeItem, column: int) -> Paint | None:
        """Column `column` as values on `shape`, or None when it says nothing about that shape."""
        raise NotImplementedError

    def column_names(self) -> Callable[[int], str]:
        """The name of each column, by index."""
        return str


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """What colours a shape: one column of one source, and how its numbers become colours.

    Attributes
    ----------
    source    id of the item the values come from.
    column    which of its functions: mode, frame, descriptor.
    colormap  name of the colour map; empty for the default of the values' style.
    scale     "robust" (1–99 %) · "full" · "fixed" (the `limits`).
    limits    (low, high) in the unit of the values; used when `scale` is "fixed".
    isolines  whether level lines are drawn.
    through   id of a match by which the source, which speaks of the other shape, is carried here; empty for none.
    """

    source: str
    column: int = 0
    colormap: str = ""
    scale: str = "robust"
    limits: tuple[float, float] = (0.0, 1.0)
    isolines: bool = True
    through: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class ShapeItem(Item):
    """A mesh or point cloud on the stage.

    Attributes
    ----------
    source  what `load_shape` needs to read it again (a path, `builtin:NAME`), or empty for a computed shape.
    pose    where the user put it, relative to its slot on the stage.
    layer   what colours it; None for its plain colour.
    rebuilt_from, rebuilt_k   when k > 0 it is drawn as its first k modes of the basis with this id rebuild it.
    model, deviations   it is drawn moved so many standard deviations along the modes of the shape model with this id.
    twin_of  id of the shape of which this is another picture, empty for a shape in its own right: what belongs to the
             original colours the twin too, and the twin goes with it.
    beside   where a twin stands in the row: −1 just left of its original, 1, 2, … to the right.
    room     a side of the square kept free for it, so that it can turn, in units of its diagonal; 0 for its box.
    material   one of `MATERIALS`;  edge_width  in pixels, where edges are drawn.
    point_size   of a cloud, times what its number of points suggests.
    back     how faces seen from behind look: one of `BACKS`;  wireframe  whether nothing but edges is drawn.
    smooth   whether light, and on a regular grid in a plane the numbers, are interpolated between vertices.
    leaning  how much more its z looks like the upward axis than its y.
    coarse   a coarser mesh to draw instead, for shapes too fine for the screen, or None.
    simplified  whether that is drawn; it never has a part in a computation.
    cut      "x", "y" or "z": the axis of the window along which the shape is cut open, or empty.
    unit     the word for one of its units of length, such as "mm"; files do not say.
    cut_at   where, as a part of its box along that axis;  cut_flipped  whether the other half stays.
    """

    kind: ClassVar[str] = "shape"

    shape: Shape
    source: str = ""
    pose: Matrix = IDENTITY
    color: tuple[float, float, float] | None = None
    edges: bool = False
    smooth: bool = True
    opacity: float = 1.0
    material: str = "clay"
    edge_width: float = 0.8
    point_size: float = 1.0
    back: str = "identical"
    wireframe: bool = False
    layer: Layer | None = None
    rebuilt_from: str = ""
    rebuilt_k: int = 0
    model: str = ""
    deviations: tuple[float, ...] = ()
    twin_of: str = ""
    beside: int = 0
    room: float = 0.0
    leaning: float = 0.0
    coarse: Coarse | None = None
    simplified: bool = True
    cut: str = ""
    cut_at: float = 0.5
    cut_flipped: bool = False
    unit: str = ""

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.twin_of,) if self.twin_of else ()

    def twin(self, **looks: Any) -> ShapeItem:
        """Another picture of this shape, in its own form."""
        own: dict[str, Any] = {"rebuilt_from": "", "rebuilt_k": 0, "model": "", "deviations": ()}
        return self.replace(id=new_id(), twin_of=self.id, **own, **looks)

    def shows(self, shape_id: str) -> bool:
        """Whether this is the shape with that id, or a twin of it."""
        return shape_id in (self.id, self.twin_of)

    @property
    def thinned(self) -> Coarse | None:
        """The coarser mesh, if it is what is drawn."""
        return self.coarse if self.simplified else None

    @cached_property
    def drawn_shape(self) -> Shape:
        """The mesh that is drawn: the shape itself, or the coarser one."""
        if self.thinned is None:
            return self.shape
        return Shape(self.shape.vertices[self.thinned.vertices], self.thinned.faces, self.shape.name)

    @property
    def drawn_indices(self) -> np.ndarray:
        """(c,) the vertices of the shape that are drawn, ascending."""
        return np.arange(self.shape.n_vertices) if self.thinned is None else self.thinned.vertices

    @cached_property
    def geometry(self) -> Geometry:
        """How it is drawn; shared by all states of the item, since only the shape decides."""
        return geometry_of(self.shape)

    @property
    def centre(self) -> np.ndarray:
        """(3,) the middle of the bounding box."""
        return self.geometry.centre

    @property
    def cells(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The cells to draw instead of interpolating between the vertices; None where it is drawn interpolated."""
        return None if self.smooth or self.shape.is_cloud else self.geometry.cells

    @property
    def unit_vertices(self) -> np.ndarray:
        """(n, 3) vertices centred and scaled to a box of diagonal 1: what is drawn, safe in single precision."""
        return self.geometry.vertices

    @property
    def unit_box(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest corner (3,) of the unit vertices."""
        return self.geometry.box

    @property
    def unit_normals(self) -> np.ndarray:
        """(n, 3) normals of the vertices, weighted by the areas of their faces; zero on a cloud without normals."""
        return self.geometry.normals

    @property
    def drawn_normals(self) -> np.ndarray:
        """(c, 3) the same of the vertices that are drawn."""
        return geometry_of(self.drawn_shape).normals

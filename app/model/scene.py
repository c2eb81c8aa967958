"""The scene: every item on the stage and how the stage is set. One immutable value per state of the window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, TypeVar, overload

from geomlearn.app.model.items import Item, ShapeItem
from geomlearn.core.errors import ParameterError

T = TypeVar("T", bound=Item)


@dataclass(frozen=True)
class Stage:
    """How the whole picture is set up.

    Attributes
    ----------
    layout      "row" (side by side) or "overlay" (all in one place, to compare aligned shapes).
    up          the axis that points up: "x", "y" or "z", or "auto" to judge by the shapes.
    projection  "perspective" or "orthographic".
    ground      whether a soft shadow lies under the shapes.
    legend      whether the colour bar is drawn.
    linked      whether one drag turns all; otherwise a drag on a shape turns that one alone.
    page, page_size   which shapes are seen where there are many: so many, counted from page 0; size 0 shows all.
    order       how they stand, one of `ORDERS`.
    scale_bar   whether a bar of a round length lies at the foot;  axes  whether numbers stand along a shape's box.
    """

    layout: str = "row"
    up: str = "auto"
    projection: str = "perspective"
    ground: bool = True
    legend: bool = True
    scale_bar: bool = False
    axes: bool = False
    linked: bool = True
    page: int = 0
    page_size: int = 0
    order: str = ""


@dataclass(frozen=True, eq=False)
class Scene:
    """Items in the order they came, by id."""

    items: Mapping[str, Item] = field(default_factory=lambda: MappingProxyType({}))
    stage: Stage = Stage()

    def __getitem__(self, item_id: str) -> Any:
        return self.items[item_id]

    def __contains__(self, item_id: object) -> bool:
        return item_id in self.items

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items.values())

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """All items of one type."""
        return tuple(item for item in self if isinstance(item, kind))

    @property
    def shapes(self) -> tuple[ShapeItem, ...]:
        """The shapes in their own right, without the further pictures of them."""
        return tuple(shape for shape in self.of(ShapeItem) if not shape.twin_of)

    @overload
    def children(self, item_id: str) -> tuple[Item, ...]: ...

    @overload
    def children(self, item_id: str, kind: type[T]) -> tuple[T, ...]: ...

    def children(self, item_id: str, kind: Any = Item) -> tuple[Any, ...]:
        """Items that need this one, of one type."""
        return tuple(item for item in self.of(kind) if item_id in item.parents)

    def twins(self, item_id: str) -> tuple[Any, ...]:
        """The other pictures of a shape, in the order they came."""
        return tuple(item for item in self.children(item_id) if getattr(item, "twin_of", "") == item_id)

    def by_label(self, label: str) -> Any:
        """The item called `label`, or with that id.

        Raises
        ------
        ParameterError   nothing is called so; the sentence lists what there is.
        """
        if label in self.items:
            return self.items[label]
        for item in self:
            if item.label == label:
                return item
        known = ", ".join(item.label for item in self) or "nothing yet"
        raise ParameterError(f"Nothing on the stage is called {label}.", f"There is {known}.")

    def put(self, items: Iterable[Item]) -> Scene:
        """The scene with these items added, or replaced where their id is there; new labels are made unique."""
        content = dict(self.items)
        for item in items:
            taken = {other.label for other in content.values() if other.id != item.id}
            content[item.id] = item if item.label not in taken else item.replace(label=unique(item.label, taken))
        return replace(self, items=MappingProxyType(content))

    def without(self, item_id: str) -> Scene:
        """The scene without this item and without everything that needs it."""
        gone = {item_id}
        while more := {item.id for item in self if item.id not in gone and gone.intersection(item.parents)}:
            gone |= more
        return replace(self, items=MappingProxyType({k: v for k, v in self.items.items() if k not in gone}))

    def with_stage(self, **changes: Any) -> Scene:
        return replace(self, stage=replace(self.stage, **changes))


def unique(label: str, taken: Iterable[str]) -> str:
    """`label`, or with the smallest number behind it that makes it different from all in `taken`."""
    taken = set(taken)
    number = 2
    result = label
    while result in taken:
        result = f"{label} {number}"
        number += 1
    return result


def label_of(source: str) -> str:
    """The name to show for a path or a `builtin:NAME`."""
    return source.partition(":")[2] if source.startswith("builtin:") else PurePath(source).stem

"""Which of many shapes are on the stage: a page of them, or some alone. Each is a step, and a line.

stage page=2 page_size=24 order=name        only cat lion
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from geomlearn.app.model.many.order import ORDERS, ordered
from geomlearn.app.model.scene import Scene, Stage
from geomlearn.app.model.texts import Script, script_of, stage_text
from geomlearn.core.errors import ParameterError

SIZES = (6, 12, 24, 48, 96, 200)
USUAL = 24
"""Shapes on a page, where more than so many are opened."""
PAGING = ("page", "page_size", "order")


@dataclass(frozen=True, eq=False)
class Turn:
    """Show a page of the shapes, in an order; `values` are attributes of the stage."""

    values: Mapping[str, Any]

    def apply(self, scene: Scene) -> Scene:
        order = self.values.get("order", "")
        if order not in ORDERS:
            raise ParameterError(f"There is no order {order!r}.", f"Orders: {', '.join(filter(None, ORDERS))}.")
        unknown = set(self.values) - {field.name for field in fields(Stage)}
        if unknown:
            raise ParameterError(f"The stage has no {', '.join(unknown)}.", "")
        for name in ("page", "page_size"):
            given = self.values.get(name, 0)
            if type(given) is not int or given < 0:
                raise ParameterError(f"{name} is a whole number from 0 on, not {given!r}.", "Write: stage page=1.")
        scene = scene.with_stage(**self.values)
        size = scene.stage.page_size
        number = min(max(scene.stage.page, 0), n_pages(scene) - 1)
        shapes = ordered(scene)
        seen = {one.id for one in (shapes[number * size : (number + 1) * size] if size > 0 else shapes)}
        return shown_alone(scene.with_stage(page=number), seen)

    def title(self, scene: Scene) -> str:
        after = self.apply(scene)
        if after.stage.order != scene.stage.order:
            return f"Order {ORDERS[after.stage.order]}"
        return f"Page {after.stage.page + 1} of {n_pages(after)}" if after.stage.page_size else "All on one page"

    def script(self, scene: Scene) -> Script:
        return script_of(scene, stage_text(self.values))

    @property
    def merge_key(self) -> str:
        return "page" if set(self.values) == {"page"} else ""


@dataclass(frozen=True)
class Only:
    """Show these shapes, with what belongs to them, and no others."""

    shape_ids: tuple[str, ...]

    def apply(self, scene: Scene) -> Scene:
        return shown_alone(scene, self.shape_ids)

    def title(self, scene: Scene) -> str:
        return "Show only " + ", ".join(scene[key].label for key in self.shape_ids)

    def script(self, scene: Scene) -> Script:
        return script_of(scene, "only " + " ".join(shlex.quote(scene[key].label) for key in self.shape_ids))

    @property
    def merge_key(self) -> str:
        return ""


def n_pages(scene: Scene) -> int:
    """Pages that all shapes take, at least one."""
    size = scene.stage.page_size
    return max(1, math.ceil(len(scene.shapes) / size)) if size > 0 else 1


def shown_alone(scene: Scene, shape_ids: Collection[str]) -> Scene:
    """The scene in which these shapes and their twins are seen, and no others."""
    changed = []
    for shape in scene.shapes:
        for one in (shape, *scene.twins(shape.id)):
            if one.visible != (shape.id in shape_ids):
                changed.append(one.replace(visible=not one.visible))
    return scene.put(changed)

"""The stage as a line of the console has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from geomlearn.app.model.commands import Command
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.language import parse, split_lines
from geomlearn.app.model.scene import Scene
from geomlearn.app.window.live.content import content_of, values_of
from geomlearn.app.window.live.given import added, replaced, selected, values_on


class Handle:
    """What `gl.show` returns, without a window of its own: the same words do the same things.

    Attributes
    ----------
    scene     everything on the stage.
    commands  what was done to it, in order.
    """

    def __init__(self, scene: Scene, focus: str = "") -> None:
        self.scene = scene
        self.commands: list[Command] = []
        self._focus = focus

    def add(self, what: Any = None, field: Any = None, *, fields: Mapping[str, Any] | None = None) -> Self:
        """Put a shape, several, or a match on the stage; fields on its first shape, or on the one in focus.

        Raises
        ------
        SizeMismatch, MeshError, ParameterError   it cannot be drawn.
        """
        given = {**({} if field is None else {"value": field}), **(fields or {})}
        self._do(added(self._owner(), content_of(what, given)))
        return self

    def __setitem__(self, name: str, values: Any) -> None:
        """Give a field new values, or put a new one of this name on the shape in focus."""
        owner = self._owner()
        self._do(replaced(self.scene, owner, name, values_of(name, values, owner.shape if owner else None)))

    def __getitem__(self, name: str) -> np.ndarray:
        """The values of a field."""
        return values_on(self.scene, name)

    def do(self, line: str) -> Self:
        """Run lines of the command language, as `view --do` does.

        Raises
        ------
        ParameterError   a line cannot be read, or names something that is not there.
        """
        for part in split_lines(line):
            self._do(parse(self.scene, part))
        return self

    @property
    def selection(self) -> np.ndarray:
        """(m,) the vertices of the selection in focus, else of the newest; or none."""
        return selected(self.scene, self._focus)

    def shape(self, name: str = "") -> Any:
        """The shape called so, or the one in focus."""
        item = self.scene.by_label(name) if name else self._owner()
        return item.shape if isinstance(item, ShapeItem) else None

    def __repr__(self) -> str:
        return "\n".join(f"{item.kind:10}{item.label}" for item in self.scene) or "The stage is empty."

    def _owner(self) -> ShapeItem | None:
        item = self.scene.items.get(self._focus)
        if item is not None and not isinstance(item, ShapeItem):
            item = next((self.scene[key] for key in item.parents if key in self.scene), None)
        return item if isinstance(item, ShapeItem) else next(iter(self.scene.shapes), None)

    def _do(self, command: Command) -> None:
        self.scene = command.apply(self.scene)
        self.commands.append(command)

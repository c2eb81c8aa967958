"""The steps of measuring, as commands and as lines of the command language.

measure cat 12 400        probe cat 17 4 230        select cat 0.2 0.7        quality cat
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geomlearn.app.model.commands import Command
from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.items import Item, Layer, ShapeItem
from geomlearn.app.model.measuring.items import ProbesItem
from geomlearn.app.model.measuring.measures import distance_item, element_quality, measure, quality_item
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import Script, script_of
from geomlearn.app.model.view.layers import picture
from geomlearn.core.errors import ParameterError


@dataclass(frozen=True)
class OnShape:
    """A step on one shape."""

    shape_id: str

    def title(self, scene: Scene) -> str:
        raise NotImplementedError

    def line(self) -> str:
        """The words after the name of the shape, the verb before them."""
        raise NotImplementedError

    def script(self, scene: Scene) -> Script:
        verb, _, rest = self.line().partition(" ")
        return script_of(scene, f"{verb} {shlex.quote(scene[self.shape_id].label)} {rest}".rstrip())

    @property
    def merge_key(self) -> str:
        return ""


@dataclass(frozen=True)
class Measure(OnShape):
    """Find the distances between two vertices."""

    start: int
    end: int

    def apply(self, scene: Scene) -> Scene:
        item = scene[self.shape_id]
        return scene.put([distance_item(item, self.start, self.end, measure(item.shape, self.start, self.end))])

    def title(self, scene: Scene) -> str:
        return f"Measure {scene[self.shape_id].label} from {self.start} to {self.end}"

    def line(self) -> str:
        return f"measure {self.start} {self.end}"


@dataclass(frozen=True)
class Probe(OnShape):
    """Read a shape at these vertices and at no others; at none takes the probes away."""

    vertices: tuple[int, ...]

    def apply(self, scene: Scene) -> Scene:
        shape: ShapeItem = scene[self.shape_id]
        outside = [vertex for vertex in self.vertices if not 0 <= vertex < shape.shape.n_vertices]
        if outside:
            n = shape.shape.n_vertices
            raise ParameterError(f"There is no vertex {outside[0]}: {shape.label} has {n}.", "Count from 0.")
        old = next(iter(scene.children(shape.id, ProbesItem)), None)
        if not self.vertices:
            return scene.without(old.id) if old else scene
        item = old or ProbesItem(label=f"{shape.label} · probes", owner=shape.id)
        return scene.put([item.replace(vertices=tuple(dict.fromkeys(self.vertices)))])

    def title(self, scene: Scene) -> str:
        return f"Probe {scene[self.shape_id].label} at {len(self.vertices)}"

    def line(self) -> str:
        return f"probe {' '.join(map(str, self.vertices))}"


@dataclass(frozen=True)
class SelectBetween(OnShape):
    """Select the vertices where what a shape shows lies between two numbers, both included."""

    low: float
    high: float

    def apply(self, scene: Scene) -> Scene:
        shape: ShapeItem = scene[self.shape_id]
        if not self.low <= self.high:
            raise ParameterError(f"Nothing lies between {self.low:g} and {self.high:g}.", "Give the lower one first.")
        shown = picture(scene, shape)
        if shown is None or shown.values.ndim != 1:
            raise ParameterError(f"{shape.label} shows no numbers.", "Colour it with a function first.")
        indices = tuple(np.flatnonzero((shown.values >= self.low) & (shown.values <= self.high)).tolist())
        label = f"{shape.label} · values"
        known = [one for one in scene.children(shape.id, SelectionItem) if one.label == label]
        item = known[0] if known else SelectionItem(label=label, owner=shape.id)
        return scene.put([item.replace(indices=indices)])

    def title(self, scene: Scene) -> str:
        return f"Select {self.low:.4g} to {self.high:.4g} on {scene[self.shape_id].label}"

    def line(self) -> str:
        return f"select {self.low!r} {self.high!r}"

    @property
    def merge_key(self) -> str:
        return f"between {self.shape_id}"


@dataclass(frozen=True)
class Quality(OnShape):
    """Colour a mesh by the worst angle around each vertex."""

    def apply(self, scene: Scene) -> Scene:
        shape = scene[self.shape_id]
        item = quality_item(shape, element_quality(shape.shape))
        return scene.put([item, shape.replace(layer=Layer(source=item.id, isolines=False))])

    def title(self, scene: Scene) -> str:
        return f"Element quality of {scene[self.shape_id].label}"

    def line(self) -> str:
        return "quality"


def _numbers(words: list[str], how: str, n: int | None = None) -> tuple[float, ...]:
    try:
        numbers = tuple(map(float, words))
    except ValueError:
        numbers = ()
    if len(numbers) != (len(words) if n is None else n):
        raise ParameterError("That needs numbers.", f"Write: {how}.")
    return numbers


def _vertices(words: list[str], how: str, n: int | None = None) -> tuple[int, ...]:
    if not all(word.isdecimal() for word in words) or (n is not None and len(words) != n):
        raise ParameterError("That needs vertices, counted from 0.", f"Write: {how}.")
    return tuple(map(int, words))


def _quality(key: str, words: list[str]) -> Quality:
    if words:
        raise ParameterError(f"quality takes no {words[0]!r}.", "Write: quality SHAPE.")
    return Quality(key)


_VERBS: dict[str, Callable[[str, list[str]], Command]] = {
    "measure": lambda key, words: Measure(key, *_vertices(words, "measure SHAPE 12 400", 2)),
    "probe": lambda key, words: Probe(key, _vertices(words, "probe SHAPE 17 4 230")),
    "select": lambda key, words: SelectBetween(key, *_numbers(words, "select SHAPE 0.2 0.7", 2)),
    "quality": _quality,
}
VERBS = tuple(_VERBS)


def parse_measuring(verb: str, item: Item, words: list[str]) -> Command:
    """The command that such a line says.

    Raises
    ------
    ParameterError   the line cannot be read, or names no shape.
    """
    if not isinstance(item, ShapeItem):
        raise ParameterError(f"{item.label} is no shape.", f"Write: {verb} SHAPE ….")
    return _VERBS[verb](item.id, words)

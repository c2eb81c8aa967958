"""Undo and redo: a tree of immutable scenes. Undoing and then doing something else keeps the first branch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from geomlearn.app.model.commands import Command
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import NO_SCRIPT, Script, as_python, as_shell, joined

MERGE_S = 1.5
"""Changes of one kind closer together than this are one step."""
LASTING = ("time",)
"""Kinds of which all in a row are one step, however long the pauses: walking through time changes no result."""


@dataclass(frozen=True, eq=False)
class Node:
    """One state of the window.

    Attributes
    ----------
    number   counts up; the root is 0.  parent   its number, or None for the root.
    title    what led here.  script   the same to copy.
    notes    things done in this state that cannot be undone, such as files written.
    """

    number: int
    parent: int | None
    scene: Scene
    title: str = "Start"
    script: Script = NO_SCRIPT
    merge_key: str = ""
    time_s: float = 0.0
    notes: tuple[tuple[str, Script], ...] = ()


class History:
    """The states so far and which one is shown.

    Parameters
    ----------
    scene        the first state.
    limit_bytes  arrays held in total; beyond it the oldest states that are not on the present path go first, then the
                 oldest of the path itself, never the present one.
    """

    def __init__(self, scene: Scene | None = None, *, limit_bytes: int = 2 << 30, limit_nodes: int = 1000) -> None:
        self.limit_bytes = limit_bytes
        self.limit_nodes = limit_nodes
        self._nodes: dict[int, Node] = {0: Node(0, None, scene or Scene(), time_s=time.monotonic())}
        self._now = 0
        self._next = 1
        self._last_child: dict[int, int] = {}

    @property
    def scene(self) -> Scene:
        return self._nodes[self._now].scene

    @property
    def now(self) -> Node:
        return self._nodes[self._now]

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def do(self, command: Command) -> Scene:
        """Apply a command and make its result the present; what it would raise leaves everything as it was."""
        before = self.now
        scene = command.apply(before.scene)
        now = time.monotonic()
        key = command.merge_key
        leaf = before.number not in self._last_child
        soon = key in LASTING or now - before.time_s < MERGE_S
        if key and key == before.merge_key and soon and leaf and before.parent is not None:
            earlier = self._nodes[before.parent].scene
            merged = replace(
                before, scene=scene, title=command.title(earlier), script=command.script(earlier), time_s=now
            )
            self._nodes[before.number] = merged
            return scene
        node = Node(
            self._next, before.number, scene, command.title(before.scene), command.script(before.scene), key, now
        )
        self._nodes[node.number] = node
        self._last_child[before.number] = node.number
        self._now = node.number
        self._next += 1
        if len(self._nodes) > self.limit_nodes or any(item not in before.scene for item in scene.items):
            self._prune()
        return scene

    def note(self, title: str, script: Script) -> None:
        """Record something that cannot be undone, such as a file written, with the present state."""
        self._nodes[self._now] = replace(self.now, notes=(*self.now.notes, (title, script)))

    @property
    def can_undo(self) -> bool:
        return self.now.parent is not None

    @property
    def can_redo(self) -> bool:
        return self._now in self._last_child

    def undo(self) -> Node | None:
        """Step back; returns the state left, or None at the start."""
        left = self.now
        if left.parent is None:
            return None
        self._last_child[left.parent] = left.number
        self._now = left.parent
        return left

    def redo(self) -> Node | None:
        """Step forward on the branch last left; returns the state reached, or None at its end."""
        if not self.can_redo:
            return None
        self._now = self._last_child[self._now]
        return self.now

    def go(self, number: int) -> None:
        """Make any state of the tree the present; unknown numbers change nothing."""
        if number not in self._nodes:
            return
        child = self._nodes[number]
        while child.parent is not None:
            self._last_child[child.parent] = child.number
            child = self._nodes[child.parent]
        self._now = number

    def path(self) -> list[Node]:
        """The states from the start to the present."""
        node: Node | None = self.now
        result = []
        while node is not None:
            result.append(node)
            node = self._nodes[node.parent] if node.parent is not None else None
        return result[::-1]

    def future(self) -> list[Node]:
        """The states that redo would reach, in order."""
        result = []
        number = self._now
        while number in self._last_child:
            number = self._last_child[number]
            result.append(self._nodes[number])
        return result

    def siblings(self, number: int) -> list[Node]:
        """The other branches that leave where this state was made."""
        parent = self._nodes[number].parent
        return [node for node in self if parent is not None and node.parent == parent and node.number != number]

    def script(self) -> Script:
        """Everything done on the way to the present, to copy."""
        return joined(script for node in self.path() for script in (node.script, *(note for _, note in node.notes)))

    def copied(self, number: int) -> Script:
        """One step to copy: what it was alone, where that can be run alone, else with all that led to it."""
        path: list[Node] = []
        node: Node | None = self._nodes[number]
        while node is not None:
            path.append(node)
            node = self._nodes[node.parent] if node.parent is not None else None
        own = path[0].script
        led = as_python(joined(step.script for step in path[::-1]))
        return Script(own.shell or as_shell(joined(step.script for step in path[::-1])), led)

    def reset(self, scene: Scene, title: str, script: Script = NO_SCRIPT) -> None:
        """Start anew from a scene, as after opening a session that `script` makes."""
        self.__init__(scene, limit_bytes=self.limit_bytes, limit_nodes=self.limit_nodes)  # type: ignore[misc]
        self._nodes[0] = replace(self._nodes[0], title=title, script=script)

    def _prune(self) -> None:
        while len(self._nodes) > 1 and (len(self._nodes) > self.limit_nodes or self._bytes() > self.limit_bytes):
            path = {node.number for node in self.path()}
            parents = {node.parent for node in self}
            leaves = [number for number in self._nodes if number not in path and number not in parents]
            if leaves:
                self._drop(min(leaves))
            elif len(path) > 1:
                self._drop_root()
            else:
                return

    def _drop(self, number: int) -> None:
        node = self._nodes.pop(number)
        if node.parent is not None and self._last_child.get(node.parent) == number:
            del self._last_child[node.parent]

    def _drop_root(self) -> None:
        root, child = self.path()[:2]
        del self._nodes[root.number]
        self._last_child.pop(root.number, None)
        # What is forgotten cannot be undone, but a script still needs it; a command of its own it no longer has.
        told = joined((root.script, *(note for _, note in root.notes), child.script))
        self._nodes[child.number] = replace(child, parent=None, script=Script("", told.python))

    def _bytes(self) -> int:
        seen: dict[int, int] = {}
        for node in self:
            for item in node.scene:
                if id(item) not in seen:
                    seen[id(item)] = 0
                    for array in _arrays(item):
                        seen[id(array)] = array.nbytes
        return sum(seen.values())


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """Every array held by a value, through dataclasses, tuples and mappings."""
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _arrays(getattr(value, f.name))
    elif isinstance(value, tuple):
        if value and isinstance(value[0], (int, float, str)):
            return
        for part in value:
            yield from _arrays(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _arrays(part)

"""More than two shapes: a correspondence through shapes in between."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import numpy as np

from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.scene import Scene

Step = tuple[MatchItem, bool]


def chain_between(scene: Scene, first: str, second: str) -> list[str]:
    """Ids of the shapes on the shortest way over two matches or more, ends included; empty when there is none."""
    neighbours: dict[str, set[str]] = {}
    for match in scene.of(MatchItem):
        for here, there in (match.parents, match.parents[::-1]):
            # The direct match is not a chain.
            if {here, there} != {first, second}:
                neighbours.setdefault(here, set()).add(there)
    before: dict[str, str] = {first: ""}
    waiting = deque([first])
    while waiting and second not in before:
        here = waiting.popleft()
        for there in sorted(neighbours.get(here, ())):
            if there not in before:
                before[there] = here
                waiting.append(there)
    if second not in before:
        return []
    way = [second]
    while before[way[-1]]:
        way.append(before[way[-1]])
    return way[::-1]


def steps(scene: Scene, way: list[str]) -> list[Step]:
    """For each step of the way the newest match between its ends, and whether it is gone forward."""
    found = []
    for here, there in pairwise(way):
        match = [item for item in scene.of(MatchItem) if set(item.parents) == {here, there}][-1]
        found.append((match, match.parents == (here, there)))
    return found


def leg(step: Step) -> tuple[np.ndarray, np.ndarray]:
    """The map in the direction of the step, and the map back."""
    match, forward = step
    return (match.map_ab, match.map_ba) if forward else (match.map_ba, match.map_ab)

"""The ways to a correspondence that the method table knows, and how the desk runs each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.core.methods import METHODS, Method
from geomlearn.core.options import Options
from geomlearn.matching.options import MatchOptions

MATCH = "geomlearn.matching.match:match_shapes"
REFINE = "geomlearn.matching.existing_maps:refine_match"


@dataclass(frozen=True)
class Call:
    """What a worker is asked for: "module:function" with its arguments behind the two shapes."""

    target: str
    args: tuple[Any, ...]
    options: Options | None
    keywords: Mapping[str, Any]


@dataclass(frozen=True)
class Way:
    """One row of the method table as the desk offers it.

    Attributes
    ----------
    first      options shown at once; the others fold away.
    refines    whether it starts from a match that is there.
    landmarks  whether it heeds landmarks.
    call       from (options, match or None, pairs or None) to the call.
    """

    method: Method
    first: tuple[str, ...]
    call: Callable[[Any, MatchItem | None, np.ndarray | None], Call]
    refines: bool = False
    landmarks: bool = True


@cache
def ways() -> dict[str, Way]:
    """By key, every row that leads to a correspondence; what takes two shapes and options needs no word here."""
    rows = {row.key: row for row in METHODS if row.kind in ("matching", "refinement")}
    known = {
        "match": Way(rows["match"], ("method", "k_end"), _from_shapes(MATCH)),
        "diffumatch": Way(rows["diffumatch"], ("steps", "regularizer"), _from_shapes(rows["diffumatch"].target)),
        "functional-map": Way(rows["functional-map"], ("k_solve",), _first_map),
        "zoomout": Way(rows["zoomout"], ("k_end",), _refined, refines=True, landmarks=False),
    }
    others = {key: Way(row, (), _from_shapes(row.target)) for key, row in rows.items() if key not in known}
    return {**known, **others}


def default_options(way: Way) -> Options | None:
    """The options of a way as its authors set them."""
    model = way.method.resolve_options()
    return model() if model is not None else None


def _from_shapes(target: str) -> Callable[[Any, MatchItem | None, np.ndarray | None], Call]:
    def call(options: Any, match: MatchItem | None, pairs: np.ndarray | None) -> Call:
        return Call(target, (), options, {"landmarks": pairs} if pairs is not None else {})

    return call


def _first_map(options: Any, match: MatchItem | None, pairs: np.ndarray | None) -> Call:
    """The functional map alone, with the point map that belongs to it."""
    whole = MatchOptions(**options.model_dump(), method="none")
    return Call(MATCH, (), whole, {"landmarks": pairs} if pairs is not None else {})


def _refined(options: Any, match: MatchItem | None, pairs: np.ndarray | None) -> Call:
    if match is None:
        return Call(REFINE, (), options, {})
    return Call(REFINE, (match.map_ab, match.map_ba), options, {})

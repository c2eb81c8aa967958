"""Flags of `sense place` that say where sensors must, may and may not be, read into constraints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from cyclopts import Group, Parameter

from geomlearn.app.cli.exits import UsageError

if TYPE_CHECKING:
    from geomlearn.sensing.placement.constraints import Constraints
    from geomlearn.shapes.shape import Shape

_GROUP = Group("Demands on the places", sort_key=4)


def _flag(text: str, metavar: str) -> Parameter:
    return Parameter(help=text, metavar=metavar, show_default=False, group=_GROUP, consume_multiple=True)


@dataclass(frozen=True)
class Demands:
    """Where sensors must, may and may not be.

    Attributes
    ----------
    required   vertices, counted from 0.
    forbidden  WHERE: a formula in x, y, z, a polygon "xy: 0,0 1,0 1,1", or a file of numbers on vertices; positive is
               forbidden.
    at_most    N:WHERE, so many sensors at most where a formula or file is positive.
    exactly    N:WHERE likewise.
    cost       a formula or file: what a sensor costs at each vertex.
    """

    required: Annotated[tuple[int, ...], _flag("Vertices that must have a sensor.", "VERTEX")] = ()
    forbidden: Annotated[
        tuple[str, ...],
        _flag("Nothing where this is positive: a formula, a polygon 'xy: 0,0 1,0 1,1', or a file.", "WHERE"),
    ] = ()
    at_most: Annotated[tuple[str, ...], _flag("At most N where this is positive: '3:z > 0.5'.", "N:WHERE")] = ()
    exactly: Annotated[tuple[str, ...], _flag("Exactly N where this is positive.", "N:WHERE")] = ()
    cost: Annotated[str | None, _flag("What a sensor costs at each vertex.", "WHERE")] = None


def constraints(demands: Demands, shape: Shape, distance: float) -> Constraints:
    """The demands on the vertices of a shape."""
    from geomlearn.sensing.placement.constraints import Constraints, Region
    from geomlearn.spectral.geodesics import HeatGeodesics

    forbidden = None
    for where in demands.forbidden:
        inside = on_vertices(where, shape) > 0
        forbidden = inside if forbidden is None else forbidden | inside
    regions = []
    for exactly, given in ((False, demands.at_most), (True, demands.exactly)):
        for text in given:
            count, colon, where = text.partition(":")
            if not (colon and count.strip().isdigit()):
                raise UsageError(f"{text!r} is not N:WHERE.", "Write, for example, '3:z > 0.5' or '3:top.npz:brush'.")
            regions.append(Region(on_vertices(where, shape) > 0, int(count), exactly, f"region {where.strip()}"))
    return Constraints(
        tuple(demands.required),
        forbidden,
        tuple(regions),
        HeatGeodesics(shape).distances_from if distance > 0 else None,
        None if demands.cost is None else on_vertices(demands.cost, shape),
    )


def on_vertices(where: str, shape: Shape) -> np.ndarray:
    """(n,) numbers that a file, or else a formula or a polygon, gives the vertices."""
    from geomlearn.app.cli.files import split_key
    from geomlearn.app.cli.values import read_values
    from geomlearn.app.model.sensing import where as words

    if Path(split_key(where)[0]).expanduser().is_file():
        return read_values(where, shape.n_vertices).values
    return words.on_vertices(where, shape)

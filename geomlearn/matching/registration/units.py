"""The unit of a part in that of the whole: found, not asked for."""

from __future__ import annotations

from copy import copy
from itertools import product

import numpy as np

from geomlearn.matching.doubts import rim_length
from geomlearn.matching.prepared import Prepared

# None of the constants here was tuned: each was set before any pair was tried, by what bodies, limbs and views of them
# are like. The scans of the benchmarks' worlds come in units that lie in this list.
# Metres in a millimetre, centimetre, inch, foot and metre: files hold no unit, and factors between these are met.
UNITS = (1e-3, 1e-2, 0.0254, 0.3048, 1.0)
# Sizes of a part, over those of the whole, that are believed: its area, and the diagonal of its box.
AREAS, BOXES = (0.02, 1.15), (0.15, 1.5)
# Of several factors those are tried first that make the part's box this large.
USUAL = 0.75
# Without a rim this much longer the smaller of two shapes is the part.
OPENER = 1.5


def part_first(a: Prepared, b: Prepared) -> bool:
    """Whether A is the part: the smaller one where units are common, else the one that is more open."""
    part, whole = (a, b) if a.area <= b.area else (b, a)
    if _plausible(part, whole, 1.0):
        return part is a
    open_a, open_b = (rim_length(side.whole) for side in (a, b))
    return open_a > OPENER * open_b or (not (open_b > OPENER * open_a) and part is a)


def likely_factors(part: Prepared, whole: Prepared) -> list[float]:
    """Factors that may bring the part into the unit of the whole, likeliest first.

    One alone where sizes go together as they are; those between common units that make them go together; or else
    the one that makes areas equal, as of two whole shapes.
    """
    if _plausible(part, whole, 1.0):
        return [1.0]
    factors = sorted({round(up / down, 9) for up, down in product(UNITS, UNITS)})
    found = [factor for factor in factors if _plausible(part, whole, factor)]
    found.sort(key=lambda factor: abs(np.log(factor * _box(part) / _box(whole) / USUAL)))
    return found or [float(np.sqrt(whole.area / part.area))]


def rescaled(side: Prepared, factor: float) -> Prepared:
    """The shape in another unit; its basis is at unit area anyway."""
    if factor == 1:
        return side
    moved = copy(side)
    moved.shape = side.shape.replace(vertices=factor * side.shape.vertices)
    moved.area = factor**2 * side.area
    return moved


def _plausible(part: Prepared, whole: Prepared, factor: float) -> bool:
    area, box = factor**2 * part.area / whole.area, factor * _box(part) / _box(whole)
    return AREAS[0] < area < AREAS[1] and BOXES[0] < box < BOXES[1]


def _box(side: Prepared) -> float:
    return float(np.linalg.norm(np.ptp(side.shape.vertices, axis=0)))

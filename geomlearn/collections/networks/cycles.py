"""How far a map is from the ways around it: what a pair alone cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.sampling import farthest_points

Pair = tuple[str, str]
# Vertices of each source at which ways are compared.
N_SAMPLES = 200
# A map so many times as far from the ways around it as the middle one contradicts them, if that is no less than the
# second and no more than the third: 100 × distance / √area.
TIMES, LEAST, MOST = 3.0, 4.0, 10.0
_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Points:
    """Where a shape's vertices are.

    Attributes
    ----------
    vertices (n, 3)   at unit area;  samples  indices of well-spread ones.
    """

    vertices: np.ndarray
    samples: np.ndarray

    @classmethod
    def of(cls, vertices: np.ndarray, area: float) -> Points:
        """From vertices in any units."""
        return cls(vertices / np.sqrt(area), farthest_points(vertices, min(N_SAMPLES, len(vertices))))


def cycle_errors(maps: Mapping[Pair, np.ndarray], points: Mapping[str, Points]) -> dict[Pair, float]:
    """For each map i → j the median over k of its mean distance from the way i → k → j.

    e_ij = median_k mean_x ‖ v_j(T_kj(T_ik(x))) − v_j(T_ij(x)) ‖ · 100 / √area_j                      (equation 1)

    Ways weigh by the trust in both of their maps, which is found in a few rounds: else a wrong map would make the right
    ones around it doubtful. A map in no triangle has no error: nan.

    Parameters
    ----------
    maps   (source, target) → (n_source,) indices on the target.
    """
    names = sorted(points)
    samples = {pair: mapped[points[pair[0]].samples] for pair, mapped in maps.items()}
    ways: dict[Pair, list[tuple[str, float]]] = {}
    for source, target in maps:
        place = points[target].vertices
        direct = place[samples[source, target]]
        ways[source, target] = [
            (k, 100 * float(np.linalg.norm(place[maps[k, target][samples[source, k]]] - direct, axis=1).mean()))
            for k in names
            if (source, k) in maps and (k, target) in maps
        ]
    weights = dict.fromkeys(maps, 1.0)
    errors: dict[Pair, float] = {}
    for _ in range(_ROUNDS):
        errors = {pair: _median(pair, around, weights) for pair, around in ways.items()}
        if all(np.isnan(error) for error in errors.values()):
            break
        weights = trust(errors)
    return errors


def _median(pair: Pair, around: list[tuple[str, float]], weights: Mapping[Pair, float]) -> float:
    if not around:
        return float("nan")
    source, target = pair
    gaps = np.array([gap for _, gap in around])
    trusted = np.array([weights[source, k] * weights[k, target] for k, _ in around]) + 1e-9
    order = np.argsort(gaps)
    share = np.cumsum(trusted[order]) / trusted.sum()
    return float(gaps[order][np.searchsorted(share, 0.5)])


def contradicted(errors: Mapping[Pair, float]) -> list[Pair]:
    """The maps that contradict the ways around them, worst first.

    Raises
    ------
    ParameterError   no three maps form a triangle.
    """
    known = np.array([error for error in errors.values() if np.isfinite(error)])
    if not len(known):
        raise ParameterError("No three maps form a triangle.", "Match more pairs of the collection, best all.")
    limit = min(max(TIMES * float(np.median(known)), LEAST), MOST)
    return sorted((pair for pair, error in errors.items() if error > limit), key=lambda pair: -errors[pair])


def trust(errors: Mapping[Pair, float]) -> dict[Pair, float]:
    """Weights exp(−(e/σ)²) of maps in a network, σ the middle error or half of what is called contradicted."""
    known = [error for error in errors.values() if np.isfinite(error)]
    scale = max(float(np.median(known)), LEAST / 2)
    return {
        pair: float(np.exp(-((error / scale) ** 2))) if np.isfinite(error) else 0.1 for pair, error in errors.items()
    }

"""What makes a code sparse: five penalties C, each with its exact proximal map T.

T(v) is the minimiser of ½(x − v)² + ηλ·C(x), entry by entry, for the step η and the weight λ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError

Value = Callable[[np.ndarray, float], np.ndarray]
Map = Callable[[np.ndarray, float, float], np.ndarray]


@dataclass(frozen=True)
class Penalty:
    """One of the ways to make codes sparse.

    Attributes
    ----------
    key      the word used in options, files and on the command line.
    value    value(x, λ) is λ·C(x), entry by entry; for atoms of unit length.
    prox     prox(v, η, λ), of the shape of v.
    convex   whether C is convex: only then is the minimiser of the whole energy unique in value.
    """

    key: str
    value: Value
    prox: Map
    convex: bool = False


def soft(v: np.ndarray, step: float, weight: float) -> np.ndarray:
    """C = |x|: what is left after taking ηλ from every modulus, a bias of just ηλ (equation 1)."""
    return np.sign(v) * np.maximum(np.abs(v) - step * weight, 0)


def hard(v: np.ndarray, step: float, weight: float) -> np.ndarray:
    """C = 1{x ≠ 0}: v where |v| > √(2ηλ), else 0 (equation 2)."""
    return np.where(np.abs(v) > np.sqrt(2 * step * weight), v, 0)


def half(v: np.ndarray, step: float, weight: float) -> np.ndarray:
    """C = √|x|: the larger root of a cubic above the threshold (54^{1/3}/4)(2ηλ)^{2/3} (equation 3).

    Source   Xu, Chang, Xu & Zhang 2012, L1/2 Regularization: A Thresholding Representation Theory.
    """
    mu = 2 * step * weight
    if mu == 0:
        return v.copy()
    kept = np.abs(v) > 54 ** (1 / 3) / 4 * mu ** (2 / 3)
    large, result = v[kept], np.zeros_like(v)
    # Few entries are large, and cosines are dear.
    angle = np.arccos(np.minimum(mu / 8 * (np.abs(large) / 3) ** -1.5, 1))
    result[kept] = 2 / 3 * large * (1 + np.cos(2 / 3 * (np.pi - angle)))
    return result


def cel0(v: np.ndarray, step: float, weight: float) -> np.ndarray:
    """The continuous exact relaxation of ℓ0 (equation 4), for atoms of unit length.

    Its minimisers over all codes are those of ℓ0, with fewer local ones. For η < 1
    T(v) = sign(v)·min(|v|, max(|v| − √(2λ)η, 0)/(1 − η)); from η = 1 on it is the hard threshold.

    Source   Soubies, Blanc-Féraud & Aubert 2015, A Continuous Exact ℓ0 Penalty.
    """
    if step >= 1:
        return hard(v, step, weight)
    size = np.abs(v)
    return np.sign(v) * np.minimum(size, np.maximum(size - np.sqrt(2 * weight) * step, 0) / (1 - step))


def largest(v: np.ndarray, count: int) -> np.ndarray:
    """Keep the `count` largest moduli of each row (the projection on codes with so many entries)."""
    if count >= v.shape[-1]:
        return v.copy()
    kept = np.argpartition(np.abs(v), -count, axis=-1)[..., -count:]
    result = np.zeros_like(v)
    np.put_along_axis(result, kept, np.take_along_axis(v, kept, -1), -1)
    return result


def _cel0_value(x: np.ndarray, weight: float) -> np.ndarray:
    edge = np.sqrt(2 * weight)
    return weight - np.maximum(edge - np.abs(x), 0) ** 2 / 2


PENALTIES: dict[str, Penalty] = {
    row.key: row
    for row in (
        Penalty("soft", lambda x, weight: weight * np.abs(x), soft, convex=True),
        Penalty("hard", lambda x, weight: weight * (x != 0), hard),
        Penalty("half", lambda x, weight: weight * np.sqrt(np.abs(x)), half),
        Penalty("cel0", _cel0_value, cel0),
        # The weight of top-k is a count, not a price: the energy is that of the data alone.
        Penalty("top-k", lambda x, weight: np.zeros_like(x), lambda v, step, weight: largest(v, int(weight))),
    )
}


def penalty(key: str) -> Penalty:
    """The penalty of that name.

    Raises
    ------
    ParameterError   there is none.
    """
    if key not in PENALTIES:
        raise ParameterError(f"There is no penalty called {key!r}.", f"Use one of {', '.join(PENALTIES)}.")
    return PENALTIES[key]

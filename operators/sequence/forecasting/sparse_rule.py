"""A field's rule from frame to frame: few terms of a library, each taken in only where it foretells better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.forecasting.place import Place

DEGREE = 8
# A term has to lower the error of what it foretells by this share; an error this small needs no more terms.
_EARNED, _EXACT = 0.02, 1e-4
_MOST_TERMS = 6
# A rule is rolled so many times as long as it is judged by, and may grow by so much beyond what was seen.
_LONG, _GROWTH = 4, 2.0
_RIDGE = 1e-9

Term = Callable[["_State"], np.ndarray]


class _State:
    """Coefficients (t, k) with what the terms share: the field, and its slopes."""

    def __init__(self, place: Place, chebyshev: np.ndarray, a: np.ndarray) -> None:
        self.place, self.chebyshev, self.a = place, chebyshev, a
        self.field = a @ place.modes.T
        self._slopes: list[np.ndarray] | None = None

    @property
    def slopes(self) -> list[np.ndarray]:
        if self._slopes is None:
            self._slopes = [(slope @ self.field.T).T for slope in self.place.slopes]
        return self._slopes

    def carried(self, a: np.ndarray) -> np.ndarray:
        """(t, k, d) the slopes along each direction, of coefficients."""
        field = (a @ self.place.modes.T).T
        return np.stack([self.place.project((slope @ field).T) for slope in self.place.slopes], -1)

    def of(self, *fields: np.ndarray) -> np.ndarray:
        """(t, k, c) fields in the modes."""
        return np.stack([self.place.project(field) for field in fields], -1)


# Name, term, and whether the frame before enters too, so that two frames make a step of second order in time.
_TERMS: dict[str, Term] = {
    "own": lambda s: s.a[..., None] * s.chebyshev,
    "1": lambda s: s.of(np.ones_like(s.field)),
    "∂u": lambda s: s.carried(s.a),
    "∂Δu": lambda s: s.carried(-s.a * s.place.evals),
    "u²": lambda s: s.of(s.field**2),
    "u³": lambda s: s.of(s.field**3),
    "u·∂u": lambda s: s.of(*(s.field * slope for slope in s.slopes)),
    "∂u·∂u": lambda s: s.of(np.sum([slope**2 for slope in s.slopes], axis=0)),
    "Δu²": lambda s: -s.of(s.field**2) * s.place.evals[:, None],
}
# Which may be taken in besides "own" of the frame now.
_CHOICES: tuple[tuple[str, ...], ...] = (
    ("own before",),
    ("1",),
    ("∂u",),
    ("∂u", "∂u before"),
    ("∂Δu", "∂Δu before"),
    ("u²", "u² before"),
    ("u³", "u³ before"),
    ("u·∂u", "u·∂u before"),
    ("∂u·∂u", "∂u·∂u before"),
    ("Δu²", "Δu² before"),
)


@dataclass(frozen=True, eq=False)
class SparseRule:
    """a_{t+1} = Σ_j w_j θ_j(a_t) + Σ_j w'_j θ_j(a_{t−1}).

    Attributes
    ----------
    terms    names of the θ; with "before" they see the frame before the last.
    weights  one for each column of the terms.
    """

    place: Place
    terms: tuple[str, ...]
    weights: np.ndarray

    def roll(self, given: np.ndarray, n_frames: int) -> np.ndarray:
        """(n_frames, k) what follows coefficients (t, k), t ≥ 2."""
        chebyshev, most = _chebyshev(self.place), 1e3 * float(np.abs(given).max() or 1.0)
        before, now = given[-2:-1], given[-1:]
        found = []
        for _ in range(n_frames):
            features = _features(self.place, chebyshev, self.terms, before, now)
            before, now = now, (features @ self.weights).clip(-most, most)
            found.append(now[0])
        return np.array(found)


def sparse_rule(given: np.ndarray, place: Place) -> SparseRule:
    """The rule whose terms are taken in one after another, while each foretells the last third better.

    Parameters
    ----------
    given   (t, k) coefficients of the frames, t ≥ 6.

    Raises
    ------
    ParameterError   fewer frames.

    Source   least squares in a library, Brunton, Proctor & Kutz 2016, arXiv 1509.03580.
    Differs  1. groups of terms are chosen forward by what they foretell when rolled, not by thresholds of weights;
             2. the linear part is a polynomial of √λ, so that long steps of diffusion and waves are exact.
    """
    if len(given) < 6:
        raise ParameterError(f"{len(given)} frames show no rule.", "Give six or more.")
    held = max(2, len(given) // 3)
    early, truth = given[:-held], given[-held:]
    chosen: tuple[str, ...] = ("own",)
    least = _judged(early, truth, place, chosen)
    left = list(_CHOICES)
    for _ in range(_MOST_TERMS):
        tried = [(_judged(early, truth, place, _joined(chosen, more)), more) for more in left]
        if not tried or least <= _EXACT:
            break
        error, more = min(tried, key=lambda pair: pair[0])
        if error > (1 - _EARNED) * least:
            break
        chosen, least = _joined(chosen, more), error
        left.remove(more)
    return _fitted(given, place, chosen)


def _joined(chosen: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return chosen + tuple(name for name in more if name not in chosen)


def _judged(early: np.ndarray, truth: np.ndarray, place: Place, terms: tuple[str, ...]) -> float:
    made = _fitted(early, place, terms).roll(early, _LONG * len(truth))
    size = float(np.linalg.norm(truth)) or 1.0
    error = float(np.linalg.norm(made[: len(truth)] - truth)) / size
    seen = float(max(np.linalg.norm(early, axis=1).max(), np.linalg.norm(truth, axis=1).max())) or 1.0
    grown = float(np.linalg.norm(made, axis=1).max()) / seen
    # What grows beyond all that was seen when it is rolled on is no rule, however well it begins.
    return error * max(1.0, grown / _GROWTH) ** 2


def _fitted(given: np.ndarray, place: Place, terms: tuple[str, ...]) -> SparseRule:
    features = _features(place, _chebyshev(place), terms, given[:-2], given[1:-1])
    matrix = features.reshape(-1, features.shape[-1])
    gram, moment = matrix.T @ matrix, matrix.T @ given[2:].ravel()
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    solved = np.linalg.solve(gram / np.outer(scale, scale) + _RIDGE * np.eye(len(gram)), moment / scale)
    return SparseRule(place, terms, solved / scale)


def _features(
    place: Place, chebyshev: np.ndarray, terms: tuple[str, ...], before: np.ndarray, now: np.ndarray
) -> np.ndarray:
    """(t, k, c) the columns of the terms."""
    states = {False: _State(place, chebyshev, now), True: _State(place, chebyshev, before)}
    return np.concatenate(
        [_TERMS[name.removesuffix(" before")](states[name.endswith(" before")]) for name in terms], -1
    )


def _chebyshev(place: Place) -> np.ndarray:
    """(k, DEGREE + 1) polynomials of √λ."""
    reach = np.sqrt(max(float(place.evals.max()), 1e-300))
    degree = min(DEGREE, len(place.evals) - 1)
    return np.polynomial.chebyshev.chebvander(2 * np.sqrt(np.maximum(place.evals, 0.0)) / reach - 1, degree)

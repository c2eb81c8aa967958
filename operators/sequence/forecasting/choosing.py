"""Candidates judged on the past: each is asked at several of its moments, and what went wrong is said."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import GeomError, ParameterError
from geomlearn.operators.sequence.forecasting.candidates import Candidate, Continued
from geomlearn.operators.sequence.forecasting.stabilised import bounds_of, stabilised

# Frames that are left to fit to at the earliest moment, beside all.
_LEAST = 0.5
_SLOW = "took longer than"


@dataclass(frozen=True)
class Verdict:
    """How a candidate did on the past.

    Attributes
    ----------
    name     of the candidate.
    error    mean over the moments of the relative L2 of what it foretold; None where it was dropped.
    share    of what it cannot hold of the last frame, how much is best carried along.
    time_s   of all its fits.
    dropped  why, in a sentence; empty where it was not.
    """

    name: str
    error: float | None
    share: float
    time_s: float
    dropped: str


def moments(n_frames: int, asked: int, origins: int) -> list[tuple[int, int]]:
    """(frames before, frames foretold) of the moments of the past at which the candidates are asked."""
    held = max(1, min(asked, int(n_frames * (1 - _LEAST))))
    earliest = max(int(n_frames * _LEAST), 2)
    starts = np.unique(np.linspace(n_frames - held, earliest, origins).astype(int))
    return [(int(start), min(held, n_frames - int(start))) for start in starts[::-1]]


def judged(
    name: str,
    candidate: Candidate,
    given: np.ndarray,
    places: list[tuple[int, int]],
    growth: float,
    limit: float,
    root: np.ndarray | None = None,
) -> Verdict:
    """The candidate's verdict over these moments of frames (t, n)."""
    start, found = time.perf_counter(), []
    for before, n in places:
        left = limit - (time.perf_counter() - start)
        made = within(candidate, given[:before], n, left) if left > 0 else _SLOW
        if isinstance(made, str):
            made = f"{_SLOW} {limit:g} s" if made.startswith(_SLOW) else made
            return Verdict(name, None, 0.0, time.perf_counter() - start, made)
        found.append(made)
    pairs = [(made, given[before : before + n]) for made, (before, n) in zip(found, places, strict=True)]
    share = _best_share(pairs)
    errors = []
    for (made, truth), (before, _) in zip(pairs, places, strict=True):
        frames, _ = stabilised(made.frames + share * made.rest, bounds_of(given[:before], growth, len(truth), root))
        errors.append(_relative(frames, truth))
    return Verdict(name, float(np.mean(errors)), share, time.perf_counter() - start, "")


def within(candidate: Candidate, given: np.ndarray, n_frames: int, limit: float) -> Continued | str:
    """What the candidate makes, or why it makes nothing.

    One that is too slow is no longer waited for; its thread ends with the fit, whose iterations are bounded.
    """
    found: list[Continued | str] = []

    def compute() -> None:
        try:
            made = candidate(given, n_frames)
            found.append(made if np.isfinite(made.frames).all() else "its forecast is not finite")
        except GeomError as error:
            found.append(f"{error.message} {error.hint}".strip())
        except Exception as error:
            found.append(f"failed: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".strip())

    thread = threading.Thread(target=compute, daemon=True)
    thread.start()
    thread.join(limit)
    return found[0] if found else f"{_SLOW} {limit:.3g} s"


def best_of(verdicts: list[Verdict]) -> Verdict:
    """The one of least error.

    Raises
    ------
    ParameterError   all were dropped.
    """
    told = [verdict for verdict in verdicts if verdict.error is not None]
    if not told:
        raise ParameterError(
            "Nothing can continue this series: " + "; ".join(f"{v.name} {v.dropped}" for v in verdicts), "Give more."
        )
    return min(told, key=lambda verdict: np.inf if verdict.error is None else verdict.error)


def _best_share(pairs: list[tuple[Continued, np.ndarray]]) -> float:
    """Of the rest, the part in [0, 1] that the least squares over all foretold frames ask for."""
    asked = sum(float(((truth - made.frames) @ made.rest).sum()) for made, truth in pairs)
    size = sum(len(truth) * float(made.rest @ made.rest) for made, truth in pairs)
    return float(np.clip(asked / size, 0.0, 1.0)) if size > 0 else 0.0


def _relative(made: np.ndarray, truth: np.ndarray) -> float:
    size = float(np.linalg.norm(truth))
    gap = float(np.linalg.norm(made - truth))
    return gap / size if size else (0.0 if gap == 0 else np.inf)

"""What the evidence meant on pairs whose truth is known: a predicted error, and how likely the map is right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from geomlearn.core.assets import asset
from geomlearn.core.errors import FormatError
from geomlearn.matching.judge.evidence import Evidence
from geomlearn.matching.scores import TORN

CALIBRATED = asset("matching", "judge.json")
Word = Literal["good", "doubtful", "bad"]
# Probabilities of a mean error within 5 from which a map is called good, and below which it is called bad.
GOOD, BAD = 0.9, 0.35


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of a map.

    Attributes
    ----------
    word             good · doubtful · bad; that of a torn map is never good.
    predicted_error  mean error expected, 100 × geodesic distance / √area.
    p_within_5       probability that the mean error is 5 or less.
    sentence         why, and what would help.
    """

    word: Word
    predicted_error: float
    p_within_5: float
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, eq=False)
class Calibration:
    """A linear model of the logarithm of the error in the logarithms of the evidence, and a logistic one on top.

    Attributes
    ----------
    centre, spread (f,), weights (f,), offset   of the linear model;  slope, threshold   of the logistic one;
    lows, highs (f,)  evidence it was fitted on: outside it the nearest is taken.
    """

    centre: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    offset: float
    slope: float
    threshold: float
    lows: np.ndarray
    highs: np.ndarray

    def judged(self, values: np.ndarray) -> tuple[float, float]:
        """Predicted error and probability of an error within 5, for evidence (f,)."""
        known = (np.clip(values, self.lows, self.highs) - self.centre) / self.spread
        log_error = float(known @ self.weights + self.offset)
        p = 1 / (1 + np.exp(self.slope * (log_error - self.threshold)))
        return float(np.exp(log_error)), float(p)


@lru_cache(maxsize=1)
def calibrations() -> dict[str, Calibration]:
    """By what is known: "seen" where the learned features have a say, "unseen" where they do not.

    Raises
    ------
    FormatError   this installation lacks them.
    """
    if not CALIBRATED.is_file():
        raise FormatError("This installation lacks the judge's calibration.", "Install geomlearn again.")
    kept: dict[str, dict[str, Any]] = json.loads(CALIBRATED.read_text())
    return {name: _calibration(one) for name, one in kept.items() if name in ("seen", "unseen")}


def _calibration(kept: dict[str, Any]) -> Calibration:
    given: dict[str, Any] = {key: np.array(v) if isinstance(v, list) else v for key, v in kept.items()}
    return Calibration(**given)


def judged(evidence: Evidence) -> tuple[float, float]:
    """Predicted error and probability of an error within 5."""
    values = evidence.vector()
    if np.isnan(values).any():
        return calibrations()["unseen"].judged(values[~np.isnan(values)])
    return calibrations()["seen"].judged(values)


def verdict_of(evidence: Evidence, tried: tuple[str, ...] = (), *, part: bool = False, energy: float = 1.0) -> Verdict:
    """The verdict on a map and what would help.

    Parameters
    ----------
    tried   methods that were;  part   whether one shape may be a part of the other;  energy   the Dirichlet energy of
            the map over the whole shapes, in those of an isometry.
    """
    error, p = judged(evidence)
    torn = energy >= TORN
    word: Word = "bad" if p < BAD else "doubtful" if p < GOOD or torn else "good"
    reason = "but the map is torn" if torn and p >= GOOD else _reason(evidence, word)
    sentence = f"{word}: the error is expected to be about {error:.1f} (100 × distance / √area), {reason}."
    if word != "good":
        sentence += f" {_help(tried, part)}"
    return Verdict(word, error, p, sentence)


def _reason(evidence: Evidence, word: Word) -> str:
    """The part of the evidence that says most."""
    if word == "good":
        return "neighbours stay neighbours and the two directions agree"
    faults = {
        "the learned features see other places at the images": np.nan_to_num(evidence.disagreement) / 0.4,
        "left and right are exchanged in places": evidence.flips / 0.25,
        "the two directions contradict each other": evidence.round_trip / 0.15,
        "the map is torn": evidence.torn / 1.2,
        "lengths change": evidence.stretch / 0.5,
        "some of the target is no image": evidence.uncovered / 0.2,
    }
    return max(faults, key=lambda name: faults[name])


def _help(tried: tuple[str, ...], part: bool) -> str:
    ways = ["give landmarks (three or more pairs, --landmarks)"]
    if part:
        ways.insert(0, "if one shape is a part of the other use --method registration")
    elif "diffumatch" not in tried:
        ways.append("try --method diffumatch")
    return f"What would help: {'; '.join(ways)}."

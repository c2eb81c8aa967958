"""What the inputs of a training were like, and inputs that are unlike them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.data.samples import AnySamples, ShapeSamples
from geomlearn.operators.models.equivariance import Equivariance

# Beyond the range seen by this share of its width is outside; for a scale, by this share of itself.
_MARGIN = 0.25
# As many distinct values at most make a channel one of levels, such as a medium of two materials.
_LEVELS = 8
_KINDS = ("lowest", "highest", "mean", "spread", "peak", "roughness")
_WORDS = {
    "lowest": "lowest value",
    "highest": "highest value",
    "mean": "mean",
    "spread": "spread about the mean",
    "peak": "largest deviation beside the spread",
    "roughness": "share of fine detail",
}
_SCALES = frozenset({"spread", "peak", "roughness"})
_SIZES = frozenset({"lowest", "highest", "mean", "spread", "levels"})
_TAKEN_CARE_OF: dict[str, frozenset[str]] = {"none": frozenset(), "amplitude": _SIZES, "amplitude-offset": _SIZES}


@dataclass(frozen=True)
class TrainingRange:
    """For each input channel, between what its samples' figures lay.

    Attributes
    ----------
    between  one dictionary for each channel: the lowest and the highest of each figure of `figures`.
    levels   for each channel the few values it ever takes; empty where it takes many.
    centre, spread   typical mean and spread of a sample, over all channels.
    """

    between: tuple[dict[str, tuple[float, float]], ...]
    levels: tuple[tuple[float, ...], ...]
    centre: float
    spread: float

    @classmethod
    def of(cls, samples: AnySamples) -> Self:
        """The range of training samples."""
        told = [figures(samples, index) for index in range(len(samples.inputs))]
        between = tuple(
            {kind: (min(one[c][kind] for one in told), max(one[c][kind] for one in told)) for kind in _KINDS}
            for c in range(samples.n_in)
        )
        levels = tuple(_levels(samples, c) for c in range(samples.n_in))
        means, spreads = zip(*(mean_and_spread(np.asarray(one, np.float64)) for one in samples.inputs), strict=True)
        return cls(between, levels, float(np.mean(means)), float(np.mean(spreads)))

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The range that `to_json` wrote.

        Raises
        ------
        FormatError   it is damaged.
        """
        try:
            between = tuple(
                {kind: (float(one[kind][0]), float(one[kind][1])) for kind in _KINDS} for one in values["between"]
            )
            levels = tuple(tuple(float(level) for level in one) for one in values["levels"])
            numbers = [float(values["centre"]), float(values["spread"])]
            ends = [end for one in between for pair in one.values() for end in pair]
            if len(levels) != len(between) or not np.isfinite(numbers + ends).all():
                raise ValueError("numbers are missing")
            return cls(between, levels, *numbers)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise FormatError(f"The training range of the model is damaged: {error}.", "Train it again.") from error

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def outside(self, samples: AnySamples, kept: Equivariance = "none") -> list[str]:
        """A sentence for each figure of some samples that lies outside the range; none where all is as in training.

        What an equivariance takes care of is not looked at.
        """
        found: dict[str, tuple[int, str]] = {}
        for index in range(len(samples.inputs)):
            for channel, one in enumerate(figures(samples, index)):
                for kind, sentence in self._unlike(channel, one, samples, index):
                    if kind in _TAKEN_CARE_OF[kept]:
                        continue
                    key = f"{channel}{kind}"
                    found[key] = (found.get(key, (0, sentence))[0] + 1, found.get(key, (0, sentence))[1])
        total = len(samples.inputs)
        return [text if total == 1 else f"{count} of {total} inputs: {text}" for count, text in found.values()]

    def _unlike(self, channel: int, one: dict[str, float], samples: AnySamples, index: int) -> list[tuple[str, str]]:
        name = samples.input_names[channel]
        levels = self.levels[channel]
        if levels:
            values = np.unique(np.asarray(samples.inputs[index])[..., channel].astype(np.float64))
            other = values[~np.isclose(values[:, None], levels, rtol=1e-3, atol=1e-6).any(1)]
            told = ", ".join(f"{level:.4g}" for level in levels)
            sentence = f"{name} takes the value {other[0]:.4g}; the training knew only {told}." if len(other) else ""
            return [("levels", sentence)] if sentence else []
        found = []
        for kind in _KINDS:
            low, high = self.between[channel][kind]
            if not _within(one[kind], low, high, kind in _SCALES):
                found.append(
                    (kind, f"the {_WORDS[kind]} of {name} is {one[kind]:.4g}; in training {low:.4g} to {high:.4g}.")
                )
        return found


def figures(samples: AnySamples, index: int) -> list[dict[str, float]]:
    """For each channel of one input its figures; `peak` and `roughness` do not depend on its offset and amplitude."""
    values = np.asarray(samples.inputs[index], np.float64)
    steps = _steps(samples, index, values)
    found = []
    for channel in range(values.shape[-1]):
        one = values[..., channel]
        mean, spread = mean_and_spread(one)
        off = one - mean
        flat = spread <= 1e-6 * max(abs(mean), 1e-30)
        rough = 0.0 if flat or not len(steps) else float((steps[:, channel] ** 2).mean()) / (2 * spread**2)
        peak = 1.0 if flat else float(np.abs(off).max()) / spread
        numbers = (float(one.min()), float(one.max()), mean, spread, peak, rough)
        found.append(dict(zip(_KINDS, numbers, strict=True)))
    return found


def mean_and_spread(values: np.ndarray) -> tuple[float, float]:
    """Mean and deviation over all nodes and channels."""
    return float(values.mean()), float(values.std())


def _steps(samples: AnySamples, index: int, values: np.ndarray) -> np.ndarray:
    """(m, c) differences between neighbours: along the axes of a grid, along edges of a mesh, else none."""
    if isinstance(samples, ShapeSamples):
        faces = samples.shapes[samples.shape_of[index]].faces
        if not len(faces):
            return np.zeros((0, values.shape[-1]))
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        return values[edges[:, 0]] - values[edges[:, 1]]
    if samples.kind != "grid":
        return np.zeros((0, values.shape[-1]))
    parts = [np.diff(values, axis=axis).reshape(-1, values.shape[-1]) for axis in range(values.ndim - 1)]
    return np.concatenate(parts)


def _levels(samples: AnySamples, channel: int) -> tuple[float, ...]:
    seen: set[float] = set()
    for one in samples.inputs:
        seen.update(np.unique(np.asarray(one, np.float64)[..., channel].round(6)).tolist())
        if len(seen) > _LEVELS:
            return ()
    return tuple(sorted(seen))


def _within(value: float, low: float, high: float, is_scale: bool) -> bool:
    if is_scale:
        return low / (1 + _MARGIN) <= value <= high * (1 + _MARGIN)
    room = _MARGIN * (high - low) + 1e-6 * max(abs(low), abs(high))
    return low - room <= value <= high + room

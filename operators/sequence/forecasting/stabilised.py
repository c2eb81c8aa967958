"""A forecast kept within what was seen: past the point where it leaves it, it is led back to the last frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Frames over which a forecast is led back, beside the number of given ones.
_SHARE = 8
_FASTER = 2.0


@dataclass(frozen=True, eq=False)
class Bounds:
    """The sizes that the given frames kept to.

    Attributes
    ----------
    centre  (n,) a constant field, their mean over space and time.
    reach   (t,) how far from it each of the frames to come may be: an energy free of the offset.
    speed   (t,) how long the step to each of them may be.
    last    (n,) the last of them.
    pull    frames over which a forecast beyond them falls back to the last by a factor e.
    """

    centre: np.ndarray
    reach: np.ndarray
    speed: np.ndarray
    last: np.ndarray
    pull: float


def bounds_of(given: np.ndarray, growth: float, n_frames: int, root: np.ndarray | None = None) -> Bounds:
    """What frames (t, n), in coordinates whose squares are energies, allow the next `n_frames`, times `growth`.

    What grew while it was seen may go on growing at that rate, for half as long as it was seen.

    Parameters
    ----------
    root   (n,) what a constant field is in these coordinates, of length 1; without it sizes are measured from zero.
    """
    centre = np.zeros(given.shape[1]) if root is None else root * float(given.mean(axis=0) @ root)
    ahead = np.minimum(np.arange(1, n_frames + 1), len(given) / 2)
    sizes = np.linalg.norm(given - centre, axis=1)
    steps = np.linalg.norm(np.diff(given, axis=0), axis=1)
    reach = growth * float(sizes.max()) * _rate(sizes) ** ahead
    # What steepens moves faster before it grows.
    speed = _FASTER * growth * float(steps.max()) * _rate(steps) ** ahead
    return Bounds(centre, reach, speed, given[-1], max(1.0, len(given) / _SHARE))


def stabilised(made: np.ndarray, bounds: Bounds) -> tuple[np.ndarray, int | None]:
    """The forecast (t, n) until it leaves the bounds, and from there on a way back to the last given frame.

    Returns
    -------
    The frames, and the number of the first beyond the bounds; None where there is none.
    """
    finite = np.isfinite(made).all(axis=1)
    sound = np.where(finite[:, None], made, bounds.last)
    far = np.linalg.norm(sound - bounds.centre, axis=1) > bounds.reach + _rounding(bounds)
    steps = np.diff(np.concatenate([bounds.last[None], sound]), axis=0)
    fast = np.linalg.norm(steps, axis=1) > bounds.speed + _rounding(bounds)
    outside = np.flatnonzero(far | fast | ~finite)
    if not len(outside):
        return sound, None
    first = int(outside[0])
    start = sound[first - 1] if first else bounds.last
    fade = np.exp(-np.arange(1, len(made) - first + 1) / bounds.pull)[:, None]
    back = bounds.last + fade * (start - bounds.last)
    return np.concatenate([sound[:first], back]), first


def _rate(sizes: np.ndarray) -> float:
    """By what factor a frame these grew over their later half; 1 where they did not."""
    half = len(sizes) // 2
    before, now = float(sizes[-1 - half]), float(sizes[-1])
    return (now / before) ** (1 / half) if half and 0 < before < now else 1.0


def _rounding(bounds: Bounds) -> float:
    return 1e-9 * float(np.linalg.norm(bounds.last) + np.linalg.norm(bounds.centre))

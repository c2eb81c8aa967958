"""Trajectories as pairs of functions: some frames given, some asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.operators.data.samples import Samples


def pairs_of_frames(
    values: np.ndarray,
    options: ReadingOptions,
    names: Sequence[str] = (),
    task: str = "",
    also: np.ndarray | None = None,
) -> Samples:
    """Samples of trajectories (N, T, *grid, c): the first frames, and the frame at the end or those that follow.

    Parameters
    ----------
    names   of the c quantities.
    also    (N, *grid, q) what is given beside the frames, a force for example.

    Raises
    ------
    SizeMismatch   there are fewer frames than the options ask for.
    """
    n_frames = values.shape[1]
    given = options.frames_in or 1
    if options.frames_in is None and options.frames_out is None:
        wanted = [n_frames - 1]
    else:
        wanted = list(range(given, given + (options.frames_out or n_frames - given)))
    if n_frames < 2 or not wanted or wanted[-1] >= n_frames or wanted[0] < given:
        asked = f"{given} given and {options.frames_out or 1} asked for"
        raise SizeMismatch(f"Trajectories of {n_frames} frames do not hold {asked}.", "Ask for fewer frames.")
    names = tuple(names) or (("u",) if values.shape[-1] == 1 else tuple(f"u{i}" for i in range(values.shape[-1])))
    inputs = _as_channels(values[:, :given])
    input_names = _named(names, range(given))
    if also is not None:
        inputs = np.concatenate([inputs, also], -1)
        input_names += tuple(f"given {i}" for i in range(also.shape[-1]))
    span = f"frame {wanted[0] + 1}" if len(wanted) == 1 else f"frames {wanted[0] + 1} … {wanted[-1] + 1}"
    start = "the first frame" if given == 1 else f"the first {given} frames"
    return Samples(
        inputs,
        _as_channels(values[:, wanted[0] : wanted[-1] + 1]),
        task=task,
        input_names=input_names,
        target_names=_named(names, wanted),
        metadata={"read": f"{start} of {n_frames} to {span}"},
    )


def _as_channels(frames: np.ndarray) -> np.ndarray:
    moved = np.moveaxis(frames, 1, -2)
    return moved.reshape(*moved.shape[:-2], -1)


def _named(names: Sequence[str], frames: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"{name}({frame})" for frame in frames for name in names)

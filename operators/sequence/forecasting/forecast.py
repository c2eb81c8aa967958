"""A series continued by the candidate that its own past speaks for."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.sequence.forecasting.candidates import candidates
from geomlearn.operators.sequence.forecasting.choosing import Verdict, best_of, judged, moments, within
from geomlearn.operators.sequence.forecasting.options import ForecastOptions
from geomlearn.operators.sequence.forecasting.place import Place, grid_place, shape_place
from geomlearn.operators.sequence.forecasting.stabilised import bounds_of, stabilised
from geomlearn.shapes.shape import Shape

_FEWEST = 5
_DEFAULTS = ForecastOptions()


def forecast_frames(
    given: np.ndarray,
    n_frames: int,
    options: ForecastOptions = _DEFAULTS,
    *,
    place: Place | None = None,
    weights: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """The frames that follow evenly spaced frames.

    Every candidate foretells parts of the past from what was before them; one that fails or takes too long is dropped,
    and its line says why. The chosen one is fitted to all frames. What it cannot hold of the last frame is carried
    along as far as the past asks for it. Where its forecast leaves the size or the speed seen, it is led back to the
    last frame.

    Parameters
    ----------
    given     (t, n) frames.
    place     where the n nodes lie, for the rule; None leaves it out.
    weights   (n,) areas; those of `place`, or all alike, when None.

    Returns
    -------
    (n_frames, n). Its stats hold `method`, `candidates` (the verdicts, best first), `share` of the rest carried,
    `left` (the frame at which it was led back, counted from 1, or None) and `held` (frames foretold at each moment).

    Raises
    ------
    ParameterError   fewer than five frames, values that are not finite, no frames asked for, or a chosen method that
                     cannot be fitted.
    SizeMismatch     weights or a place of another size.

    Use when …   one trajectory is all there is. Avoid when …  the equation is known: solve it.
    """
    given = np.asarray(given, np.float64)
    weights = _checked(given, n_frames, place, weights)
    root = np.sqrt(weights / weights.sum())
    known = given * root
    offered = candidates(place, options)
    if options.method not in ("auto", *offered):
        raise ParameterError("The rule needs one function on a place.", "Choose another method, or give the place.")
    spans = moments(len(known), n_frames, options.origins)
    verdicts = []
    for index, (name, candidate) in enumerate(offered.items()):
        progress(index / (len(offered) + 1), name)
        verdicts.append(judged(name, candidate, known, spans, options.growth, options.time_limit, root))
    verdicts.sort(key=lambda verdict: np.inf if verdict.error is None else verdict.error)
    chosen, made, verdicts = _made(verdicts, offered, known, n_frames, options)
    frames, left = stabilised(made.frames + chosen.share * made.rest, bounds_of(known, options.growth, n_frames, root))
    # Nodes without area are seen by no candidate: they stay as they are.
    values = np.divide(frames, root, out=np.repeat(given[-1:], n_frames, axis=0), where=root > 0)
    progress(1.0, chosen.name)
    stats = {"method": chosen.name, "candidates": [asdict(verdict) for verdict in verdicts], "share": chosen.share}
    stats |= {"left": None if left is None else left + 1, "held": spans[0][1]}
    sentence = f"{n_frames} frames were continued by {chosen.name}."
    if left is not None:
        sentence += f" From frame {left + 1} on it left what was seen and was led back to the last frame."
    return Result(values, Status.CONVERGED, sentence, (), stats)


def forecast_series(
    series: FieldSeries,
    shape: Shape | None,
    n_frames: int,
    options: ForecastOptions = _DEFAULTS,
    *,
    progress: Progress = SILENT,
) -> Result[FieldSeries]:
    """The frames that follow a series of one or more functions on a mesh or a cloud.

    A last frame that is out of step with the others, as `solve` keeps it where the duration ends, is left out.

    Raises
    ------
    ParameterError   as `forecast_frames`; frames that are not evenly spaced.
    SizeMismatch     the shape has another number of vertices.
    """
    if shape is not None and shape.n_vertices != series.n_vertices:
        raise SizeMismatch(
            f"The series has {series.n_vertices} vertices, and {shape.name} {shape.n_vertices}.", "Give its own shape."
        )
    times, values = _evenly_spaced(series)
    flat = values.reshape(len(values), -1)
    place = shape_place(shape, options.modes) if shape is not None else None
    several = values.ndim == 3
    weights = None if place is None else np.repeat(place.weights, values.shape[2] if several else 1)
    found = forecast_frames(
        flat, n_frames, options, place=None if several else place, weights=weights, progress=progress
    )
    gap = (times[-1] - times[0]) / (len(times) - 1)
    after = times[-1] + gap * np.arange(1, n_frames + 1)
    about = {"source": shape.name if shape else "", "method": f"{found.stats['method']} of the series itself"}
    made = FieldSeries(after, found.value.reshape(n_frames, *values.shape[1:]), series.names, about)
    return Result(made, found.status, found.sentence, (), found.stats)


def forecast_grid(
    values: np.ndarray,
    n_frames: int,
    options: ForecastOptions = _DEFAULTS,
    *,
    periodic: bool | None = None,
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """The frames (n_frames, *grid) that follow evenly spaced frames (t, *grid) of one to three axes.

    Parameters
    ----------
    periodic   whether the grid closes on itself; None: where its opposite rims are as alike as neighbours are.

    Raises
    ------
    ParameterError   as `forecast_frames`, or an axis of fewer than four nodes.
    """
    values = np.asarray(values, np.float64)
    if values.ndim < 2:
        raise ParameterError(f"Frames of shape {values.shape} lie on no grid.", "Give (t, *grid).")
    closed = _closes(values) if periodic is None else periodic
    place = grid_place(values.shape[1:], options.modes, periodic=closed)
    found = forecast_frames(values.reshape(len(values), -1), n_frames, options, place=place, progress=progress)
    stats = {**found.stats, "periodic": closed}
    return Result(found.value.reshape(n_frames, *values.shape[1:]), found.status, found.sentence, (), stats)


def _made(verdicts: list[Verdict], offered: dict, known: np.ndarray, n_frames: int, options: ForecastOptions):
    """The chosen candidate, fitted to all frames; with auto the next best where that fails."""
    while True:
        if options.method == "auto":
            chosen = best_of(verdicts)
        else:
            chosen = next(verdict for verdict in verdicts if verdict.name == options.method)
            if chosen.error is None:
                raise ParameterError(f"{chosen.name} cannot continue this series: {chosen.dropped}", "Use auto.")
        made = within(offered[chosen.name], known, n_frames, options.time_limit)
        if not isinstance(made, str):
            return chosen, made, verdicts
        failed = Verdict(chosen.name, None, 0.0, chosen.time_s, made)
        verdicts = [verdict for verdict in verdicts if verdict is not chosen] + [failed]


def _checked(given: np.ndarray, n_frames: int, place: Place | None, weights: np.ndarray | None) -> np.ndarray:
    if n_frames < 1:
        raise ParameterError(f"{n_frames} frames are no forecast.", "Ask for at least one.")
    if given.ndim != 2 or len(given) < _FEWEST:
        raise ParameterError(
            f"{len(given)} frames do not tell how a field goes on.", f"Give at least {_FEWEST} frames (t, n)."
        )
    if not np.isfinite(given).all():
        raise ParameterError("The series holds values that are not finite.", "Cut it off before them.")
    if weights is None:
        weights = np.ones(given.shape[1]) if place is None else place.weights
    if len(weights) != given.shape[1] or (place is not None and place.n != given.shape[1]):
        raise SizeMismatch(f"Frames of {given.shape[1]} nodes meet {len(weights)} weights.", "Give one per node.")
    return weights


def _evenly_spaced(series: FieldSeries) -> tuple[np.ndarray, np.ndarray]:
    times, values = series.times, series.values
    gaps = np.diff(times)
    if len(gaps) > 2 and abs(gaps[-1] - gaps[0]) > 0.01 * gaps[0]:
        times, values, gaps = times[:-1], values[:-1], gaps[:-1]
    if len(gaps) and gaps.max() > 1.01 * gaps.min():
        raise ParameterError(
            "The frames are not evenly spaced in time.",
            "Solve with a duration that is a multiple of the frames' spacing.",
        )
    return times, values


def _closes(values: np.ndarray) -> bool:
    """Whether on every axis the step over the rim is like those inside."""
    for axis in range(1, values.ndim):
        lines = np.moveaxis(values, axis, -1)
        inside = np.abs(np.diff(lines, axis=-1)).mean()
        if np.abs(lines[..., 0] - lines[..., -1]).mean() > 2.0 * inside:
            return False
    return True

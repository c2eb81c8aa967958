"""Loss, validation error and learning rate while a run trains, and those of a second run laid over them."""

from __future__ import annotations

import numpy as np

from geomlearn.app.desks.learn.runs import Run
from geomlearn.app.window.ui.plots import SECOND, key, line, plot, points
from geomlearn.app.window.ui.theme import RGB, mix
from geomlearn.app.window.ui.widgets import Ui


def draw_curves(ui: Ui, run: Run, other: Run | None) -> None:
    """Three plots over the epochs; above them, where they tune themselves, the knobs of the first."""
    pairs = [(run, ui.theme.accent), *([(other, SECOND)] if other is not None else [])]
    if not len(run.record.steps):
        ui.faint("The first steps are being taken." if run.state.is_live else "Nothing is recorded yet.")
        return
    _draw_knobs(ui, run)
    ui.label("Loss in training, log10; a dot where the method changed")
    with plot(ui, "loss", "", "", height=140) as shown:
        for one, color in pairs if shown else ():
            _draw_loss(ui, one, color)
    ui.label("Error on samples kept aside, log10")
    with plot(ui, "error", "", "", height=120) as shown:
        for one, color in pairs if shown else ():
            errors = one.record.errors
            if len(errors):
                line(ui, one.name, errors[:, 0], _log(errors[:, 1]), color, dots=len(errors) < 30)
    rated = [(one, color) for one, color in pairs if np.isfinite(one.record.scales).any()]
    if rated:
        ui.label("Learning rate, or trust radius, log10")
        with plot(ui, "rate", "epoch", "", height=125) as shown:
            for one, color in rated if shown else ():
                line(ui, one.name, one.record.epochs, _log(one.record.scales), color)
    key(ui, *((color, one.name) for one, color in pairs))
    ui.pairs([row for one, _ in pairs for row in _facts(one, len(pairs) > 1)])
    for one, _ in pairs:
        for step, words in one.record.changes:
            ui.faint(f"{one.name}, step {step}: {words}")


def _draw_knobs(ui: Ui, run: Run) -> None:
    """What a self-tuned run did to its knobs, one plot each: their units differ."""
    for name, values in run.record.knobs.items():
        small = name == "weight_decay"
        ui.label(f"{name.replace('_', ' ').capitalize()}, tuned on validation samples{', log10' if small else ''}")
        with plot(ui, name, "", "", height=95) as shown:
            if shown:
                line(ui, name, run.record.epochs, _log(values) if small else values, ui.theme.accent)


def _draw_loss(ui: Ui, run: Run, color: RGB) -> None:
    record = run.record
    values = _log(record.losses)
    line(ui, f"{run.name} each", record.epochs, values, mix(color, ui.theme.panel, 0.6), weight=1.0)
    line(ui, run.name, record.epochs, _smooth(values), color)
    steps = [step for step, _ in record.changes]
    if steps:
        at = np.clip(np.searchsorted(record.steps, steps), 0, len(values) - 1)
        points(ui, f"##changes {run.name}", record.epochs[at], _smooth(values)[at], ui.theme.warn, size=4)


def _facts(run: Run, named: bool) -> list[tuple[str, str]]:
    record = run.record
    if not len(record.steps):
        return []
    front = f"{run.name}: " if named else ""
    best = f"{record.errors[:, 1].min():.4g}" if len(record.errors) else "none yet"
    return [
        (f"{front}steps, time", f"{record.steps[-1]:.0f}, {record.times[-1]:.1f} s"),
        (f"{front}loss, best error", f"{record.losses[-1]:.4g}, {best}"),
    ]


def _log(values: np.ndarray) -> np.ndarray:
    return np.log10(np.maximum(values, 1e-12))


def _smooth(values: np.ndarray) -> np.ndarray:
    """A running mean over a twentieth of the curve, narrower at its ends."""
    half = max(1, len(values) // 40)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    low, high = np.maximum(index - half, 0), np.minimum(index + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)

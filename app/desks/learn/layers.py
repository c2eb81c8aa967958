"""Into the layers: singular values of weights and of steps, distance from isometries, memory of the optimizer."""

from __future__ import annotations

import numpy as np

from geomlearn.app.desks.learn.runs import Run
from geomlearn.app.window.ui.plots import SECOND, key, line, plot, points
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.operators.training.watching.spectra import LayerSpectrum, Spectra


def draw_layers(ui: Ui, run: Run, other: Run | None, chosen: str) -> str:
    """Draw the page and return the name of the layer that is looked into."""
    found = run.record.spectra
    if found is None or not found.layers:
        ui.faint("Nothing was measured yet; it comes with the first steps of a training.")
        return chosen
    beside = other.record.spectra if other is not None else None
    names = [layer.name for layer in found.layers]
    chosen = chosen if chosen in names else max(found.layers, key=lambda layer: len(layer.weight)).name
    labels = [f"{layer.name}  {'×'.join(map(str, layer.shape))}" for layer in found.layers]
    _, chosen = ui.combo("Weight", names, chosen, labels=labels)
    layer = found.layers[names.index(chosen)]
    twin = next((one for one in beside.layers if one.name == chosen), None) if beside is not None else None
    colors = (ui.theme.accent, SECOND)
    pairs = [(run.name, layer, colors[0]), *([(other.name, twin, colors[1])] if twin is not None else [])]
    for what, values in (("of the weight", "weight"), ("of the last step", "update")):
        ui.label(f"Singular values {what}, over the largest")
        with plot(ui, f"spectrum {values}", "", "", height=110, limits=_frame(pairs)) as shown:
            for name, one, color in pairs if shown else ():
                line(ui, name, np.arange(1, len(one.weight) + 1), _scaled(getattr(one, values)), color, dots=True)
    ui.label("Distance of every layer from an isometry (0 is one)")
    _draw_defects(ui, [found, *([beside] if beside is not None else [])], names.index(chosen), colors)
    key(ui, *((color, name) for name, _, color in pairs))
    rows = [row for name, one, _ in pairs for row in _facts(name if len(pairs) > 1 else "", one)]
    pair = [(run, found), *([(other, beside)] if beside is not None else [])]
    ui.pairs([*rows, *(_memory(one.name if len(pair) > 1 else "", spectra) for one, spectra in pair)])
    return chosen


def _draw_defects(ui: Ui, spectra: list[Spectra], marked: int, colors: tuple) -> None:
    highest = max(max(layer.defect for layer in one.layers) for one in spectra)
    count = max(len(one.layers) for one in spectra)
    frame = (0.0, count + 1.0, -0.05 * highest, 1.1 * max(highest, 1e-6))
    with plot(ui, "defects", "layer", "", height=125, limits=frame) as shown:
        if not shown:
            return
        for number, (one, color) in enumerate(zip(spectra, colors, strict=False)):
            defects = np.array([layer.defect for layer in one.layers])
            points(ui, f"##defects {number}", np.arange(1, len(defects) + 1), defects, color, size=3.5)
        at = spectra[0].layers[marked].defect
        points(ui, "##marked", np.array([marked + 1.0]), np.array([at]), ui.theme.text, size=2)


def _facts(name: str, layer: LayerSpectrum) -> list[tuple[str, str]]:
    front = f"{name}: " if name else ""
    return [
        (f"{front}weight, largest and smallest", f"{layer.weight[0]:.3g}, {layer.weight[-1]:.3g}"),
        (f"{front}step, largest and smallest", f"{layer.update[0]:.3g}, {layer.update[-1]:.3g}"),
        (f"{front}from an isometry", f"{layer.defect:.3g}"),
    ]


def _memory(name: str, spectra: Spectra) -> tuple[str, str]:
    state, weights = spectra.state_bytes / 2**20, spectra.parameter_bytes / 2**20
    front = f"{name}: " if name else ""
    return (
        f"{front}optimizer state",
        f"{state:.2f} MB, {state / max(weights, 1e-9):.2f} of the weights' {weights:.2f} MB",
    )


def _frame(pairs: list) -> tuple[float, float, float, float]:
    return (0.5, max(len(one.weight) for _, one, _ in pairs) + 0.5, -0.05, 1.08)


def _scaled(values: np.ndarray) -> np.ndarray:
    return values / max(float(values[0]), 1e-30)

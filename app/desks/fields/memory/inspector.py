"""Poles and transfer functions of HiPPO, S4D and PTD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geomlearn.app.window.application import Application
from geomlearn.app.window.ui import plots
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.operators.sequence.options import PTDOptions

if TYPE_CHECKING:
    from geomlearn.app.desks.fields.memory.page import Memory
    from geomlearn.operators.sequence.systems.curves import TransferCurves

CURVES = "geomlearn.operators.sequence.systems.curves:transfer_curves"
SIZES = (8, 16, 32, 64)


def draw_inspector(app: Application, ui: Ui, memory: Memory) -> None:
    """State size and γ above, what comes of them below."""
    _, size = ui.combo("States", [str(n) for n in SIZES], str(memory.n), tip="Size n of the HiPPO matrix.")
    memory.n = int(size)
    _, memory.gamma = ui.slider_float(
        "Gamma", memory.gamma, 1.0, 100.0, log=True, tip="Higher stays closer to HiPPO, lower conditions better."
    )
    if memory.curves is None:
        reason = "The curves are being computed." if app.busy(CURVES) else ""
        if ui.button("Show poles and gains", "inspect", primary=True, reason=reason, width=-1):
            app.run("fields.inspect")
        return
    if memory.asked != (memory.n, memory.gamma) and not app.busy(CURVES) and not _dragging():
        app.run("fields.inspect")
    curves = memory.curves
    _gains(ui, curves)
    _poles(ui, curves)
    _figures(ui, curves)


def inspect(app: Application, memory: Memory) -> None:
    """Compute the curves for what is chosen now."""
    memory.asked = (memory.n, memory.gamma)

    def arrived(curves: TransferCurves) -> None:
        memory.curves = curves

    options = PTDOptions(n=memory.n, gamma=memory.gamma)
    app.submit(f"Transfer functions, n = {memory.n}", CURVES, options, on_result=arrived)


def _dragging() -> bool:
    from polyscope import imgui

    return imgui.IsMouseDown(0)


def _gains(ui: Ui, curves: TransferCurves) -> None:
    ui.label("Largest gain over frequency")
    omega = np.log10(curves.omega)
    colors = {"S4D": plots.SECOND, "HiPPO": ui.theme.faint, "PTD": ui.theme.accent}
    gains = {name: np.log10(np.maximum(curves.gains[name], 1e-6)) for name in colors}
    low, high = min(gain.min() for gain in gains.values()), max(gain.max() for gain in gains.values())
    limits = (float(omega[0]), float(omega[-1]), float(low) - 0.1, float(high) + 0.2)
    with plots.plot(ui, "gains", "log10 ω", "log10 |G(iω)|", height=200, limits=limits) as shown:
        if shown:
            for name, color in colors.items():
                plots.line(ui, name, omega, gains[name], color, weight=3.0 if name == "HiPPO" else 1.5)
            spikes = np.log10(np.maximum(curves.spikes, curves.omega[0]))
            plots.points(ui, "##spikes", spikes, np.interp(spikes, omega, gains["S4D"]), plots.SECOND)
    plots.key(ui, (plots.SECOND, "S4D, dots at its spikes"), (ui.theme.faint, "HiPPO"), (ui.theme.accent, "PTD"))


def _poles(ui: Ui, curves: TransferCurves) -> None:
    ui.label("Poles")
    everything = np.concatenate(list(curves.poles.values()))
    wide, high = max(-float(everything.real.min()), 1.0), max(float(everything.imag.max()), 1.0)
    limits = (-1.08 * wide, 0.08 * wide, -1.1 * high, 1.1 * high)
    with plots.plot(ui, "poles", "Re λ", "Im λ", height=170, limits=limits) as shown:
        if shown:
            for name, color in (("S4D", plots.SECOND), ("PTD", ui.theme.accent)):
                plots.points(ui, f"{name} poles", curves.poles[name].real, curves.poles[name].imag, color, size=2.5)
    plots.key(ui, (plots.SECOND, "S4D"), (ui.theme.accent, "PTD"))


def _figures(ui: Ui, curves: TransferCurves) -> None:
    found = curves.inspection
    ui.pairs(
        [
            ("conditioning of the eigenvectors", f"{found.conditioning:.3g}"),
            ("size of the perturbation", f"{found.ratio:.3g}"),
            ("PTD's largest gap from HiPPO", f"{found.deviation.worst:.3g}"),
            ("S4D's largest gap from HiPPO", f"{found.deviation_s4d.worst:.3g}"),
            ("S4D rings at ω", f"{found.spike_omega:.4g}"),
        ]
    )

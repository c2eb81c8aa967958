"""Transfer functions over frequency, side by side: what an inspector draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.systems.hippo import hippo_legs, hippo_response
from geomlearn.operators.sequence.systems.ptd import perturb_then_diagonalize
from geomlearn.operators.sequence.systems.transfer import Inspection, all_poles, frequencies, inspect_ptd, normal_modes


@dataclass(frozen=True, eq=False)
class TransferCurves:
    """The largest |G(iω)| over every unit read-out, ‖(iω − A)⁻¹ B‖ for unit B, of three systems.

    Attributes
    ----------
    omega        (w,) ascending, above 0.
    gains        by "HiPPO", "S4D" and "PTD", (w,).
    poles        by "S4D" and "PTD", (n,) complex.
    spikes       (s,) frequencies of S4D's resonances, ascending.
    inspection   the figures of `ssm inspect`.
    """

    omega: np.ndarray
    gains: dict[str, np.ndarray]
    poles: dict[str, np.ndarray]
    spikes: np.ndarray
    inspection: Inspection


def transfer_curves(options: PTDOptions | None = None, progress: Progress = SILENT) -> TransferCurves:
    """The curves for one state size and γ; the perturbation comes from the cache when it was found before."""
    options = options or PTDOptions()
    ptd = perturb_then_diagonalize(options, progress).value
    modes, normal = ptd.modes(), normal_modes(ptd.n)
    b = hippo_legs(ptd.n)[1]
    unit = b / np.linalg.norm(b)
    omega = frequencies(ptd.n, normal.lam, 600)
    omega = omega[omega >= 0.05]
    responses = {
        "HiPPO": hippo_response(ptd.n, omega) / np.linalg.norm(b),
        "S4D": normal.response(unit / 2, omega),
        "PTD": modes.response(unit, omega),
    }
    gains = {name: np.linalg.norm(response, axis=1) for name, response in responses.items()}
    spikes = np.sort(normal.lam.imag[normal.lam.imag > 0])
    poles = {"S4D": all_poles(normal), "PTD": all_poles(modes)}
    return TransferCurves(omega, gains, poles, spikes, inspect_ptd(ptd, options))

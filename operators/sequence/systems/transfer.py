"""How far a diagonal stand-in is from HiPPO-LegS, frequency by frequency, and where it rings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.systems.hippo import diagonalize_normal, hippo_legs, hippo_response
from geomlearn.operators.sequence.systems.modes import Modes, real_modes
from geomlearn.operators.sequence.systems.ptd import PTD, perturb_then_diagonalize


@dataclass(frozen=True)
class Deviation:
    """Largest gap between a system's transfer function and HiPPO's over all frequencies, for unit B.

    Attributes
    ----------
    worst     over every unit read-out C.
    omega     the frequency of the worst gap, in radians per unit of time.
    drawn     over a few random unit read-outs.
    """

    worst: float
    omega: float
    drawn: float


@dataclass(frozen=True, eq=False)
class Inspection:
    """What `geomlearn ssm inspect` prints.

    Attributes
    ----------
    n, gamma, recipe   as asked.
    conditioning  κ₂(V) of the perturbed system.
    ratio         ‖E‖₂ / ‖A‖₂.
    max_real      largest real part before mirroring.
    reflected     how many eigenvalues were mirrored.
    deviation     of the perturbed system from HiPPO.
    deviation_s4d  of the normal part with B/2, which is what S4D starts from.
    spike_omega   S4D's top frequency, where it rings.
    spike_s4d, spike_ptd, spike_hippo  ‖(iω − A)⁻¹ B‖ for unit B at that frequency.
    poles         (n,) eigenvalues the layer uses, both of each pair.
    """

    n: int
    gamma: float
    recipe: str
    conditioning: float
    ratio: float
    max_real: float
    reflected: int
    deviation: Deviation
    deviation_s4d: Deviation
    spike_omega: float
    spike_s4d: float
    spike_ptd: float
    spike_hippo: float
    poles: np.ndarray

    def sentences(self) -> tuple[str, ...]:
        """The same for a person."""
        found: tuple[str, ...] = (
            f"n = {self.n}, γ = {self.gamma:g}, {self.recipe}: κ(V) = {self.conditioning:.3g}, "
            f"‖E‖/‖A‖ = {self.ratio:.3g}, max Re λ = {self.max_real:.3g}.",
            f"Sup deviation from HiPPO for unit B: {self.deviation.worst:.3g} over every unit C "
            f"(S4D: {self.deviation_s4d.worst:.3g}), {self.deviation.drawn:.3g} over random C "
            f"(S4D: {self.deviation_s4d.drawn:.3g}).",
            f"At S4D's top frequency ω = {self.spike_omega:.4g} the state answers with {self.spike_ptd:.3g} "
            f"(HiPPO {self.spike_hippo:.3g}, S4D {self.spike_s4d:.3g}).",
        )
        if self.reflected:
            found += (f"{self.reflected} unstable eigenvalues were mirrored into the left half plane.",)
        return found


def inspect_ssm(options: PTDOptions | None = None, progress: Progress = SILENT, *, cache: bool = True) -> Inspection:
    """Measure a perturb-then-diagonalize system beside HiPPO-LegS and S4D."""
    options = options or PTDOptions()
    ptd = perturb_then_diagonalize(options, progress, cache=cache).value
    return inspect_ptd(ptd, options)


def inspect_ptd(ptd: PTD, options: PTDOptions) -> Inspection:
    """Measure a diagonalization that is at hand; `options` tells where it came from."""
    modes, normal = ptd.modes(), normal_modes(ptd.n)
    _, b = hippo_legs(ptd.n)
    unit_b = b / np.linalg.norm(b)
    spike_omega = float(normal.lam.imag.max())
    at_spike = np.array([spike_omega])
    hippo = hippo_response(ptd.n, at_spike) / np.linalg.norm(b)
    return Inspection(
        n=ptd.n,
        gamma=options.gamma,
        recipe=options.recipe,
        conditioning=ptd.conditioning,
        ratio=ptd.ratio,
        max_real=ptd.max_real,
        reflected=modes.reflected,
        deviation=sup_deviation(modes, unit_b),
        deviation_s4d=sup_deviation(normal, unit_b / 2.0),
        spike_omega=spike_omega,
        spike_s4d=float(np.linalg.norm(normal.response(unit_b / 2.0, at_spike))),
        spike_ptd=float(np.linalg.norm(modes.response(unit_b, at_spike))),
        spike_hippo=float(np.linalg.norm(hippo)),
        poles=all_poles(modes),
    )


def sup_deviation(modes: Modes, b: np.ndarray, *, n_readouts: int = 8, seed: int = 0) -> Deviation:
    """Largest |C (iω − Ã)⁻¹ b − C (iω − A)⁻¹ B| over frequencies, for unit B and unit read-outs C.

    Parameters
    ----------
    b   (n,) input vector of `modes` that stands for a unit B of HiPPO.
    """
    n = len(b)
    omega = frequencies(n, modes.lam)
    _, b_hippo = hippo_legs(n)
    gap = modes.response(b, omega) - hippo_response(n, omega) / np.linalg.norm(b_hippo)
    sizes = np.linalg.norm(gap, axis=1)
    readouts = np.random.default_rng(seed).standard_normal((n_readouts, n))
    readouts /= np.linalg.norm(readouts, axis=1, keepdims=True)
    worst = int(sizes.argmax())
    return Deviation(float(sizes[worst]), float(omega[worst]), float(np.abs(gap @ readouts.T).max()))


def frequencies(n: int, lam: np.ndarray, n_background: int = 2000) -> np.ndarray:
    """Non-negative frequencies that see every resonance: a logarithmic grid, and each pole's neighbourhood."""
    background = np.geomspace(1e-2, 2.0 * n * n + 10.0, n_background)
    offsets = np.linspace(-3.0, 3.0, 13)
    near = np.abs(lam.imag)[:, None] + offsets * np.abs(lam.real)[:, None]
    return np.unique(np.concatenate([[0.0], background, np.abs(near).ravel()]))


def normal_modes(n: int) -> Modes:
    """The modes of HiPPO's normal part."""
    lam, vecs = diagonalize_normal(n)
    return real_modes(lam, vecs, vecs.conj().T)


def all_poles(modes: Modes) -> np.ndarray:
    """Every eigenvalue, the conjugates of the kept ones included."""
    return np.concatenate([modes.lam, modes.lam[modes.weight == 2.0].conj()])

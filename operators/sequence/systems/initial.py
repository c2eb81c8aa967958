"""What each member of the family starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.sequence.options import SSMOptions
from geomlearn.operators.sequence.systems.hippo import diagonalize_normal, hippo_legs, normal_part
from geomlearn.operators.sequence.systems.modes import Modes, real_modes
from geomlearn.operators.sequence.systems.ptd import perturb_then_diagonalize


@dataclass(frozen=True, eq=False)
class InitialSystem:
    """One block of state size n, in the coordinates of its modes.

    Attributes
    ----------
    modes   eigenvalues and eigenvectors.
    b       (n,) input vector in the original coordinates, for layers with one system per channel.
    p       (m,) complex, in mode coordinates: A = diag(lam) − P Pᴴ; None for diagonal systems.
    has_coordinates   false where the modes were chosen directly and no matrix stands behind them (S4D-Lin, S4D-Inv).
    """

    modes: Modes
    b: np.ndarray
    p: np.ndarray | None = None
    has_coordinates: bool = True


def initial_system(options: SSMOptions, progress: Progress = SILENT) -> InitialSystem:
    """The (Λ, B) and coordinates that `options.init` names.

    Differs  S4D-LegS is not clipped at the released code's `B_clip` of 2.0, and takes B/2: with the rank-one part
             dropped, only the halved input tends to HiPPO as n grows.
    """
    if options.init in ("s4d-lin", "s4d-inv"):
        return _chosen_modes(options.init, options.n)
    _, b = hippo_legs(options.n)
    if options.init in ("s4-ptd", "s5-ptd"):
        return InitialSystem(perturb_then_diagonalize(options.ptd, progress).value.modes(), b)
    lam, vecs = diagonalize_normal(options.n)
    modes = real_modes(lam, vecs, vecs.conj().T)
    if options.init == "s4":
        return InitialSystem(modes, b, p=modes.vecs_inv @ normal_part(options.n)[1])
    return InitialSystem(modes, b / 2.0)


def _chosen_modes(init: str, n: int) -> InitialSystem:
    """S4D-Lin: −1/2 + iπk. S4D-Inv: −1/2 + i (n/π) (n/(2k+1) − 1). k = 0 … ⌈n/2⌉ − 1, B = 1."""
    n_pairs = (n + 1) // 2
    k = np.arange(n_pairs)
    frequency = np.pi * k if init == "s4d-lin" else n / np.pi * (n / (2 * k + 1) - 1)
    identity = np.eye(n_pairs, dtype=complex)
    modes = Modes(-0.5 + 1j * frequency, identity, identity, np.full(n_pairs, 2.0))
    return InitialSystem(modes, np.ones(n_pairs), has_coordinates=False)

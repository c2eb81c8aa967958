"""Eigenmodes of a real system, one kept of each conjugate pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Eigenvalues are held at least this far left of the imaginary axis.
STABLE_MARGIN = 1e-4


@dataclass(frozen=True, eq=False)
class Modes:
    """The system x' = A x + B u, y = C x as z' = diag(lam) z + (vecs_inv B) u, y = Re Σ weight (C vecs) z.

    Attributes
    ----------
    lam       (m,) complex, Re < 0.
    vecs      (n, m) complex eigenvectors that are kept.
    vecs_inv  (m, n) complex, the same rows of the inverse; not the conjugate transpose unless A is normal.
    weight    (m,) 2 for a mode that stands for a conjugate pair, 1 for one that stands alone.
    reflected  how many unstable eigenvalues were mirrored to the left half plane.
    """

    lam: np.ndarray
    vecs: np.ndarray
    vecs_inv: np.ndarray
    weight: np.ndarray
    reflected: int = 0

    def response(self, b: np.ndarray, omega: np.ndarray) -> np.ndarray:
        """(iω − A)⁻¹ b in the original coordinates at frequencies (w,), shape (w, n), complex.

        The conjugate of a pair is seen by the real output as much as the mode itself, so both are summed.
        """
        z = self.vecs_inv @ b
        s = 1j * np.asarray(omega, dtype=float)[:, None]
        half = self.weight / 2.0
        return (half * z / (s - self.lam)) @ self.vecs.T + (
            half * z.conj() / (s - self.lam.conj())
        ) @ self.vecs.conj().T


def real_modes(lam: np.ndarray, vecs: np.ndarray, vecs_inv: np.ndarray, *, closed: bool = True) -> Modes:
    """Modes from a full diagonalization (n,), (n, n), (n, n).

    Parameters
    ----------
    closed   the matrix was real, so one of each conjugate pair is kept; otherwise all n are, each with weight 1.

    Unstable eigenvalues are mirrored, Re λ := −|Re λ|, as the authors do, and held 1e-4 left of the axis.
    """
    keep = lam.imag >= 0 if closed else np.ones(len(lam), dtype=bool)
    weight = np.where(lam.imag[keep] > 0, 2.0, 1.0) if closed else np.ones(len(lam))
    kept = lam[keep]
    stable = -np.maximum(np.abs(kept.real), STABLE_MARGIN) + 1j * kept.imag
    reflected = int(np.sum(weight[kept.real > -STABLE_MARGIN]))
    return Modes(stable, vecs[:, keep], vecs_inv[keep], weight, reflected)

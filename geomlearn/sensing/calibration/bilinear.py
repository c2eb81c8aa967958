"""The bilinear equations y_l = D A_l x_l made linear: diag(y_l) s = A_l x_l with s = 1/d."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.calibration.options import Model


class Bilinear:
    """Readings of sensors with unknown gains, and the operators behind them.

    Parameters
    ----------
    readings   Y (p, m), p snapshots of m sensors; a NaN is a reading that is missing.
    operators  A (m, n) for snapshots; (p, m, n) for repeated and diverse measurements.
    model      snapshots: y_l = D A x_l; repeated: y_l = D A_l x; diverse: y_l = D A_l x_l.

    Raises
    ------
    SizeMismatch     sizes do not fit.
    ParameterError   an operator holds NaN.
    """

    def __init__(self, readings: np.ndarray, operators: np.ndarray, model: Model) -> None:
        expected = 2 if model == "snapshots" else 3
        if readings.ndim != 2 or operators.ndim != expected or operators.shape[-2] != readings.shape[1]:
            raise SizeMismatch(
                f"Readings {readings.shape} and operators {operators.shape} do not fit the model {model}.",
                "Give readings (p, m), and operators (m, n) for snapshots or (p, m, n) else.",
            )
        if model != "snapshots" and len(operators) != len(readings):
            raise SizeMismatch(f"{len(readings)} readings and {len(operators)} operators.", "Give as many of each.")
        if not np.isfinite(operators).all():
            raise ParameterError("An operator holds a value that is not finite.", "Leave that measurement out.")
        missing = ~np.isfinite(readings)
        self.model = model
        self.n_equations = int((~missing).sum())
        self.readings = np.where(missing, 0, readings)
        self.operators = operators
        if missing.any():
            # A missing reading becomes the equation 0 = 0.
            self.operators = np.where(missing[:, :, None], 0, operators)
        self.p, self.m = readings.shape
        self.n = operators.shape[-1]

    @property
    def n_unknowns(self) -> int:
        """m + n for one field, m + p n for a field a snapshot."""
        return self.m + (self.n if self.model == "repeated" else self.p * self.n)

    @cached_property
    def _frames(self) -> np.ndarray:
        """Orthonormal columns that span what the fields explain: (pm, n), (m, n) or (p, m, n)."""
        flat = self.operators.reshape(-1, self.n) if self.model == "repeated" else self.operators
        frames, triangles = np.linalg.qr(flat)
        corners = np.abs(np.diagonal(triangles, axis1=-2, axis2=-1))
        if (corners.min(axis=-1) <= 1e-12 * corners.max(axis=-1)).any():
            raise ParameterError(
                f"The sensors cannot tell {self.n} modes apart, even with known gains.", "Ask for fewer modes."
            )
        return frames

    def rest(self, blocks: np.ndarray) -> np.ndarray:
        """What no field explains of calibrated readings (p, m) or (p, m, c): (I − P) z."""
        if self.model == "repeated":
            flat = blocks.reshape(self.p * self.m, -1)
            return (flat - self._frames @ (self._frames.conj().T @ flat)).reshape(blocks.shape)
        vectors = blocks if blocks.ndim == 3 else blocks[..., None]
        frames = self._frames if self._frames.ndim == 3 else self._frames[None]
        if blocks.ndim == 2 and len(frames) == 1:
            return blocks - (blocks @ frames[0].conj()) @ frames[0].T
        inner = np.matmul(frames.conj().transpose(0, 2, 1), vectors)
        return (vectors - np.matmul(frames, inner)).reshape(blocks.shape)

    def apply(self, s: np.ndarray) -> np.ndarray:
        """S s (m,), S = Σ_l diag(ȳ_l) (I − P_l) diag(y_l), never formed."""
        return np.einsum("lm,lm->m", self.readings.conj(), self.rest(self.readings * s))

    def reduced_map(self) -> np.ndarray:
        """F (pm, m) with S = F*F: the equations once the fields are eliminated."""
        blocks = np.zeros((self.p, self.m, self.m), np.result_type(self.readings, self.operators))
        diagonal = np.arange(self.m)
        blocks[:, diagonal, diagonal] = self.readings
        return self.rest(blocks).reshape(-1, self.m)

    def linear_map(self) -> np.ndarray:
        """𝒜₀ (pm, m + n) or (pm, m + pn), with 𝒜₀ [1/d; x] = 0."""
        p, m, n = self.p, self.m, self.n
        whole = np.zeros((p, m, self.n_unknowns), np.result_type(self.readings, self.operators))
        diagonal = np.arange(m)
        whole[:, diagonal, diagonal] = self.readings
        operators = np.broadcast_to(self.operators, (p, m, n))
        for block in range(p):
            first = m if self.model == "repeated" else m + block * n
            whole[block, :, first : first + n] = -operators[block]
        return whole.reshape(p * m, -1)

    def fields(self, s: np.ndarray) -> np.ndarray:
        """Coefficients x, (n,) or (p, n), that explain the readings calibrated by s best."""
        target = self.readings * s
        if self.model == "repeated":
            return np.linalg.lstsq(self.operators.reshape(-1, self.n), target.ravel(), rcond=None)[0]
        if self.operators.ndim == 2:
            return np.linalg.lstsq(self.operators, target.T, rcond=None)[0].T
        return np.stack([np.linalg.lstsq(a, y, rcond=None)[0] for a, y in zip(self.operators, target, strict=True)])

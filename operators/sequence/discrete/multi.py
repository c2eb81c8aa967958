"""S5 family, discretised: one diagonal system that all channels drive and read."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from geomlearn.operators.sequence.discrete.scan import diagonal_scan, powers


@dataclass(frozen=True, eq=False)
class MultiChannelSystem:
    """x_t = lam_bar x_{t−1} + b_bar u_t, y_t = Re c x_t.

    Attributes
    ----------
    lam_bar  (m,) complex.
    b_bar    (m, H) complex.
    c        (1 or 2, H, m) complex, the weight of each mode included; a second row reads the sequence backwards.
    """

    lam_bar: torch.Tensor
    b_bar: torch.Tensor
    c: torch.Tensor

    def zero_state(self, n_batch: int) -> torch.Tensor:
        """(B, m) complex."""
        return self.lam_bar.new_zeros(n_batch, len(self.lam_bar))

    def convolve(self, u: torch.Tensor) -> torch.Tensor:
        """Outputs (B, L, H) of a whole sequence (B, L, H) from rest; the convolution is one FFT per mode."""
        driven = self._drive(u.transpose(0, 1))
        length = len(driven)
        response = torch.fft.fft(powers(self.lam_bar, length), 2 * length, dim=0)[:, None]
        y = self._read(torch.fft.ifft(torch.fft.fft(driven, 2 * length, dim=0) * response, dim=0)[:length], 0)
        if len(self.c) == 2:
            turned = torch.fft.fft(driven.flip(0), 2 * length, dim=0)
            y = y + self._read(torch.fft.ifft(turned * response, dim=0)[:length].flip(0), 1)
        return y.transpose(0, 1)

    def scan(
        self, u: torch.Tensor, state: torch.Tensor | None = None, last: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs (B, L, H) and the state (B, m) after step `last` (B,) of each sequence, by the recurrence."""
        driven = self._drive(u.transpose(0, 1))
        states = diagonal_scan(self.lam_bar, driven, state)
        y = self._read(states, 0)
        if len(self.c) == 2:
            y = y + self._read(diagonal_scan(self.lam_bar, driven, reverse=True), 1)
        end = states[-1] if last is None else states[last, torch.arange(len(u), device=u.device)]
        return y.transpose(0, 1), end

    def step(self, u: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Output (B, H) and new state for one input (B, H)."""
        state = torch.addcmul(self._drive(u), self.lam_bar, state)
        return self._read(state, 0), state

    def _drive(self, u: torch.Tensor) -> torch.Tensor:
        """b_bar u as one real product: real and imaginary parts side by side."""
        stacked = torch.view_as_real(self.b_bar).transpose(1, 2).flatten(0, 1)
        return torch.view_as_complex((u @ stacked.T).unflatten(-1, (-1, 2)))

    def _read(self, states: torch.Tensor, direction: int) -> torch.Tensor:
        """Re c x as one real product, since only the real part is wanted."""
        stacked = torch.view_as_real(self.c[direction].conj().resolve_conj()).flatten(1)
        return torch.view_as_real(states).flatten(-2) @ stacked.T

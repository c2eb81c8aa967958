"""S4 family, discretised: one small diagonal system for each channel."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from geomlearn.operators.sequence.discrete.convolution import (
    causal_convolution,
    impulse_response,
    two_sided_convolution,
)
from geomlearn.operators.sequence.discrete.scan import diagonal_scan


@dataclass(frozen=True, eq=False)
class SingleChannelSystems:
    """x_t = lam_bar x_{t−1} + b_bar u_t, y_t = Re Σ_m c x_t for every channel by itself.

    Attributes
    ----------
    lam_bar, b_bar  (H, m) complex.
    c       (1 or 2, H, m) complex, the weight of each mode included; a second row reads the sequence backwards.
    """

    lam_bar: torch.Tensor
    b_bar: torch.Tensor
    c: torch.Tensor

    def zero_state(self, n_batch: int) -> torch.Tensor:
        """(B, H, m) complex."""
        return self.b_bar.new_zeros(n_batch, *self.b_bar.shape)

    def convolve(self, u: torch.Tensor) -> torch.Tensor:
        """Outputs (B, L, H) of a whole sequence (B, L, H) from rest, by FFT with the impulse responses."""
        u = u.transpose(1, 2)
        kernels = impulse_response(self.c * self.b_bar, self.lam_bar[None], u.shape[-1])
        y = causal_convolution(u, kernels[0]) if len(kernels) == 1 else two_sided_convolution(u, *kernels)
        return y.transpose(1, 2)

    def scan(
        self, u: torch.Tensor, state: torch.Tensor | None = None, last: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs (B, L, H) and the state (B, H, m) after step `last` (B,) of each sequence, by the recurrence."""
        n_batch, _, width = u.shape
        driven = (u.transpose(0, 1)[..., None] * self.b_bar).flatten(2)
        lam_bar = self.lam_bar.flatten()
        states = diagonal_scan(lam_bar, driven, None if state is None else state.flatten(1))
        y = self._read(states, 0)
        if len(self.c) == 2:
            later = diagonal_scan(lam_bar, driven, reverse=True)[1:]
            y = y + torch.cat([self._read(later, 1), y.new_zeros(1, n_batch, width)])
        end = states[-1] if last is None else states[last, torch.arange(n_batch, device=u.device)]
        return y.transpose(0, 1), end.view(n_batch, width, -1)

    def step(self, u: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Output (B, H) and new state for one input (B, H)."""
        state = torch.addcmul(self.b_bar * u[..., None], self.lam_bar, state)
        return (self.c[0] * state).sum(-1).real, state

    def _read(self, states: torch.Tensor, direction: int) -> torch.Tensor:
        states = states.unflatten(2, self.b_bar.shape)
        return torch.einsum("lbhm,hm->lbh", states, self.c[direction]).real

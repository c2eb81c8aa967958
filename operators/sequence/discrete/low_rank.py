"""S4, discretised: one diagonal-plus-low-rank system for each channel, by the bilinear rule."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.checkpoint import checkpoint

from geomlearn.operators.sequence.discrete.convolution import causal_convolution, two_sided_convolution

# The generating function is sampled on a circle that damps what lies one FFT length beyond by this factor.
ALIASING = 1e-11
# Numbers in the resolvents of the channels that are computed together: 32 MB of them.
BLOCK = 2**21


@dataclass(frozen=True, eq=False)
class LowRankSystems:
    """The bilinear step of x' = lam x − p s(x) + b u with s(x) = Re Σ_m weight p̄ x, read by y = Re Σ_m c x.

    The rank-one part couples a mode to the conjugates of the others too, of which only the real s is needed.

    Attributes
    ----------
    lam, p, b  (m,) complex, shared by the channels.
    weight  (m,) real, 2 for a conjugate pair.
    c       (1 or 2, H, m) complex, the weight of each mode included.
    dt      (H,) real.

    Differs  from S4's kernel: sampling a damped response replaces the correction C (I − Ā^L), so that no matrix power
             is formed and any length can be asked for; double precision pays for undoing the damping.
    """

    lam: torch.Tensor
    p: torch.Tensor
    b: torch.Tensor
    weight: torch.Tensor
    c: torch.Tensor
    dt: torch.Tensor

    def zero_state(self, n_batch: int) -> torch.Tensor:
        """(B, H, m) complex."""
        return self.c.new_zeros(n_batch, *self.c.shape[1:])

    def kernels(self, length: int) -> torch.Tensor:
        """Impulse responses (1 or 2, H, length) by Cauchy products and the Woodbury identity."""
        size = 2 * length
        radius = ALIASING ** (-1.0 / size)
        turn = torch.arange(size // 2 + 1, device=self.dt.device, dtype=torch.float64) * (2.0 * torch.pi / size)
        z = torch.polar(torch.full_like(turn, 1.0 / radius), -turn)
        lam, p, b, c = (value.to(torch.complex128) for value in (self.lam, self.p, self.b, self.c))
        feedback = self.weight * p.conj()
        shared, rate = torch.stack([feedback * b, feedback * p]), 2.0 / self.dt.double()
        block = max(1, BLOCK // (len(lam) * len(z)))
        parts = []
        for at in range(0, len(rate), block):
            own = torch.cat([c[:, at : at + block] * b, c[:, at : at + block] * p])
            given = (lam, own, shared, rate[at : at + block], z)
            # Computed anew for the gradient: the resolvents of all channels at once would take gigabytes.
            several = block < len(rate) and torch.is_grad_enabled()
            parts.append(checkpoint(_response, *given, use_reentrant=False) if several else _response(*given))
        damped = torch.fft.irfft(torch.cat(parts, 1), size)[..., :length]
        undamped = damped * radius ** torch.arange(length, device=self.dt.device, dtype=torch.float64)
        return undamped.to(self.dt.dtype)

    def convolve(self, u: torch.Tensor) -> torch.Tensor:
        """Outputs (B, L, H) of a whole sequence (B, L, H) from rest, by FFT with the impulse responses."""
        u = u.transpose(1, 2)
        kernels = self.kernels(u.shape[-1])
        y = causal_convolution(u, kernels[0]) if len(kernels) == 1 else two_sided_convolution(u, *kernels)
        return y.transpose(1, 2)

    def scan(
        self, u: torch.Tensor, state: torch.Tensor | None = None, last: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs (B, L, H) and the state (B, H, m) after step `last` (B,), step by step: slow, for streams only."""
        n_batch, _, width = u.shape
        states = self._states(u, self.zero_state(n_batch) if state is None else state)
        y = torch.einsum("lbhm,hm->lbh", states, self.c[0]).real
        if len(self.c) == 2:
            later = self._states(u.flip(1), self.zero_state(n_batch)).flip(0)[1:]
            read = torch.einsum("lbhm,hm->lbh", later, self.c[1]).real
            y = y + torch.cat([read, y.new_zeros(1, n_batch, width)])
        end = states[-1] if last is None else states[last, torch.arange(n_batch, device=u.device)]
        return y.transpose(0, 1), end

    def step(self, u: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Output (B, H) and new state for one input (B, H), in O(m) per channel."""
        state = self._advance(u, state, *self._halves())
        return (self.c[0] * state).sum(-1).real, state

    def _states(self, u: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        halves, states = self._halves(), []
        for value in u.unbind(1):
            state = self._advance(value, state, *halves)
            states.append(state)
        return torch.stack(states)

    def _halves(self) -> tuple[torch.Tensor, ...]:
        half = self.dt[:, None] / 2.0
        inverse = 1.0 / (1.0 - half * self.lam)
        feedback = self.weight * self.p.conj()
        scale = half / (1.0 + half * (feedback * inverse * self.p).sum(-1, keepdim=True).real)
        return half, inverse, feedback, scale

    def _advance(
        self,
        u: torch.Tensor,
        state: torch.Tensor,
        half: torch.Tensor,
        inverse: torch.Tensor,
        feedback: torch.Tensor,
        scale: torch.Tensor,
    ) -> torch.Tensor:
        """(I − dt/2 A) x₊ = (I + dt/2 A) x + dt b u, the left side inverted by Woodbury."""
        echo = (feedback * state).sum(-1, keepdim=True).real
        right = state + half * (self.lam * state - self.p * echo) + 2.0 * half * self.b * u[..., None]
        free = inverse * right
        return free - inverse * self.p * (scale * (feedback * free).sum(-1, keepdim=True).real)


def _response(
    lam: torch.Tensor, own: torch.Tensor, shared: torch.Tensor, rate: torch.Tensor, z: torch.Tensor
) -> torch.Tensor:
    """The generating function (1 or 2, h, k) of h channels at the points z (k,).

    Parameters
    ----------
    own (2 or 4, h, m)   c b, then c p, by direction;  shared (2, m): feedback b and feedback p;  rate (h,): 2/dt.

    A mode and its conjugate together are (v/(g − λ) + v̄/(g − λ̄))/2 = (Re v · g − Re v λ̄)/((g − λ)(g − λ̄)): one
    denominator for both, and coefficients that are real, so that all sums over modes are one real product.
    """
    g = rate[:, None] * ((1.0 - z) / (1.0 + z))
    pairs = 1.0 / ((g[:, None] - lam[:, None]) * (g[:, None] - lam.conj()[:, None]))
    rows = torch.cat([own, shared[:, None].expand(2, len(rate), -1)]).movedim(0, 1)
    coefficients = torch.cat([rows.real, (rows * lam.conj()).real], 1)
    summed = (coefficients @ torch.view_as_real(pairs).flatten(-2)).unflatten(-1, (-1, 2))
    slopes, offsets = torch.view_as_complex(summed).chunk(2, 1)
    cauchy = (slopes * g[:, None] - offsets).movedim(1, 0)
    n = len(own) // 2
    corrected = cauchy[:n] - cauchy[n : 2 * n] * (cauchy[-2] / (1.0 + cauchy[-1]))
    return 2.0 / (1.0 + z) * corrected

"""The state-space layer: one module for the whole family, differing in its initial (Λ, B, C)."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.sequence.checks import check_positive, check_sequence, check_state, check_step, valid_steps
from geomlearn.operators.sequence.discrete.discretize import discretize
from geomlearn.operators.sequence.discrete.low_rank import LowRankSystems
from geomlearn.operators.sequence.discrete.multi import MultiChannelSystem
from geomlearn.operators.sequence.discrete.single import SingleChannelSystems
from geomlearn.operators.sequence.options import SSMOptions
from geomlearn.operators.sequence.systems.initial import InitialSystem, initial_system

DiscreteSystem = SingleChannelSystems | MultiChannelSystem | LowRankSystems


class SSMLayer(nn.Module):
    """A linear state-space model from (B, L, H) to (B, L, H), with a skip D u for each channel.

    Parameters
    ----------
    width    H, the number of channels.
    options  which member of the family, and its sizes.
    start    the system to start from instead of the one `options.init` names, as found for another layer or made
             by hand, of the same family.
    seed     of C, of the S5 family's B, and of the time steps; the same seed gives the same C in the coordinates of
             HiPPO to S4, S4D-LegS and S4-PTD, and likewise to S5 and S5-PTD.

    Use when   long sequences are to be mixed along time in O(L log L), trained whole, and run step by step later.
    Avoid when what to remember depends on the content: the dynamics do not.
    Source   S4 2111.00396, S4D 2206.11893, S5 2208.04933, S4-PTD and S5-PTD 2310.01698.
    Differs  1. Re λ = −exp(·) throughout, so that no step of training makes a system unstable.
             2. one mode of each conjugate pair in all members, lone real modes counted once.
             3. S4D-LegS starts without the released code's clip of B at 2.0 (`B_clip`).
             4. in half precision (`.bfloat16()`) the system is computed in single.
             5. B and C of the S5 family start real in HiPPO's coordinates, with variance 1 over the number of inputs.
    """

    weight: torch.Tensor

    def __init__(
        self,
        width: int,
        options: SSMOptions | None = None,
        *,
        start: InitialSystem | None = None,
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> None:
        super().__init__()
        if width < 1:
            raise ParameterError(f"A layer needs at least one channel, not {width}.", "Give width ≥ 1.")
        self.width, self.options = width, options or SSMOptions()
        rng = np.random.default_rng(seed)
        start = start or initial_system(self.options, progress)
        if (start.p is None) == (self.options.init == "s4"):
            raise ParameterError(
                "S4 starts from a system with a rank-one part, all others from one without.",
                "Pass a start of the same kind.",
            )
        multi = self.options.family == "s5"
        copies = self.options.blocks if multi else 1
        lam = np.tile(start.modes.lam, copies)
        self.log_decay = _parameter(np.log(-lam.real))
        self.frequency = _parameter(lam.imag)
        self.register_buffer(
            "weight", torch.tensor(np.tile(start.modes.weight, copies), dtype=torch.get_default_dtype())
        )
        n_directions = 2 if self.options.bidirectional else 1
        b = _shared_b(rng, start, width, copies) if multi else start.modes.vecs_inv @ start.b
        c = np.stack([_read_out(rng, start, width, copies, self.options) for _ in range(n_directions)])
        self.b, self.c = _complex_parameter(b), _complex_parameter(c)
        self.p = _complex_parameter(start.p) if start.p is not None else None
        low, high = np.log(self.options.dt_min), np.log(self.options.dt_max)
        self.log_dt = _parameter(rng.uniform(low, high, size=len(lam) if multi else width))
        self.d = _parameter(rng.standard_normal(width))

    @property
    def lam(self) -> torch.Tensor:
        """Eigenvalues of the kept modes (m,), complex."""
        return torch.complex(-torch.exp(_wide(self.log_decay)), _wide(self.frequency))

    def discretize(self, dt_scale: float = 1.0) -> DiscreteSystem:
        """The system of one step; keep it while stepping, since the parameters do not change meanwhile.

        Parameters
        ----------
        dt_scale   all time steps are multiplied by this: 0.5 for inputs sampled twice as densely as in training.
        """
        check_positive("dt_scale", dt_scale)
        dt = dt_scale * torch.exp(_wide(self.log_dt))
        lam, b, weight = self.lam, torch.view_as_complex(_wide(self.b)), _wide(self.weight)
        c = weight * torch.view_as_complex(_wide(self.c))
        if self.p is not None:
            return LowRankSystems(lam, torch.view_as_complex(_wide(self.p)), b, weight, c, dt)
        if self.options.family == "s5":
            lam_bar, gain = discretize(lam, dt, self.options.discretization)
            return MultiChannelSystem(lam_bar, gain[:, None] * b, c)
        lam_bar, gain = discretize(lam, dt[:, None], self.options.discretization)
        return SingleChannelSystems(lam_bar, gain * b, c)

    def forward(self, u: torch.Tensor, lengths: torch.Tensor | None = None, *, dt_scale: float = 1.0) -> torch.Tensor:
        """Outputs (B, L, H) of whole sequences (B, L, H) from rest.

        Parameters
        ----------
        lengths   (B,) how many steps of each sequence count; what lies beyond is neither read nor written (zeros).

        Raises
        ------
        SizeMismatch    the shapes do not fit.
        ParameterError  values that are not finite, lengths outside 1 … L, or dt_scale ≤ 0.
        """
        check_sequence(u, self.width, lengths)
        return self.mix(u, lengths, dt_scale=dt_scale)

    def mix(self, u: torch.Tensor, lengths: torch.Tensor | None = None, *, dt_scale: float = 1.0) -> torch.Tensor:
        """`forward` for callers that have checked the sequence already."""
        mode = self.options.mode
        if mode == "auto":
            mode = "scan" if self.options.family == "s5" else "conv"
        with torch.autocast(u.device.type, enabled=False):
            system = self.discretize(dt_scale)
            counted, mask = self._counted(u, lengths)
            y = system.convolve(counted) if mode == "conv" else system.scan(counted)[0]
            y = y + _wide(self.d) * counted
            return (y if mask is None else y * mask).to(u.dtype)

    def resume(
        self,
        u: torch.Tensor,
        state: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
        *,
        dt_scale: float = 1.0,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs (B, L, H) and the state to go on from, for one stretch of longer sequences.

        The state is the one after the last step that counts, so stretches of mixed lengths can follow each other.
        """
        self._refuse_streaming()
        check_sequence(u, self.width, lengths)
        with torch.autocast(u.device.type, enabled=False):
            system = self.discretize(dt_scale)
            if state is not None:
                check_state(state, system.zero_state(len(u)))
            counted, mask = self._counted(u, lengths)
            y, state = system.scan(counted, state, None if lengths is None else lengths.to(u.device) - 1)
            y = y + _wide(self.d) * counted
        return (y if mask is None else y * mask).to(u.dtype), state

    def step(
        self, u: torch.Tensor, state: torch.Tensor | None = None, system: DiscreteSystem | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Output (B, H) and new state for one input (B, H); state None is rest.

        Parameters
        ----------
        system   what `discretize` gave, to save computing it anew at every step.

        Values are not checked here: a NaN stays in its own sequence's state.
        """
        self._refuse_streaming()
        check_step(u, self.width)
        system = system or self.discretize()
        if state is None:
            state = system.zero_state(len(u))
        d = _wide(self.d)
        value = u.to(d.dtype)
        y, state = system.step(value, state)
        return (y + d * value).to(u.dtype), state

    def _counted(self, u: torch.Tensor, lengths: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The input, in at least single precision, zero beyond each length, and the mask (B, L, 1)."""
        u = u.to(_wide(self.d).dtype)
        if lengths is None:
            return u, None
        mask = valid_steps(lengths, u.shape[1], u.device)[..., None]
        return u.masked_fill(~mask, 0.0), mask

    def _refuse_streaming(self) -> None:
        if self.options.bidirectional:
            raise ParameterError(
                "A bidirectional layer reads the whole sequence and cannot be streamed.",
                "Train it with bidirectional off.",
            )


def _shared_b(rng: np.random.Generator, start: InitialSystem, width: int, copies: int) -> np.ndarray:
    """V⁻¹ B for each block, B real normal with variance 1/H: (copies · m, H)."""
    n = start.modes.vecs.shape[0]
    drawn = rng.standard_normal((copies, n, width)) / np.sqrt(width)
    return (start.modes.vecs_inv @ drawn).reshape(-1, width)


def _read_out(
    rng: np.random.Generator, start: InitialSystem, width: int, copies: int, options: SSMOptions
) -> np.ndarray:
    """C V for each block, C real and random: (H, copies · m)."""
    n, m = start.modes.vecs.shape
    if not start.has_coordinates or (options.family == "s5" and options.c_init == "complex-normal"):
        return np.sqrt(0.5) * (rng.standard_normal((width, copies * m)) + 1j * rng.standard_normal((width, copies * m)))
    drawn = rng.standard_normal((width, copies, n))
    if options.family == "s5":
        if options.c_init == "trunc-normal":
            while (outside := np.abs(drawn) > 2.0).any():
                drawn[outside] = rng.standard_normal(int(outside.sum()))
        drawn /= np.sqrt(copies * n)
    return (drawn @ start.modes.vecs).reshape(width, -1)


def _wide(values: torch.Tensor) -> torch.Tensor:
    """Systems are never stepped in half precision: multipliers near 1 would become 1."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values


def _parameter(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.get_default_dtype()))


def _complex_parameter(values: np.ndarray) -> nn.Parameter:
    """Stored as (…, 2) reals: optimizers, safetensors and weight decay then treat it like any other weight."""
    return _parameter(np.stack([values.real, values.imag], axis=-1))

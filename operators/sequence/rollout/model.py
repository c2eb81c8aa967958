"""The rollout model: spectral coefficients of a field over time, continued frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.sequence.parameter_groups import trained_groups
from geomlearn.operators.sequence.rollout.coupling import FieldCoupling
from geomlearn.operators.sequence.rollout.mixers import build_mixer
from geomlearn.operators.sequence.rollout.modal import ModalBatch
from geomlearn.operators.sequence.rollout.options import RolloutOptions
from geomlearn.operators.sequence.rollout.rule import DEGREE, POWERS, FieldRule, beyond_modes, modal_coefficients
from geomlearn.operators.sequence.rollout.start import nearest_course
from geomlearn.operators.sequence.systems.initial import initial_system

# Modes fainter than this beside the field are told apart no further.
_FAINTEST = 0.03


@dataclass(frozen=True)
class RolloutState:
    """What is kept between frames; its size does not grow.

    Attributes
    ----------
    size    (B, 1, 1) the field's, in whose unit everything is counted.
    ratio   (B, 1, K) the size of each mode beside it.
    sign    (B, 1, K) ±1, so that the sum over the given frames of each coefficient is not negative.
    last    (B, 1, K) the last frame, in units of size and with these signs.
    rule    (B, 2, K) what the modes' own rule multiplies this frame and the one before with.
    mixers  what each block keeps.
    frames  the shapes.
    """

    size: torch.Tensor
    ratio: torch.Tensor
    sign: torch.Tensor
    last: torch.Tensor
    rule: torch.Tensor
    mixers: tuple[Any, ...]
    frames: ModalBatch


class RolloutModel(nn.Module):
    """Continues the spectral coefficients (B, T, K) of fields.

    Each mode is a sequence of its own with the same weights: its coefficient and increment in units of its size over
    the given frames, that size, and its eigenvalue on the shape scaled to unit area. So one model serves every shape
    and number of modes. Modes meet in the field they make (`FieldCoupling`). The next frame is what a rule fitted in
    closed form to the training series says (`FieldRule`), plus what the network makes of the past. The sign of an
    eigenfunction, which is arbitrary, is chosen by the given coefficients themselves: the forecast of a field is the
    same whatever signs the eigensolver gave.

    Parameters
    ----------
    equation  the word for what it was trained on, and
    pace      the time between its frames, in the equation's unit on the shape of unit size.
    seed      of every weight.

    Use when   one forecast is to serve many shapes, or what moves the field is not known or not linear.
    Avoid when the equation is linear and known: `geomlearn.operators.fields.from_basis` has no error in time at all.
    """

    size: torch.Tensor
    modal: torch.Tensor
    reach: torch.Tensor
    transport: torch.Tensor
    powers: torch.Tensor
    fitted: torch.Tensor
    missed: torch.Tensor

    def __init__(
        self,
        options: RolloutOptions | None = None,
        *,
        equation: str = "",
        pace: float = 0.0,
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> None:
        super().__init__()
        self.options = options = options or RolloutOptions()
        self.equation, self.pace = equation, pace
        is_ssm = options.mixer not in ("none", "gru", "transformer")
        start = initial_system(options.block.ssm, progress) if is_ssm else None
        depth, width = (0 if options.mixer == "none" else options.depth), options.width
        seeds = np.random.SeedSequence(seed).generate_state(depth).tolist()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = nn.Linear(5, width) if depth else None
            self.mixers = nn.ModuleList(build_mixer(options, start, each) for each in seeds)
            self.couplings = nn.ModuleList(
                FieldCoupling(width, options.fields) for _ in seeds if options.coupling == "field"
            )
            self.norm = nn.LayerNorm(width) if depth else None
            self.decoder = nn.Linear(width, 1) if depth else None
            if self.decoder is not None:
                nn.init.zeros_(self.decoder.weight)
                nn.init.zeros_(self.decoder.bias)
        # From training data: the size of its fields, the rule, and what that misses beside the modes' sizes.
        self.register_buffer("size", torch.tensor(1.0))
        self.register_buffer("modal", torch.zeros(2, DEGREE + 1))
        self.register_buffer("reach", torch.tensor(1.0))
        self.register_buffer("transport", torch.zeros(6))
        self.register_buffer("powers", torch.zeros(len(POWERS)))
        self.register_buffer("fitted", torch.tensor(2))
        self.register_buffer("missed", torch.tensor(1.0))
        self.modal[0, 0] = 1.0

    def fit_size(self, series: torch.Tensor) -> torch.Tensor:
        """Take the size of fields from training series (N, T, K); the series in the units the model counts in."""
        with torch.no_grad():
            self.size.copy_(series.square().sum(-1).mean().sqrt())
            return series / self._scale(series)[0]

    def fit_rule(self, rule: FieldRule, scaled: torch.Tensor, frames: ModalBatch) -> None:
        """Take over a rule, and measure on training series (N, T, K) in the model's units what it misses."""
        with torch.no_grad():
            for name in ("modal", "transport", "powers"):
                getattr(self, name).copy_(torch.as_tensor(getattr(rule, name)))
            self.reach.fill_(rule.reach)
            self.fitted.fill_(rule.fitted)
            ratio = scaled.square().mean(1, keepdim=True).sqrt().clamp(min=_FAINTEST)
            c = modal_coefficients(self.modal, self.reach, frames.evals)
            made = c[:, :1] * scaled[:, 1:-1] + c[:, 1:] * scaled[:, :-2]
            made = made + beyond_modes(scaled[:, 1:-1], self.transport, self.powers, frames)
            self.missed.copy_(((scaled[:, 2:] - made) / ratio).square().mean().sqrt().clamp(min=1e-7))

    def forward(self, history: torch.Tensor, frames: ModalBatch, n_frames: int) -> tuple[torch.Tensor, torch.Tensor]:
        """One-step forecasts (B, T, K) of each given frame's successor, and the n_frames that follow (B, n_frames, K).

        Raises
        ------
        SizeMismatch    the coefficients do not fit the shapes.
        ParameterError  they are not finite, vanish altogether, or no frames are asked for.
        """
        if n_frames < 1:
            raise ParameterError(f"{n_frames} frames are no forecast.", "Ask for at least one.")
        forecasts, state = self.begin(history, frames)
        following = [forecasts[:, -1:]]
        while len(following) < n_frames:
            frame, state = self.step(following[-1], state)
            following.append(frame)
        return forecasts, torch.cat(following, 1)

    def begin(self, history: torch.Tensor, frames: ModalBatch) -> tuple[torch.Tensor, RolloutState]:
        """Read the given frames: one-step forecasts (B, T, K) of each one's successor, and the state after them.

        What is read are not the frames themselves where the rule fits them well, but its course nearest to them.
        """
        self._check(history, frames)
        rule = modal_coefficients(self.modal, self.reach, frames.evals)
        history = nearest_course(history, rule, self.transport, frames, int(self.fitted))
        size, ratio, sign = self._scale(history)
        first = history[:, :1] / size * sign
        state = RolloutState(size, ratio, sign, first, rule, (None,) * len(self.mixers), frames)
        return self._read(history, state)

    def step(self, frame: torch.Tensor, state: RolloutState) -> tuple[torch.Tensor, RolloutState]:
        """The frame (B, 1, K) after a further one, and the state to go on from."""
        return self._read(frame, state)

    def parameter_groups(self, learning_rate: float, weight_decay: float) -> list[dict[str, Any]]:
        """For the training loop: dynamics learn slower than the rest and do not decay."""
        return trained_groups(self, learning_rate, weight_decay)

    @property
    def n_parameters(self) -> int:
        """Real numbers to learn."""
        return sum(parameter.numel() for parameter in self.parameters())

    def _read(self, values: torch.Tensor, state: RolloutState) -> tuple[torch.Tensor, RolloutState]:
        u = values / state.size * state.sign
        before = torch.cat([state.last, u[:, :-1]], 1)
        known = state.rule[:, :1] * u + state.rule[:, 1:] * before
        known = known + state.sign * beyond_modes(u * state.sign, self.transport, self.powers, state.frames)
        rest, kept = self._mixed(u, before, state) if self.mixers else (0.0, ())
        following = (known + rest) * state.sign * state.size
        return following, replace(state, last=u[:, -1:], mixers=kept)

    def _mixed(self, u: torch.Tensor, before: torch.Tensor, state: RolloutState) -> tuple[torch.Tensor, tuple]:
        """(B, T, K) what the network adds to the rule, and what its blocks keep."""
        if self.encoder is None or self.norm is None or self.decoder is None:
            return torch.zeros_like(u), ()
        n_batch, _, k = u.shape
        h = self.encoder(self._features(u, before, state))
        kept = []
        for index, mixer in enumerate(self.mixers):
            tokens = h.transpose(1, 2).flatten(0, 1)
            tokens, after = cast(Any, mixer).resume(tokens, state.mixers[index])
            h = tokens.unflatten(0, (n_batch, k)).transpose(1, 2)
            if self.couplings:
                h = self.couplings[index](h, u, state.ratio, state.sign, state.frames)
            kept.append(after)
        return self.missed * state.ratio * self.decoder(self.norm(h))[..., 0], tuple(kept)

    def _features(self, u: torch.Tensor, before: torch.Tensor, state: RolloutState) -> torch.Tensor:
        """(B, T, K, 5)."""
        evals = state.frames.evals[:, None].clamp(min=0).expand_as(u)
        faint = state.ratio.log().expand_as(u) / 2
        return torch.stack(
            [u / state.ratio, 4 * (u - before) / state.ratio, faint, evals.sqrt() / 4, torch.log1p(evals) / 4], -1
        )

    def _scale(self, history: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        own = history.square().sum(-1).mean(1).sqrt()[:, None, None]
        size = own if self.options.amplitude == "own" else self.size.expand_as(own)
        ratio = (history.square().mean(1, keepdim=True).sqrt() / size).clamp(min=_FAINTEST)
        sign = torch.where(history.sum(1, keepdim=True) < 0, -1.0, 1.0)
        return size, ratio, sign

    def _check(self, history: torch.Tensor, frames: ModalBatch) -> None:
        if history.ndim != 3 or 0 in history.shape or history.shape[::2] != frames.evals.shape:
            raise SizeMismatch(
                f"Coefficients come as (series, frames, modes) on shapes with {tuple(frames.evals.shape)} eigenvalues, "
                f"not as {tuple(history.shape)}.",
                "Project the fields on the eigenfunctions of their own shapes.",
            )
        if not torch.isfinite(history).all():
            raise ParameterError("A series holds a value that is not finite.", "Cut it off before that frame.")
        if not (history.square().sum((1, 2)) > 0).all():
            raise ParameterError("A series vanishes in all given frames: nothing can be told of it.", "Leave it out.")

"""The residual block around a state-space layer: norm, mixing along time, activation, gate, dropout, skip."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.checks import valid_steps
from geomlearn.operators.sequence.layer import DiscreteSystem, SSMLayer
from geomlearn.operators.sequence.options import Gate, SequenceOptions
from geomlearn.operators.sequence.systems.initial import InitialSystem


class SequenceBlock(nn.Module):
    """x + gate(GELU(SSM(norm(x)))), or the same with the norm after the sum.

    Source   S4 2111.00396 (gate "glu"), S5 2208.04933 (gates "half-glu-1" and "half-glu-2").
    """

    def __init__(self, options: SequenceOptions, *, start: InitialSystem | None = None, seed: int = 0) -> None:
        super().__init__()
        width = options.width
        self.prenorm = options.prenorm
        self.norm = SequenceNorm(options)
        self.ssm = SSMLayer(width, options.ssm, start=start, seed=seed)
        self.dropout = nn.Dropout1d(options.dropout) if options.tied_dropout else nn.Dropout(options.dropout)
        self.tied = options.tied_dropout
        self.gate = ChannelGate(width, options.gate)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor | None = None, *, dt_scale: float = 1.0) -> torch.Tensor:
        """(B, L, H) to (B, L, H); the caller has checked the sequence."""
        inner = self.norm(x, lengths) if self.prenorm else x
        return self._finish(x, self.ssm.mix(inner, lengths, dt_scale=dt_scale), lengths)

    def resume(
        self,
        x: torch.Tensor,
        state: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
        *,
        dt_scale: float = 1.0,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The next stretch of a stream, and the state to go on from."""
        inner = self.norm(x, lengths) if self.prenorm else x
        y, state = self.ssm.resume(inner, state, lengths, dt_scale=dt_scale)
        return self._finish(x, y, lengths), state

    def step(
        self, x: torch.Tensor, state: torch.Tensor | None = None, system: DiscreteSystem | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One time step (B, H) of a stream, and the state to go on from."""
        inner = self.norm(x[:, None])[:, 0] if self.prenorm else x
        y, state = self.ssm.step(inner, state, system)
        return self._finish(x[:, None], y[:, None])[:, 0], state

    def _finish(self, x: torch.Tensor, y: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        x = x + self._drop(self.gate(y, self._drop(F.gelu(y))))
        return x if self.prenorm else self.norm(x, lengths)

    def _drop(self, x: torch.Tensor) -> torch.Tensor:
        return self.dropout(x.transpose(1, 2)).transpose(1, 2) if self.tied else self.dropout(x)


class ChannelGate(nn.Module):
    """Mixes channels: glu is GLU(W g); half-glu-1 is g σ(W g); half-glu-2 is y σ(W g); none is g, with g = GELU(y)."""

    def __init__(self, width: int, kind: Gate) -> None:
        super().__init__()
        self.kind = kind
        self.linear = None if kind == "none" else nn.Linear(width, 2 * width if kind == "glu" else width)

    def forward(self, y: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
        if self.linear is None:
            return g
        if self.kind == "glu":
            return F.glu(self.linear(g), dim=-1)
        return (y if self.kind == "half-glu-2" else g) * torch.sigmoid(self.linear(g))


class SequenceNorm(nn.Module):
    """Layer norm over channels, or batch norm of each channel over all steps that count."""

    def __init__(self, options: SequenceOptions) -> None:
        super().__init__()
        batch = options.norm == "batch"
        self.norm = (
            nn.BatchNorm1d(options.width, momentum=options.batch_momentum) if batch else nn.LayerNorm(options.width)
        )
        self.over_batch = batch

    def forward(self, x: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        if not self.over_batch:
            return self.norm(x)
        if lengths is None:
            return self._batch(x.flatten(0, 1)).view_as(x)
        # Padding must not enter the statistics.
        mask = valid_steps(lengths, x.shape[1], x.device)
        out = torch.zeros_like(x)
        out[mask] = self._batch(x[mask])
        return out

    def _batch(self, x: torch.Tensor) -> torch.Tensor:
        if self.training and len(x) < 2:
            raise ParameterError(
                "Batch norm cannot train on a single time step.", "Use longer sequences, a larger batch, or norm layer."
            )
        return self.norm(x)

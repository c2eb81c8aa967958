"""A stack of state-space blocks: from sequences of features or tokens to an output per step or per sequence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.sequence.block import SequenceBlock
from geomlearn.operators.sequence.checks import check_lengths, check_sequence, check_step, valid_steps
from geomlearn.operators.sequence.layer import DiscreteSystem
from geomlearn.operators.sequence.options import SequenceOptions
from geomlearn.operators.sequence.systems.initial import initial_system

States = list[torch.Tensor]


class SequenceModel(nn.Module):
    """Encoder, blocks, pooling, decoder.

    Parameters
    ----------
    n_inputs   features of each time step; the number of words when `tokens`.
    n_outputs  numbers given for each step, or for each sequence when `options.pooling` is mean or last.
    tokens     inputs are whole numbers (B, L) to be embedded rather than features (B, L, n_inputs).
    seed       of every weight.

    Source   the models of S4 and S5; Yu et al. 2023, arXiv 2310.01698, for the perturb-then-diagonalize start.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        options: SequenceOptions | None = None,
        *,
        tokens: bool = False,
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> None:
        super().__init__()
        if n_inputs < 1 or n_outputs < 1:
            raise ParameterError(
                f"A model needs inputs and outputs, not {n_inputs} and {n_outputs}.", "Give at least one of each."
            )
        self.options = options = options or SequenceOptions()
        self.n_inputs, self.tokens = n_inputs, tokens
        start = initial_system(options.ssm, progress)
        seeds = np.random.SeedSequence(seed).generate_state(options.depth).tolist()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = nn.Embedding(n_inputs, options.width) if tokens else nn.Linear(n_inputs, options.width)
            self.blocks = nn.ModuleList(SequenceBlock(options, start=start, seed=each) for each in seeds)
            # With the norm before each layer nothing has normalised the last sum yet.
            self.norm = nn.LayerNorm(options.width) if options.prenorm else nn.Identity()
            self.decoder = nn.Linear(options.width, n_outputs)

    def forward(self, u: torch.Tensor, lengths: torch.Tensor | None = None, *, dt_scale: float = 1.0) -> torch.Tensor:
        """Outputs (B, L, n_outputs), or (B, n_outputs) when pooled, of whole sequences from rest.

        Parameters
        ----------
        u         (B, L, n_inputs) reals, or (B, L) whole numbers when `tokens`.
        lengths   (B,) how many steps of each sequence count; the rest is padding.
        dt_scale  all time steps are multiplied by this, for inputs sampled more or less densely than in training.

        Raises
        ------
        SizeMismatch    the shapes do not fit.
        ParameterError  values that are not finite or no known word, lengths outside 1 … L, dt_scale ≤ 0.
        """
        x = self._encode(u, lengths)
        for block in self.blocks:
            x = block(x, lengths, dt_scale=dt_scale)
        return self.decoder(self._pool(self.norm(x), lengths))

    def resume(
        self,
        u: torch.Tensor,
        states: States | None = None,
        lengths: torch.Tensor | None = None,
        *,
        dt_scale: float = 1.0,
    ) -> tuple[torch.Tensor, States]:
        """Outputs (B, L, n_outputs) for the next stretch of a stream, and the states to go on from."""
        self._refuse_pooling()
        x, after = self._encode(u, lengths), []
        before: Sequence[torch.Tensor | None] = states or [None] * len(self.blocks)
        for block, known in zip(self._each(), before, strict=True):
            x, state = block.resume(x, known, lengths, dt_scale=dt_scale)
            after.append(state)
        return self.decoder(self.norm(x)), after

    def step(
        self, u: torch.Tensor, states: States | None = None, systems: list[DiscreteSystem] | None = None
    ) -> tuple[torch.Tensor, States]:
        """Output (B, n_outputs) and new states for one input (B, n_inputs), or (B,) when `tokens`.

        Parameters
        ----------
        systems   what `discretize` gave, to save computing it anew at every step.
        """
        self._refuse_pooling()
        if not self.tokens:
            check_step(u, self.n_inputs)
        x, after = self.encoder(u), []
        before: Sequence[torch.Tensor | None] = states or [None] * len(self.blocks)
        given: Sequence[DiscreteSystem | None] = systems or [None] * len(self.blocks)
        for block, known, system in zip(self._each(), before, given, strict=True):
            x, state = block.step(x, known, system)
            after.append(state)
        return self.decoder(self.norm(x)), after

    def discretize(self, dt_scale: float = 1.0) -> list[DiscreteSystem]:
        """The one-step systems of all blocks, for `step`."""
        return [block.ssm.discretize(dt_scale) for block in self._each()]

    def _each(self) -> Iterator[SequenceBlock]:
        return iter(cast(Any, self.blocks))

    def _encode(self, u: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        self._check(u, lengths)
        x = self.encoder(u)
        if lengths is None:
            return x
        # Padding may hold anything, NaN too, and would come back through the skips.
        return x.masked_fill(~valid_steps(lengths, x.shape[1], x.device)[..., None], 0.0)

    def _pool(self, x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        if self.options.pooling == "none":
            return x
        if lengths is None:
            return x.mean(1) if self.options.pooling == "mean" else x[:, -1]
        if self.options.pooling == "last":
            return x[torch.arange(len(x), device=x.device), lengths.to(x.device) - 1]
        mask = valid_steps(lengths, x.shape[1], x.device)[..., None]
        return (x * mask).sum(1) / lengths.to(x)[:, None]

    def _check(self, u: torch.Tensor, lengths: torch.Tensor | None) -> None:
        if not self.tokens:
            check_sequence(u, self.n_inputs, lengths)
            return
        if u.ndim != 2 or 0 in u.shape:
            raise SizeMismatch(f"Words come as (batch, length ≥ 1); got {tuple(u.shape)}.", "Pass one number per word.")
        if u.is_floating_point() or int(u.min()) < 0 or int(u.max()) >= self.n_inputs:
            raise ParameterError(f"Words are whole numbers in 0 … {self.n_inputs - 1}.", "Check the vocabulary.")
        if lengths is not None:
            check_lengths(lengths, len(u), u.shape[1])

    def _refuse_pooling(self) -> None:
        if self.options.pooling != "none":
            raise ParameterError(
                "A model that pools the sequence has no output per step.", "Build it with pooling none to stream."
            )

"""Tokens are learned from shapes and their kin: a query must find another variant of its own base among all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from geomlearn.collections.retrieval.network import TokenNet, maxsim_matrix
from geomlearn.collections.retrieval.options import TokenTrainingOptions
from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress

_FLOOR = 1e-3


@dataclass(frozen=True, eq=False)
class Kin:
    """Variants of one base.

    Attributes
    ----------
    full, parts   inputs (m, d) of the tokens of whole variants, and of parts of others.
    """

    full: list[np.ndarray]
    parts: list[np.ndarray]


def train_tokens(
    kin: list[Kin], options: TokenTrainingOptions, *, progress: Progress = SILENT
) -> tuple[TokenNet, Mapping[str, Any]]:
    """A token network that tells bases apart, and facts of its training.

    InfoNCE over a batch of bases: −log softmax_j (MaxSim(q_i, d_j) / (m τ)) at j = i, in both directions  (equation 1)

    Raises
    ------
    ParameterError   fewer than two bases, or one with fewer than two whole variants.
    """
    if len(kin) < 2 or any(len(one.full) < 2 for one in kin):
        raise ParameterError("Tokens are learned from two bases or more, each in two variants.", "Give more shapes.")
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    rows = np.concatenate([tokens for one in kin for tokens in (*one.full, *one.parts)])
    mean, spread = (torch.from_numpy(np.float32(part)) for part in (rows.mean(0), rows.std(0) + _FLOOR))
    model = TokenNet(mean, spread, options.width, options.head)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=options.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=options.steps + 1)
    losses = []
    for step in range(options.steps):
        queries, documents = _batch(kin, options, random)
        sides = [model.standard(side) for side in (queries, documents)]
        sides = [side + options.noise * torch.randn(side.shape) for side in sides]
        q, d = (model.projected(side) for side in sides)
        scores = maxsim_matrix(q, d) / (q.shape[1] * options.temperature)
        own = torch.arange(len(scores))
        loss = (functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % 20 == 0:
            progress(step / options.steps, f"loss {np.mean(losses[-20:]):.3f}")
    facts = {"bases": len(kin), "steps": options.steps, "loss": float(np.mean(losses[-50:]))}
    return model.eval(), facts


def _batch(
    kin: list[Kin], options: TokenTrainingOptions, random: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens (b, n_tokens, d) of queries and of other variants of the same bases."""
    chosen = random.permutation(len(kin))[: options.batch_size]
    queries, documents = [], []
    for number in chosen:
        one = kin[number]
        first, second = random.permutation(len(one.full))[:2]
        part = bool(one.parts) and random.random() < options.parts
        queries.append(one.parts[random.integers(len(one.parts))] if part else one.full[first])
        documents.append(one.full[second])
    return tuple(  # type: ignore[return-value]
        torch.from_numpy(np.stack([side[_drawn(len(side), options.n_tokens, random)] for side in sides]))
        for sides in (queries, documents)
    )


def _drawn(count: int, wanted: int, random: np.random.Generator) -> np.ndarray:
    return random.permutation(count)[:wanted] if count >= wanted else random.integers(count, size=wanted)

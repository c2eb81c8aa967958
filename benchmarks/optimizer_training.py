"""Train a small transformer with every optimizer: equal steps, equal seconds, the same search for a learning rate."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from optimizer_studies import table
from torch import nn

from geomlearn.optimizers.auon import AuON, HybridAuON
from geomlearn.optimizers.base import optimizer_state_bytes
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.parameter_groups import matrix_param_groups
from geomlearn.optimizers.root import ROOT

# Embeddings, head, norms and biases learn alike everywhere; what is compared is how the hidden matrices do.
OTHER_LR, WIDTH, LENGTH, VOCABULARY = 3e-3, 64, 48, 16
RATES = np.logspace(-3.5, -1.5, 5)


class Transformer(nn.Module):
    """Two pre-norm layers of width 64 with causal attention."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.embed_place = nn.Parameter(0.02 * torch.randn(LENGTH, WIDTH))
        self.mix = nn.ModuleList(nn.Linear(WIDTH, 3 * WIDTH, bias=False) for _ in range(2))
        self.out = nn.ModuleList(nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(2))
        self.up = nn.ModuleList(nn.Linear(WIDTH, 4 * WIDTH, bias=False) for _ in range(2))
        self.down = nn.ModuleList(nn.Linear(4 * WIDTH, WIDTH, bias=False) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(5))
        self.head = nn.Linear(WIDTH, VOCABULARY)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embed(tokens) + self.embed_place[: tokens.shape[1]]
        for layer in range(2):
            q, k, v = self.mix[layer](self.norms[2 * layer](x)).unflatten(-1, (3, 4, WIDTH // 4)).unbind(-3)
            heads = (part.transpose(1, 2) for part in (q, k, v))
            mixed = nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
            x = x + self.out[layer](mixed.transpose(1, 2).flatten(2))
            x = x + self.down[layer](nn.functional.gelu(self.up[layer](self.norms[2 * layer + 1](x))))
        return self.head(self.norms[4](x))


class Chains:
    """Sequences of a second-order Markov chain with three likely successors per pair, met as often as 1/rank."""

    def __init__(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.generator = generator
        self.next = torch.randint(VOCABULARY, (VOCABULARY, VOCABULARY, 3), generator=generator)
        self.test = self.draw(256)

    def draw(self, n: int) -> torch.Tensor:
        often = 1 / torch.arange(1, VOCABULARY + 1, dtype=torch.float32)
        start = torch.multinomial(often, 2 * n, replacement=True, generator=self.generator).reshape(n, 2)
        tokens = [start[:, 0], start[:, 1]]
        choice = torch.multinomial(torch.tensor([0.7, 0.2, 0.1]), n * LENGTH, True, generator=self.generator)
        for step in range(LENGTH - 1):
            tokens.append(self.next[tokens[-2], tokens[-1], choice[step * n : (step + 1) * n]])
        return torch.stack(tokens, 1)


class Both(torch.optim.Optimizer):
    """torch's Muon for matrices and AdamW for the rest, stepped together."""

    def __init__(self, groups: list[dict[str, object]], lr: float) -> None:
        by_kind = {group["kind"]: [parameter for _, parameter in group["params"]] for group in groups}
        self.parts = [
            torch.optim.Muon(by_kind["matrix"], lr=lr, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(by_kind["adamw"], lr=OTHER_LR, weight_decay=0.0),
        ]
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    @property
    def state(self) -> dict[torch.Tensor, dict[str, object]]:
        return {key: value for part in self.parts for key, value in part.state.items()}

    def step(self, closure: None = None) -> None:
        for part in self.parts:
            part.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        for part in self.parts:
            part.zero_grad(set_to_none)


def methods() -> dict[str, Callable[[list[dict[str, object]], float], torch.optim.Optimizer]]:
    """Optimizers by name, from routed groups and the learning rate of the matrices."""

    def adamw(groups: list[dict[str, object]], lr: float) -> torch.optim.Optimizer:
        bare = [{"params": [parameter for _, parameter in group["params"]], "lr": group["lr"]} for group in groups]
        return torch.optim.AdamW(bare, lr=lr, weight_decay=0.0)

    return {
        "torch AdamW": adamw,
        "torch Muon": Both,
        "normalized SGD": lambda groups, lr: AuON(groups, lr, gamma=0.0, weight_decay=0.0),
        "AuON": lambda groups, lr: AuON(groups, lr, weight_decay=0.0),
        "HybridAuON": lambda groups, lr: HybridAuON(groups, lr, weight_decay=0.0),
        "Muon": lambda groups, lr: Muon(groups, lr, weight_decay=0.0),
        "ROOT q=0.9": lambda groups, lr: ROOT(groups, lr, weight_decay=0.0),
        "DCTAdamW r=16": lambda groups, lr: DCTAdamW(groups, lr, weight_decay=0.0, rank=16),
    }


def run(name: str, lr: float, seed: int, steps: int) -> tuple[np.ndarray, np.ndarray, float, int]:
    """Seconds and test loss after every twentieth of a run, seconds in `step` itself, and bytes of state."""
    chains = Chains(seed)
    torch.manual_seed(seed)
    model = Transformer()
    optimizer = methods()[name](matrix_param_groups(model, lr, OTHER_LR, exclude=("embed", "head", "norm")), lr)
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    seconds, inside, record = 0.0, 0.0, []
    for step in range(1, steps + 1):
        tokens = chains.draw(16)
        start = time.process_time()
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * 0.5 * (1 + np.cos(np.pi * (step - 1) / steps))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        before = time.process_time()
        optimizer.step()
        end = time.process_time()
        seconds, inside = seconds + end - start, inside + end - before
        if step % max(1, steps // 20) == 0:
            with torch.no_grad():
                test = nn.functional.cross_entropy(
                    model(chains.test[:, :-1]).flatten(0, 1), chains.test[:, 1:].flatten()
                )
            record.append((seconds, float(test)))
    times, losses = np.array(record).T
    return times, np.nan_to_num(losses, nan=np.inf), inside, optimizer_state_bytes(optimizer)


def training(arguments: argparse.Namespace) -> None:
    """Tune each method's rate on one seed, then compare on others."""
    curves, rows = {}, []
    for name in methods():
        final = {float(lr): float(run(name, lr, 1000, arguments.steps)[1][-1]) for lr in RATES}
        best = min(final, key=final.__getitem__)
        while best in (min(final), max(final)) and len(final) < 8:
            edge = best / 10**0.5 if best == min(final) else best * 10**0.5
            final[edge] = float(run(name, edge, 1000, arguments.steps)[1][-1])
            best = min(final, key=final.__getitem__)
        runs = [run(name, best, seed, arguments.steps) for seed in range(arguments.seeds)]
        curves[name] = best, max(final.values()) - min(final.values()), runs
    budget = min(run_[0][-1] for _, _, runs in curves.values() for run_ in runs)
    for name, (best, spread, runs) in curves.items():
        last = np.array([losses[-1] for _, losses, _, _ in runs])
        timed = np.mean([np.interp(budget, times, losses) for times, losses, _, _ in runs])
        share = np.mean([inside / times[-1] for times, _, inside, _ in runs])
        millis = 1e3 * np.mean([times[-1] for times, *_ in runs]) / arguments.steps
        row = [best, float(last.mean()), float(last.std()), float(timed), millis, 100 * share, runs[0][3] / 2**10]
        rows.append([name, *map(float, row), float(spread)])
    names = [
        "optimizer",
        "best lr",
        "loss",
        "± sd",
        "loss at equal s",
        "ms/step",
        "% in step",
        "state KB",
        "over lr grid",
    ]
    table(
        f"Transformer of 2 layers on second-order chains: {arguments.steps} steps, {arguments.seeds} seeds, "
        f"at least {len(RATES)} rates each (spread: worst − best of them), cosine to zero",
        names,
        rows,
    )

"""Train with every optimizer: equal steps, equal seconds, the same search for a learning rate.

Finished runs are kept in a file of JSON lines, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.kept import Kept
from benchmarks.optimizers.problems import PROBLEMS
from benchmarks.optimizers.studies import table
from geomlearn.optimizers.auon import AuON, HybridAuON
from geomlearn.optimizers.base import optimizer_state_bytes
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.parameter_groups import matrix_param_groups
from geomlearn.optimizers.root import ROOT

# Embeddings, head, norms and biases learn alike everywhere; what is compared is how the hidden matrices do.
OTHER_LR = 3e-3
RATES = np.logspace(-3.5, -1.5, 5)
MOST_RATES, TUNING_SEED = 8, 1000

Groups = list[dict[str, object]]
Build = Callable[[Groups, float], torch.optim.Optimizer]


class Both(torch.optim.Optimizer):
    """torch's Muon for what it takes, two dimensions, and AdamW for the rest; kernels at the rate under test."""

    def __init__(self, groups: Groups, lr: float) -> None:
        by_kind = {group["kind"]: [parameter for _, parameter in group["params"]] for group in groups}
        flat = [parameter for parameter in by_kind["matrix"] if parameter.ndim == 2]
        kernels = [parameter for parameter in by_kind["matrix"] if parameter.ndim > 2]
        rest = [{"params": by_kind["adamw"], "lr": OTHER_LR}]
        self.parts = [
            torch.optim.Muon(flat, lr=lr, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW([*([{"params": kernels, "lr": lr}] if kernels else []), *rest], weight_decay=0.0),
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


def methods(rank: int) -> dict[str, Build]:
    """Optimizers by name, from routed groups and the learning rate of the matrices."""

    def adamw(groups: Groups, lr: float) -> torch.optim.Optimizer:
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
        f"DCTAdamW r={rank}": lambda groups, lr: DCTAdamW(groups, lr, weight_decay=0.0, rank=rank),
    }


@dataclass(frozen=True)
class Run:
    """One training: seconds of the processor and test error after every tenth of it; None where it diverged."""

    problem: str
    method: str
    lr: float
    seed: int
    steps: int
    seconds: list[float]
    errors: list[float | None]
    inside_s: float
    state_bytes: int

    @property
    def last(self) -> float:
        return math.inf if self.errors[-1] is None else self.errors[-1]


class Runs:
    """Runs by what they were, made once and kept."""

    def __init__(self, store: Path | None) -> None:
        self._kept = Kept(store)

    def run(self, problem: str, method: str, lr: float, seed: int, steps: int) -> Run:
        """The run, from the file or made now."""
        key = (problem, method, round(lr, 9), seed, steps)
        return Run(**self._kept.row([*key], lambda: asdict(_train(*key))))


def _train(name: str, method: str, lr: float, seed: int, steps: int) -> Run:
    problem = PROBLEMS[name](seed)
    groups = matrix_param_groups(problem.model, lr, OTHER_LR)
    optimizer = methods(problem.rank)[method](groups, lr)
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    spent, inside, seconds, errors = 0.0, 0.0, [], []
    for step in range(1, steps + 1):
        start = time.process_time()
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * (step - 1) / steps))
        optimizer.zero_grad()
        problem.model.train()
        problem.loss().backward()
        before = time.process_time()
        optimizer.step()
        end = time.process_time()
        spent, inside = spent + end - start, inside + end - before
        if step % max(1, steps // 10) == 0:
            problem.model.eval()
            with torch.no_grad():
                error = problem.test()
            seconds.append(spent)
            errors.append(error if math.isfinite(error) else None)
    return Run(name, method, lr, seed, steps, seconds, errors, inside, optimizer_state_bytes(optimizer))


def tuned(log: Runs, problem: str, method: str, steps: int) -> dict[float, float]:
    """Final errors by learning rate on the tuning seed: five rates, and more while the best lies at an edge."""
    final = {float(lr): log.run(problem, method, float(lr), TUNING_SEED, steps).last for lr in RATES}
    best = min(final, key=final.__getitem__)
    while best in (min(final), max(final)) and len(final) < MOST_RATES:
        edge = best / 10**0.5 if best == min(final) else best * 10**0.5
        final[edge] = log.run(problem, method, edge, TUNING_SEED, steps).last
        best = min(final, key=final.__getitem__)
    return final


def training(arguments: argparse.Namespace) -> None:
    """Tune each method's rate on one seed, then compare on others."""
    log = Runs(arguments.store)
    for name in arguments.problems:
        _compare(log, name, arguments.steps, arguments.seeds)


def _compare(log: Runs, name: str, steps: int, seeds: int) -> None:
    kind = PROBLEMS[name]
    found: dict[str, tuple[float, float, list[Run]]] = {}
    for method in methods(kind.rank):
        final = tuned(log, name, method, steps)
        best = min(final, key=final.__getitem__)
        runs = [log.run(name, method, best, seed, steps) for seed in range(seeds)]
        found[method] = best, max(final.values()) - min(final.values()), runs
    fitting = _fitting_steps({method: runs for method, (_, _, runs) in found.items()}, steps)
    reference = np.array([run.last for run in found["torch AdamW"][2]])
    rows, timed = [], {}
    for method, (best, spread, runs) in found.items():
        last = np.array([run.last for run in runs])
        gap = last - reference
        share = 100 * np.mean([run.inside_s / run.seconds[-1] for run in runs])
        timed[method] = [log.run(name, method, best, seed, fitting[method]).last for seed in range(seeds)]
        row = [best, last.mean(), last.std(), gap.mean(), gap.std(), np.mean(timed[method]), np.std(timed[method])]
        rows.append([method, *map(float, row), fitting[method], share, runs[0].state_bytes / 2**10, float(spread)])
    names = ["optimizer", "best lr", kind.error, "± sd", "− AdamW", "± sd", "equal time", "± sd", "steps"]
    table(
        f"{kind.title}: {steps} steps, {seeds} seeds, at least {len(RATES)} rates each (spread: worst − best of them), "
        "cosine to zero; then the steps that fit into AdamW's time",
        [*names, "% in step", "state KB", "over rates"],
        rows,
    )
    print("equal steps:", _verdict({method: [run.last for run in runs] for method, (_, _, runs) in found.items()}))
    print("equal time: ", _verdict(timed))


def _fitting_steps(runs: dict[str, list[Run]], steps: int) -> dict[str, int]:
    """How many steps of each method take the time of `steps` of AdamW's.

    Models and losses take the same time with all of them: its median over all runs stands for each, since seconds of
    runs made at different hours differ by what else the machine did. The rest is the optimizer's own.
    """
    outside = np.median([run.seconds[-1] - run.inside_s for some in runs.values() for run in some])
    seconds = {method: outside + np.median([run.inside_s for run in some]) for method, some in runs.items()}
    return {method: round(steps * min(1.0, seconds["torch AdamW"] / spent)) for method, spent in seconds.items()}


def _verdict(last: dict[str, list[float]]) -> str:
    """The method of least mean error, and those whose paired difference to it is within twice its standard error."""
    best = min(last, key=lambda method: np.mean(last[method]))
    ties = []
    for method, errors in last.items():
        gap = np.array(errors) - np.array(last[best])
        if method != best and gap.mean() <= 2 * gap.std(ddof=1) / math.sqrt(len(gap)):
            ties.append(method)
    return f"least mean error: {best}; no different by two standard errors: {', '.join(ties) or 'none'}"

"""Unfolded ISTA and IHT: signal error and objective beside the plain iterations, FISTA and sklearn's Lasso and OMP.

    python -m benchmarks sparse unfolded [--seeds 3] [--parts ista iht iht-strong] [--mismatch] [--store FILE]

World: A Gaussian (100 × 200), Bernoulli–Gaussian codes (p = .08), noise σ = .03; 500 test signals a seed, none of them
trained on. Rows: mean ± standard deviation over the seeds (each its own A) of the normalised mean square error, the
objective, and the share of entries that are not zero. With --mismatch: the factor by which the error of trained solvers
grows when p or σ of the test signals differ from those of training.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from geomlearn.sparse.options import UnfoldedOptions
from geomlearn.sparse.unfolded import UnfoldedSolver
from geomlearn.sparse.unfolded_training import train_unfolded

M, N = 100, 200
PARTS = {"ista": ("ista", 0.2), "iht": ("iht", 0.03), "iht-strong": ("iht", 0.06)}
Rows = dict[str, list[tuple[float, float, float]]]


class Signals:
    """Bernoulli–Gaussian codes behind one Gaussian operator."""

    def __init__(self, seed: int, p: float = 0.08, sigma: float = 0.03) -> None:
        generator = torch.Generator().manual_seed(1000 + seed)
        self.operator = torch.randn(M, N, generator=generator) / M**0.5
        self.p, self.sigma = p, sigma

    def draw(self, generator: torch.Generator, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Measurements (b, m) and codes (b, n)."""
        codes = torch.randn(count, N, generator=generator) * (torch.rand(count, N, generator=generator) < self.p)
        noise = self.sigma * torch.randn(count, M, generator=generator)
        return codes @ self.operator.T + noise, codes

    def test(self, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.draw(torch.Generator().manual_seed(9000 + seed), 500)


def score(solver: UnfoldedSolver, found: torch.Tensor, measured: torch.Tensor, codes: torch.Tensor):
    """Normalised error, objective, share of entries that are not zero."""
    error = float(((found - codes) ** 2).sum() / (codes**2).sum())
    return error, float(solver.objective(found, measured).mean()), float((found != 0).float().mean())


@cache
def trained(algorithm: str, weight: float, loss: str, seed: int) -> UnfoldedSolver:
    """A solver for the operator of this seed; the mismatch takes those of the table."""
    signals = Signals(seed)
    solver = UnfoldedSolver(signals.operator, UnfoldedOptions(algorithm=algorithm, weight=weight, loss=loss, seed=seed))
    train_unfolded(solver, signals.draw)
    return solver


def fista(solver: UnfoldedSolver, measured: torch.Tensor, steps: int) -> torch.Tensor:
    """Nesterov's momentum on the same layer."""
    codes = ahead = measured.new_zeros(len(measured), N)
    t = 1.0
    for _ in range(steps):
        new = solver.layer(ahead, measured, 1 / solver.lipschitz)
        t, last = (1 + (1 + 4 * t * t) ** 0.5) / 2, t
        codes, ahead = new, new + (last - 1) / t * (new - codes)
    return codes


def sklearn_codes(kind: str, signals: Signals, measured: torch.Tensor, weight: float) -> torch.Tensor:
    """Codes of sklearn's Lasso at the same λ, or of OMP at the true mean number of entries."""
    from sklearn.linear_model import Lasso, orthogonal_mp

    matrix, values = signals.operator.double().numpy(), measured.double().numpy()
    if kind == "lasso":
        model = Lasso(alpha=weight / M, fit_intercept=False, max_iter=5000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.as_tensor(np.stack([model.fit(matrix, row).coef_ for row in values])).float()
    return torch.as_tensor(orthogonal_mp(matrix, values.T, n_nonzero_coefs=round(signals.p * N)).T).float()


@torch.no_grad()
def plain_rows(signals: Signals, algorithm: str, weight: float, seed: int) -> dict[str, tuple[float, float, float]]:
    measured, codes = signals.test(seed)
    solver = UnfoldedSolver(signals.operator, UnfoldedOptions(algorithm=algorithm, weight=weight))
    ways: dict[str, Callable[[], torch.Tensor]] = {
        "plain, 20 steps": lambda: solver(measured),
        "plain, 3000 steps": lambda: solver(measured, tail=2980),
    }
    if algorithm == "ista":
        ways["FISTA, 20 steps"] = lambda: fista(solver, measured, 20)
        ways["sklearn Lasso"] = lambda: sklearn_codes("lasso", signals, measured, weight)
    else:
        ways["sklearn OMP"] = lambda: sklearn_codes("omp", signals, measured, weight)
    return {name: score(solver, way(), measured, codes) for name, way in ways.items()}


def table(seeds: int, parts: list[str], kept: Kept) -> None:
    print("| algorithm | way | NMSE | objective | not zero |\n|---|---|---|---|---|")
    for part in parts:
        algorithm, weight = PARTS[part]
        rows: Rows = {}
        for seed in range(seeds):
            signals = Signals(seed)
            plain = kept.row([part, "plain", seed], partial(plain_rows, signals, algorithm, weight, seed))
            for name, values in plain.items():
                rows.setdefault(name, []).append(values)
            for loss in ("supervised", "unsupervised"):
                row = kept.row([part, loss, seed], partial(_learned_row, algorithm, weight, loss, seed))
                rows.setdefault(f"{loss}, 20 layers", []).append(row)
        for name, values in rows.items():
            cells = [f"{a:.4f} ± {b:.4f}" for a, b in zip(np.mean(values, 0), np.std(values, 0), strict=True)]
            print(f"| {algorithm} λ = {weight} | {name} | {' | '.join(cells)} |", flush=True)


def _learned_row(algorithm: str, weight: float, loss: str, seed: int) -> tuple[float, float, float]:
    solver = trained(algorithm, weight, loss, seed)
    measured, codes = Signals(seed).test(seed)
    with torch.no_grad():
        return score(solver, solver(measured), measured, codes)


def mismatch(seeds: int, kept: Kept) -> None:
    print("\n| iht λ = .03, test at | supervised: error grows by | unsupervised | supervised grows more on |")
    print("|---|---|---|---|")
    cases = {"p = .12": (0.12, 0.03), "p = .15": (0.15, 0.03), "σ = .06": (0.08, 0.06), "σ = .1": (0.08, 0.1)}

    def grown(loss: str, seed: int) -> list[float]:
        solver = trained("iht", 0.03, loss, seed)
        with torch.no_grad():
            return [_growth(solver, Signals(seed), Signals(seed, *case), seed) for case in cases.values()]

    losses = ("supervised", "unsupervised")
    both = [[kept.row(["mismatch", loss, n], partial(grown, loss, n)) for loss in losses] for n in range(seeds)]
    for name, values in zip(cases, np.transpose(both, (2, 0, 1)), strict=True):
        mean, spread = np.mean(values, 0), np.std(values, 0)
        wins = sum(a >= b for a, b in values)
        cells = f"{mean[0]:.2f} ± {spread[0]:.2f} | {mean[1]:.2f} ± {spread[1]:.2f} | {wins} of {seeds}"
        print(f"| {name} | {cells} |", flush=True)


def _growth(solver: UnfoldedSolver, trained_on: Signals, tested_on: Signals, seed: int) -> float:
    errors = []
    for signals in (trained_on, tested_on):
        measured, codes = signals.test(seed)
        errors.append(score(solver, solver(measured), measured, codes)[0])
    return errors[1] / errors[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS), help="Parts of the table.")
    parser.add_argument("--mismatch", action="store_true")
    parser.add_argument("--store", type=Path, help="keep each row here, and take up what is kept")
    words = parser.parse_args()
    kept = Kept(words.store)
    torch.set_num_threads(1)
    print(machine_line("torch", "scikit-learn"), f"{words.seeds} seeds", sep="; ", end="\n\n")
    if words.parts:
        table(words.seeds, words.parts, kept)
    if words.mismatch:
        mismatch(words.seeds, kept)


if __name__ == "__main__":
    main()

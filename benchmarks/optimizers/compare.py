"""Optimizers, regularizers and critical initialization beside what torch, scipy and textbooks offer.

    python -m benchmarks optimizers compare                       everything but the largest matrices and the training
    python -m benchmarks optimizers compare cost --sizes 256 512 1024 2048 4096
    python -m benchmarks optimizers compare training --store runs.jsonl    models, learning rates tuned alike
    python -m benchmarks optimizers compare root dct gns conv align critical

Times are means of several steps, methods taking turns; with one thread, the default, of the processor, so that other
load on the machine counts little. Matrices are
square and float32; Gaussian gradients. Ratios compare numbers of one run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.machine import machine_line
from benchmarks.optimizers.solvers import gns
from benchmarks.optimizers.studies import align, conv, critical, table
from geomlearn.optimizers.auon import AuON, HybridAuON
from geomlearn.optimizers.base import optimizer_state_bytes
from geomlearn.optimizers.calibration import coefficients_for
from geomlearn.optimizers.low_rank.dct import orthogonal_basis, sketch, strongest_modes
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.low_rank.projection import SKETCH
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.newton_schulz import newton_schulz, polar_factor
from geomlearn.optimizers.root import ROOT, robust_part

Build = Callable[[list[nn.Parameter]], torch.optim.Optimizer]


def builds(n: int) -> dict[str, Build]:
    rank = n // 8
    makers = {
        "torch AdamW": lambda p: torch.optim.AdamW(p),
        "torch Muon": lambda p: torch.optim.Muon(p),
        "Muon": lambda p: Muon(p),
        "AuON": lambda p: AuON(p),
        "HybridAuON": lambda p: HybridAuON(p),
        "ROOT": lambda p: ROOT(p),
        "DCTAdamW r=n/8": lambda p: DCTAdamW(p, rank=rank),
    }
    makers["DCTAdamW r=n/8 sketch"] = lambda p: DCTAdamW(p, rank=rank, scores="sketch")
    makers["DCTAdamW r=n/32 sketch"] = lambda p: DCTAdamW(p, rank=n // 32, scores="sketch")
    return makers


def step_times(makers: dict[str, Build], shapes: list[tuple[int, ...]], repeat: int) -> dict[str, tuple[float, int]]:
    """Mean seconds per step, and bytes of state, of each method; methods take turns."""
    generator = torch.Generator().manual_seed(0)
    runs = {}
    for name, build in makers.items():
        params = [nn.Parameter(torch.zeros(shape)) for shape in shapes]
        for param in params:
            param.grad = torch.randn(param.shape, generator=generator)
        runs[name] = build(params)
        runs[name].step()
    total = dict.fromkeys(runs, 0.0)
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    for _ in range(repeat):
        for name, optimizer in runs.items():
            start = clock()
            optimizer.step()
            total[name] += clock() - start
    return {name: (total[name] / repeat, optimizer_state_bytes(runs[name])) for name in runs}


def cost(arguments: argparse.Namespace) -> None:
    rows, seconds = [], {}
    for n in arguments.sizes:
        found = step_times(builds(n), [(n, n)], 1 if n > 2048 else 3 if n > 1024 else 10)
        adamw, muon, (_, full) = found["torch AdamW"][0], found["torch Muon"][0], found["torch AdamW"]
        for name, (s, size) in found.items():
            seconds.setdefault(name, []).append((n * n, s))
            rows.append([n, name, 1e3 * s, s / muon, s / adamw, size / 2**20, size / full])
    names = ["n", "optimizer", "ms/step", "/torch Muon", "/AdamW", "state MB", "/AdamW's"]
    table("Cost of one step on an n×n matrix", names, rows)
    if len(arguments.sizes) > 1:
        slopes = [[name, float(np.polyfit(*np.log(np.array(pairs)).T, 1)[0])] for name, pairs in seconds.items()]
        table("Growth: seconds ~ parameters^slope", ["optimizer", "slope"], slopes)


def layers(arguments: argparse.Namespace) -> None:
    """Many equal layers, as transformers have them: stacked and one by one, and a whole training step around them."""
    shapes = [(64, 64)] * 48 + [(64, 256), (256, 64)] * 12
    makers = {
        "torch Muon": lambda p: torch.optim.Muon(p),
        "Muon, one by one": lambda p: Muon(p, foreach=False),
        "Muon, stacked": lambda p: Muon(p, foreach=True),
        "Muon": lambda p: Muon(p),
        "ROOT": lambda p: ROOT(p),
        "AuON": lambda p: AuON(p),
    }
    found = step_times(makers, shapes, 10)
    base = found["torch Muon"][0]
    rows = [[name, 1e3 * s, s / base] for name, (s, _) in found.items()]
    table("One step on 72 small matrices (48 of 64×64, 24 of 64×256)", ["optimizer", "ms/step", "/torch Muon"], rows)


def root(arguments: argparse.Namespace) -> None:
    shapes = [(32, 32), (64, 64), (64, 128), (64, 256), (128, 128), (256, 256), (128, 512), (256, 1024), (512, 512)]
    rows = []
    for shape in shapes:
        errors: dict[str, list[float]] = {"muon": [], "table": []}
        for seed in range(3):
            matrix = torch.randn(shape, generator=torch.Generator().manual_seed(100 + seed), dtype=torch.float64)
            exact = polar_factor(matrix)
            for kind, values in errors.items():
                x = newton_schulz(matrix, coefficients=coefficients_for(shape, kind, 5))
                values.append(float((x - exact).square().sum()) / min(shape))
        muon, ours = np.mean(errors["muon"]), np.mean(errors["table"])
        rows.append([f"{shape[0]}×{shape[1]}", muon, ours, ours / muon])
    names = ["shape", "Muon", "ROOT", "ratio"]
    table("‖X − UVᵀ‖²/min side after 5 steps, held-out Gaussian matrices, 3 seeds", names, rows)
    rows = []
    for q in (None, 0.9, 0.97, 0.99, 0.995):
        found = []
        for seed in range(3):
            clean, spiked = _spiked(seed)
            target = polar_factor(clean)
            both = [newton_schulz(robust_part(matrix, q)) for matrix in (clean, spiked)]
            found.append([float((x * target).sum() / (x.norm() * target.norm())) for x in both])
        clean, spiked = np.mean(found, 0)
        rows.append(["none (Muon)" if q is None else q, clean, spiked, spiked / clean])
    title = "Cosine to the clean polar factor, 64×128 of rank 8 + noise, 8 spikes of ±50, 3 seeds"
    table(title, ["clip quantile", "clean", "spiked", "ratio"], rows)


def _spiked(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    clean = draw(64, 8) @ draw(8, 128) / 8**0.5 + 0.3 * draw(64, 128)
    spiked = clean.clone().flatten()
    spiked[torch.randperm(spiked.numel(), generator=generator)[:8]] += 50 * draw(8).sign()
    return clean, spiked.reshape(64, 128)


def dct(arguments: argparse.Namespace) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.linspace(0, 1, 64, dtype=torch.float64)
    centres = torch.rand(512, 1, generator=generator, dtype=torch.float64)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    matrices = {
        "smooth rows": torch.exp(-(((x - centres) / 0.15) ** 2)),
        "low rank + noise": draw(512, 8) @ draw(8, 64) + 0.1 * draw(512, 64),
        "Gaussian": draw(512, 64),
    }
    rows = []
    for name, matrix in matrices.items():
        energy = torch.linalg.svdvals(matrix).square()
        for rank in (8, 16, 32, 64):
            kept = []
            for kind in ("dct2", "sketch", "dct3", "random"):
                basis = orthogonal_basis("dct2" if kind == "sketch" else kind, 64, torch.float64)
                ranked = sketch(matrix, SKETCH) if kind == "sketch" else matrix
                chosen = matrix @ basis[:, strongest_modes(ranked @ basis, rank)]
                kept.append(float(chosen.square().sum() / matrix.square().sum()))
            rows.append([name, rank, float(energy[:rank].sum() / energy.sum()), *kept, rank / 64])
    names = ["512×64", "rank", "SVD", "DCT-II", "by sketch", "DCT-III", "random", "bound r/n"]
    table("Energy kept by the best modes: the bound is the contraction, at full rank all equal the SVD", names, rows)


def main() -> None:
    from benchmarks.optimizers.problems import PROBLEMS
    from benchmarks.optimizers.training import training

    parts = {
        "cost": cost,
        "layers": layers,
        "root": root,
        "dct": dct,
        "gns": gns,
        "conv": conv,
        "align": align,
        "critical": critical,
        "training": training,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*parts, []], help="which tables; all but training when none")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=200, help="steps of each training run")
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=PROBLEMS, help="what is trained")
    parser.add_argument("--store", type=Path, help="file of JSON lines that keeps finished training runs")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(machine_line("torch"), f"· {arguments.threads} thread(s)")
    for part in arguments.parts or [name for name in parts if name != "training"]:
        parts[part](arguments)


if __name__ == "__main__":
    main()

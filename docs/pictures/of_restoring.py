"""Learned priors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plots
import torch

import geomlearn as gl


def lpn(path: Path) -> None:
    """Learned from samples of a Laplace distribution alone: the proximal map nears the soft threshold, R |x|."""
    from geomlearn.restoration import LearnedProximal, LpnOptions, LpnTraining
    from geomlearn.restoration.lpn_training import train_lpn

    def draw(generator: torch.Generator, count: int) -> torch.Tensor:
        sides = torch.rand(count, 1, generator=generator, dtype=torch.float64) - 0.5
        return -sides.sign() * torch.log1p(-2 * sides.abs())

    torch.manual_seed(0)
    network = LearnedProximal(1, LpnOptions(hidden=50, layers=2, convexity=1e-3)).double()
    network.potential.start_from(torch.tensor([2 / 3], dtype=torch.float64))
    options = LpnTraining(steps=4000, batch_size=1000, rate=5e-3, gamma=0.2, stages=3, first=0.15)
    train_lpn(network, draw, options)
    y = torch.linspace(-4, 4, 161, dtype=torch.float64)[:, None]
    x = torch.linspace(-2.5, 2.5, 101, dtype=torch.float64)[:, None]
    mapped, prior = network(y).detach().numpy()[:, 0], network.prior(x).numpy()
    y, x = y.numpy()[:, 0], x.numpy()[:, 0]
    figure, (left, right) = plots.sheet(2, width=7.2, height=2.8)
    left.plot(y, np.sign(y) * np.maximum(np.abs(y) - 1, 0), linewidth=1.6, label="soft threshold")
    left.plot(y, mapped, linewidth=1.6, label="learned")
    right.plot(x, np.abs(x), linewidth=1.6, label="|x|")
    right.plot(x, prior - prior.min(), linewidth=1.6, label="learned")
    for axes, words in ((left, ("y", "f(y)")), (right, ("x", "R(x)"))):
        plots.words(axes, *words)
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(path)


def plug_and_play(path: Path) -> None:
    """Two warm spots on a cat, read at eighty places: the truth, what was read, and what the prior makes of it."""
    from geomlearn.restoration import LpnTraining, RestoreOptions, learn_field_prior, restore_part

    cat = gl.read("builtin:quadruped-cat-stand@1500")
    rng = np.random.default_rng(0)
    fields = np.stack([_spots(cat.vertices, rng) for _ in range(600)])
    prior = learn_field_prior(cat, fields[:-1], modes=40, training=LpnTraining(steps=1500)).value
    known = np.zeros(cat.n_vertices, bool)
    known[rng.choice(cat.n_vertices, 80, replace=False)] = True
    read = fields[-1] + 0.02 * rng.standard_normal(cat.n_vertices)
    restored = restore_part(prior, read[None], known, RestoreOptions(noise=0.02), sensors=True).value[0]
    near = np.linalg.norm(cat.vertices[:, None] - cat.vertices[known], axis=2)
    seen = np.where(near.min(axis=1) < 0.03 * cat.diagonal, read[known][near.argmin(axis=1)], np.nan)
    shown = {"truth": fields[-1], "read": seen, "restored": restored}
    gl.render(cat, fields=shown, path=path, size=(1500, 480), limits=(0.0, 1.0), colormap="ember")


def _spots(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The larger of two smooth spots around points drawn at random."""
    width = 0.15 * np.linalg.norm(np.ptp(points, axis=0))
    away = np.linalg.norm(points[:, None] - points[rng.integers(len(points), size=2)], axis=2)
    return np.exp(-((away / width) ** 2)).max(axis=1)


def stn(path: Path) -> None:
    """Weight decay that finds itself in one training, from two of three starts; dashed, the best of four hundred."""
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(15)
    parts = []
    for count in (30, 60):
        x = rng.standard_normal((count, 15))
        parts.append((x, x @ truth + 3.0 * rng.standard_normal(count)))
    figure, (axes,) = plots.sheet()
    for start in (0.002, 0.05, 5.0):
        axes.plot(*_tuned(parts, start), linewidth=1.6, label=f"from {start:g}")
    axes.axhline(_best_decay(parts), color=plots.INK, linestyle="--", linewidth=1)
    plots.words(axes, "step", "weight decay", log="y")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path)


def _tuned(parts: list[tuple[np.ndarray, np.ndarray]], start: float) -> tuple[list[float], list[float]]:
    """The weight decay of a linear model, step by step."""
    from geomlearn.tuning import HyperParameters, Knob, SelfTuning, SelfTuningOptions, self_tuning
    from geomlearn.tuning.self_tuning.hyper_layers import weight_size

    (x, y), (x_valid, y_valid) = [[torch.from_numpy(array) for array in part] for part in parts]
    torch.manual_seed(0)
    knob = Knob("decay", 1e-3, 10.0, log=True, per_example=False)
    knobs = HyperParameters([knob], {"decay": start}).double()
    model = self_tuning(torch.nn.Sequential(torch.nn.Linear(15, 1, bias=False)), knobs).double()
    torch.nn.init.normal_(model[0].scale.weight, std=0.3)

    def fit(values: dict[str, torch.Tensor]) -> torch.Tensor:
        return (model(x)[:, 0] - y).square().mean() + values["decay"].mean() * weight_size(model)

    options = SelfTuningOptions(warmup=50, knob_rate=0.04, entropy=0.0, spread=0.3, spread_rate=0.0)
    run = SelfTuning(
        model,
        knobs,
        lambda _, values, rng: fit(values),
        lambda _, rng: (model(x_valid)[:, 0] - y_valid).square().mean(),
        options,
        rate=0.02,
    )
    generator = torch.Generator().manual_seed(0)
    for _ in range(900):
        run.step(generator)
    return [row["step"] for row in run.history], [row["decay"] for row in run.history]


def _best_decay(parts: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """The weight decay whose exact solution errs least on validation samples."""
    (x, y), (x_valid, y_valid) = parts
    grid = np.geomspace(1e-3, 10, 400)
    solved = [np.linalg.solve(x.T @ x / len(x) + decay * np.eye(15), x.T @ y / len(x)) for decay in grid]
    return float(grid[np.argmin([np.mean((x_valid @ w - y_valid) ** 2) for w in solved])])

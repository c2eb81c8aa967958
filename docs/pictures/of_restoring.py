"""Learned priors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plots
import torch

import geomlearn as gl


def _moons(count: int, generator: torch.Generator) -> torch.Tensor:
    """Points on two half circles in each other."""
    angle = np.pi * torch.rand(count, generator=generator, dtype=torch.float64)
    second = torch.rand(count, generator=generator) < 0.5
    x = torch.where(second, 1 - torch.cos(angle), torch.cos(angle)) - 0.5
    y = torch.where(second, 0.5 - torch.sin(angle), torch.sin(angle)) - 0.25
    return torch.stack([x, y], 1)


def lpn(path: Path) -> None:
    """Two arcs of points: the prior that was learned of them, and where its proximal map takes noisy points."""
    from geomlearn.restoration import LearnedProximal, LpnOptions, LpnTraining
    from geomlearn.restoration.lpn_training import train_lpn

    sigma = 0.2
    network = LearnedProximal(2, LpnOptions(hidden=64)).double()
    train_lpn(network, lambda count, rng: _moons(count, rng) / sigma, LpnTraining(steps=3000, gamma=0.5))
    across, up = np.meshgrid(np.linspace(-1.9, 1.9, 97), np.linspace(-1.2, 1.2, 61))
    places = torch.from_numpy(np.stack([across.ravel(), up.ravel()], 1) / sigma)
    depth = network.prior(places).numpy().reshape(up.shape)
    rng = torch.Generator().manual_seed(1)
    noisy = _moons(160, rng) + sigma * torch.randn(160, 2, generator=rng, dtype=torch.float64)
    clean = sigma * network(noisy / sigma).detach()
    figure, (left, right) = plots.sheet(2, width=8.2, height=2.8)
    drawn = left.contourf(across, up, np.log1p(depth - depth.min()), 24, cmap="magma_r")
    figure.colorbar(drawn, ax=left, shrink=0.8).ax.tick_params(labelsize=7)
    right.quiver(*noisy.T, *(clean - noisy).T, angles="xy", scale_units="xy", scale=1, width=0.003, color="#b0b4ba")
    right.scatter(*noisy.T, s=5, linewidths=0, color=plots.PALETTE[5], label="noisy")
    right.scatter(*clean.T, s=9, linewidths=0, color=plots.PALETTE[1], label="proximal map")
    right.legend(frameon=False, fontsize=8, loc="upper right")
    for axes, title in ((left, "log(1 + R − min R)"), (right, "f(y)")):
        plots.words(axes, "", "", title)
        axes.set(aspect="equal", xlim=(-1.9, 1.9), ylim=(-1.2, 1.2), xticks=[], yticks=[])
    figure.savefig(path)


def plug_and_play(path: Path) -> None:
    """Two warm spots on a cat, read at sixty places: the truth, what was read, and what the prior makes of it."""
    from geomlearn.restoration import LpnTraining, RestoreOptions, learn_field_prior, restore_part

    cat = gl.read("builtin:quadruped-cat-stand@1500")
    rng = np.random.default_rng(0)
    fields = np.stack([_spots(cat.vertices, rng) for _ in range(1000)])
    prior = learn_field_prior(cat, fields[:-1], modes=48, training=LpnTraining(steps=2000)).value
    known = np.zeros(cat.n_vertices, bool)
    known[rng.choice(cat.n_vertices, 60, replace=False)] = True
    read = fields[-1] + 0.02 * rng.standard_normal(cat.n_vertices)
    restored = restore_part(prior, read[None], known, RestoreOptions(noise=0.02), sensors=True).value[0]
    near = np.linalg.norm(cat.vertices[:, None] - cat.vertices[known], axis=2)
    seen = np.where(near.min(axis=1) < 0.03 * cat.diagonal, read[known][near.argmin(axis=1)], 0.0)
    shown = {"truth": fields[-1], "read": seen, "restored": restored}
    gl.render(cat, fields=shown, path=path, size=(1500, 480), limits=(0.0, 1.0))


def _spots(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The larger of two smooth spots around points drawn at random."""
    width = 0.12 * np.linalg.norm(np.ptp(points, axis=0))
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

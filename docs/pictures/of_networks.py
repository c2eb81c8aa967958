"""Operators, attention, adaptation, design."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import plots
import torch

import geomlearn as gl

_STEPS = 120


def lsm(path: Path) -> None:
    """Darcy flow on an unseen permeability, by the shipped model."""
    data = gl.samples("darcy", 1, seed=99, resolution=85, stride=3)
    with torch.no_grad():
        answer = gl.load_model("shipped:darcy")(torch.from_numpy(np.array(data.inputs)))[0, ..., 0].numpy()
    true = data.targets[0, ..., 0]
    named = {
        "permeability": data.inputs[0, ..., 0],
        "true pressure": true,
        "predicted": answer,
        "difference": answer - true,
    }
    plots.fields(path, named, {name: "RdBu_r" if name == "difference" else "viridis" for name in named})


def _grid() -> tuple[np.ndarray, np.ndarray]:
    """Made-up pairs: sums of waves, and their smoothed squares."""
    rng = np.random.default_rng(0)
    x = np.linspace(0, 1, 32, endpoint=False)
    parts = rng.integers(0, 4, (600, 3))
    waves = np.stack([np.cos(2 * np.pi * (i * x[:, None] + j * x[None]) + p) for i, j, p in parts]).reshape(
        200, 3, 32, 32
    )
    inputs = waves.sum(axis=1)
    smoothed = sum(np.roll(inputs, shift, axis) for axis in (1, 2) for shift in (-1, 0, 1)) / 6
    return inputs[..., None], (smoothed**2)[..., None]


def _learned(path: Path, key: str, **options: Any) -> None:
    """A made-up operator after a short training: an input it has not seen, the truth, the answer."""
    inputs, targets = _grid()
    model = gl.train(key, (inputs, targets), epochs=20, batch_size=16, learning_rate=2e-3, **options)
    with torch.no_grad():
        answer = model(torch.as_tensor(inputs[-1:], dtype=torch.float32))[0, ..., 0].numpy()
    true = targets[-1, ..., 0]
    named = {"input": inputs[-1, ..., 0], "truth": true, "answer": answer, "difference": answer - true}
    plots.fields(path, named, {name: "RdBu_r" if name == "difference" else "viridis" for name in named})


def unet(path: Path) -> None:
    """A made-up operator, learned from 160 pairs in 20 epochs: input, truth and answer on a pair held back."""
    _learned(path, "unet", width=8)


def fno(path: Path) -> None:
    """A made-up operator, learned from 160 pairs in 20 epochs: input, truth and answer on a pair held back."""
    _learned(path, "fno", width=16, modes=8, padding=0)


def deeponet(path: Path) -> None:
    """Integrals of made-up functions, learned from 400 pairs in 100 epochs: a function held back, truth and answer."""
    rng, x = np.random.default_rng(0), np.linspace(0, 1, 64)
    waves = np.pi * np.arange(1, 5)[:, None] * x
    amounts = rng.standard_normal((500, 4)) / np.arange(1, 5)
    inputs = amounts @ np.cos(waves)
    targets = (amounts / (np.pi * np.arange(1, 5))) @ np.sin(waves)
    pairs = inputs[..., None], targets[..., None]
    model = gl.train("deeponet", pairs, epochs=100, batch_size=20, learning_rate=2e-3, width=64, rank=64)
    with torch.no_grad():
        answer = model(torch.as_tensor(pairs[0][-1:], dtype=torch.float32))[0, :, 0].numpy()
    figure, (left, right) = plots.sheet(2, width=7.2, height=2.6)
    left.plot(x, inputs[-1], linewidth=1.6)
    right.plot(x, targets[-1], linewidth=1.6, label="truth")
    right.plot(x, answer, linewidth=1.6, linestyle="--", label="answer")
    right.legend(frameon=False, fontsize=8)
    plots.words(left, "x", "a(x)")
    plots.words(right, "x", "∫ a")
    figure.savefig(path)


def _points() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of the plane that differ from sample to sample: a bump on them, and the same spread out."""
    rng = np.random.default_rng(0)
    points = rng.random((80, 256, 2)).astype(np.float32)
    center = rng.random((80, 1, 2)) * 0.6 + 0.2
    away = ((points - center) ** 2).sum(-1, keepdims=True)
    return points, np.exp(-away / 0.01), 0.5 * np.exp(-away / 0.05)


def _on_points(path: Path, key: str, **options: Any) -> None:
    import tempfile

    points, inputs, targets = _points()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "points.npz"
        np.savez(file, points=points, inputs=inputs, targets=targets)
        model = gl.train(key, data=str(file), epochs=20, batch_size=8, learning_rate=2e-3, **options)
        from geomlearn.operators import predict, read_dataset

        asked = read_dataset(str(file)).test
    answer = np.asarray(predict(model, asked, device="cpu"))
    named = {"input": asked.inputs, "truth": asked.targets, "answer": answer}
    plots.clouds(path, {name: (asked.points[-1], values[-1].ravel()) for name, values in named.items()}, size=10)


def lsm_points(path: Path) -> None:
    """Bumps on scattered points that spread out: an unseen sample after a short training."""
    _on_points(path, "lsm-points", width=8)


def geo_fno(path: Path) -> None:
    """Bumps on scattered points that spread out: an unseen sample after a short training."""
    _on_points(path, "geo-fno", width=16, modes=8)


def transolver(path: Path) -> None:
    """Bumps on scattered points that spread out: an unseen sample after a short training."""
    _on_points(path, "transolver-points", width=32, layers=3, slices=16)


def lsm_shapes(path: Path) -> None:
    """Heat at a later time on an animal that the shipped model has not seen."""
    _on_shapes(path, lambda: gl.load_model("shipped:heat"))


def _on_shapes(path: Path, model: Callable[[], Any], data: Any = None) -> None:
    from geomlearn.operators import predict

    data = data or gl.samples("heat-on-shapes", 1, seed=99)
    answer, true = predict(model(), data, device="cpu")[-1][:, 0], data.targets[-1][:, 0]
    fields = {"start": data.inputs[-1][:, 0], "true, later": true, "predicted": answer}
    gl.render(data.shapes[-1], fields=fields, limits=(true.min(), true.max()), path=path, size=(1500, 480))


def laplace_spectral(path: Path) -> None:
    """Heat at a later time on a body, after a short training on twenty-four other shapes."""
    taught, asked = gl.samples("heat-on-shapes", 24, seed=5), gl.samples("heat-on-shapes", 1, seed=99)
    _on_shapes(path, lambda: gl.train("laplace-spectral", taught, epochs=15, batch_size=4, learning_rate=2e-3), asked)


def nalaformer(path: Path) -> None:
    """How much a query along one direction attends to keys around the circle: the longer the query, the sharper."""
    from geomlearn.operators.layers.attention.nalaformer import key_features, query_features

    turn = np.linspace(-np.pi, np.pi, 241)
    keys = key_features(torch.as_tensor(np.stack([np.cos(turn), np.sin(turn)], 1)))
    curves = {}
    for norm in (0.5, 2.0, 8.0):
        query = norm * torch.tensor([[np.cos(0.6), np.sin(0.6)]])
        weights = (query_features(query) @ keys.T)[0].numpy()
        curves[f"‖q‖ = {norm:g}"] = (np.degrees(turn), weights / weights.sum())
    plots.curves(path, curves, "direction of the key, the query's is 34°", "attention")


def _task() -> tuple[torch.Tensor, torch.Tensor]:
    """A weight, and what it is to become: another by a change of rank three."""
    torch.manual_seed(0)
    weight = torch.randn(48, 48) @ torch.diag(torch.logspace(0, -2, 48)) @ torch.randn(48, 48) / 7
    return weight, weight + 0.3 * torch.randn(48, 3) @ torch.randn(3, 48) / 7


def _adapt(kind: type, rank: int, rate: float, hold: float = 0.0) -> tuple[list[float], list[float]]:
    """Losses, and how far the factors are from orthonormal where `hold` or nothing holds them, step by step."""
    from geomlearn.operators.adaptation.low_rank.matrices import MatrixForm

    weight, goal = _task()
    change = kind(MatrixForm(tuple(weight.shape)), rank)
    change.start(weight)
    optimizer = torch.optim.AdamW(change.parameters(), rate, weight_decay=0.0)
    losses, gaps = [], []
    for _ in range(_STEPS):
        x = torch.randn(128, 48)
        loss = (x @ (weight + change.difference(weight) - goal).T).square().mean()
        gap = change.penalty() if hasattr(change, "penalty") else torch.zeros(())
        optimizer.zero_grad()
        (loss + hold * gap).backward()
        optimizer.step()
        losses.append(loss.item())
        gaps.append(gap.item())
    return losses, gaps


def _best(kind: type, rank: int) -> list[float]:
    """The losses at the rate whose last ten are the smallest."""
    runs = [_adapt(kind, rank, rate)[0] for rate in (0.005, 0.01, 0.02, 0.05)]
    return min(runs, key=lambda losses: np.mean(losses[-10:]))


def lora(path: Path) -> None:
    """A matrix learns a change of rank three: smaller ranks cannot follow. Each is at the best of four rates."""
    from geomlearn.operators.adaptation.low_rank.lora import Lora

    curves = {f"rank {rank}": (np.arange(_STEPS), _best(Lora, rank)) for rank in (1, 2, 3, 4)}
    plots.curves(path, curves, "step", "loss", log="y")


def dora(path: Path) -> None:
    """A matrix learns a change of rank three, by rank four and the best of four rates: here both learn as fast."""
    from geomlearn.operators.adaptation.low_rank.lora import Dora, Lora

    curves = {name: (np.arange(_STEPS), _best(kind, 4)) for name, kind in (("DoRA", Dora), ("LoRA", Lora))}
    plots.curves(path, curves, "step", "loss", log="y")


def pissa(path: Path) -> None:
    """Singular values of a weight: rank four trains the four largest, and what is kept frozen are the others."""
    from geomlearn.operators.adaptation.low_rank.lora import Pissa
    from geomlearn.operators.adaptation.low_rank.matrices import MatrixForm

    weight, _ = _task()
    change = Pissa(MatrixForm(tuple(weight.shape)), 4)
    change.start(weight)
    trained = change.B.detach() @ change.A.detach()
    numbers = np.arange(1, 25)
    curves = {
        name: (numbers[:count], torch.linalg.svdvals(matrix).numpy()[:count])
        for name, matrix, count in (("weight", weight, 24), ("trained", trained, 4), ("frozen", weight - trained, 24))
    }
    plots.curves(path, curves, "number", "singular value", marker="o", limits=(0, None))


def sorsa(path: Path) -> None:
    """How far the singular vectors drift from orthonormal while a change is learned, with the penalty and without."""
    from geomlearn.operators.adaptation.low_rank.sorsa import Sorsa

    curves = {
        name: (np.arange(_STEPS), _adapt(Sorsa, 4, 0.01, hold)[1])
        for name, hold in (("without", 0.0), ("γ = 0.1", 0.1))
    }
    plots.curves(path, curves, "step", "‖UᵀU − I‖, mean of both sides")


def ignite(path: Path) -> None:
    """A surrogate learns from sixty designs: how its mean prediction answers to changes of its weights."""
    curves = {name: (np.arange(400), _sharpness(name == "IGNITE")) for name in ("plain", "IGNITE")}
    plots.curves(path, curves, "step", "‖∇ mean prediction‖")


def _sharpness(held: bool) -> list[float]:
    """n at each step of a training, with the penalty or without."""
    from geomlearn.regularizers.ignite import SurrogateSharpness
    from geomlearn.regularizers.options import IgniteOptions

    torch.manual_seed(0)
    designs = torch.rand(60, 4)
    scores = torch.sin(6 * designs).sum(1, keepdim=True)
    model = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    options = IgniteOptions(lam_lr=0.05) if held else IgniteOptions(mode="penalty", lam=0.0)
    watch = SurrogateSharpness(model, options, takes=lambda name: name != "2.bias")
    optimizer, norms = torch.optim.Adam(model.parameters(), 3e-3), []
    for _ in range(400):
        optimizer.zero_grad()
        (model(designs) - scores).square().mean().backward()
        norms.append(watch.add_to_grad(lambda: model(designs).mean()))
        optimizer.step()
    return norms


def orthogonal_adaptation(path: Path) -> None:
    """Overlaps of what four adaptations read of a token: none in the shared basis, some where each draws its own."""
    from geomlearn.operators.adaptation.orthogonal.basis import directions
    from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions

    shown = {}
    for title, kind in (("shared basis", "registry"), ("each its own", "gaussian")):
        read = [directions(OrthogonalOptions(name=f"a{i}", slot=i, width=64, basis=kind), 8) for i in range(4)]
        columns = np.hstack([one / np.linalg.norm(one, axis=0) for one in read])
        shown[title] = np.abs(columns.T @ columns)
    plots.fields(path, shown, "magma_r", vmin=0, vmax=1)

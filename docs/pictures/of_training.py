"""Optimizers, regularizers, starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import plots
import torch


def _gradient(rows: int = 64, columns: int = 64, outliers: int = 0) -> torch.Tensor:
    """A signal of rank six in noise, and a few entries that are far off."""
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(rows, 6, generator=generator) * torch.tensor([6.0, 4.0, 3.0, 2.0, 1.5, 1.0])
    found = left @ torch.randn(6, columns, generator=generator) / 8 + 0.3 * torch.randn(
        rows, columns, generator=generator
    )
    for _ in range(outliers):
        i, j = torch.randint(rows, (2,), generator=generator).tolist()
        found[i, j] += 30
    return found


def _step(kind: type, gradient: torch.Tensor, **options: Any) -> torch.Tensor:
    """The change of a weight after one step."""
    weight = torch.nn.Parameter(torch.zeros_like(gradient))
    optimizer = kind(
        [{"params": [weight], "use_matrix": True}] if options.pop("matrix", False) else [weight], **options
    )
    weight.grad = gradient.clone()
    optimizer.step()
    return -weight.detach()


def _spectra(path: Path, steps: dict[str, torch.Tensor]) -> None:
    """Singular values of the gradient and of steps, the largest of each made one."""
    curves = {}
    for name, step in steps.items():
        values = torch.linalg.svdvals(step).numpy()
        curves[name] = (np.arange(1, len(values) + 1), values / values[0])
    plots.curves(path, curves, "number", "singular values, the first is 1", marker="o", limits=(-0.03, 1.08))


def muon(path: Path) -> None:
    """Singular values of a gradient, and of Muon's step along it: all directions are walked equally far."""
    from geomlearn.optimizers import Muon

    gradient = _gradient()
    _spectra(path, {"gradient": gradient, "Muon": _step(Muon, gradient, lr=0.1, weight_decay=0.0)})


def auon(path: Path) -> None:
    """Singular values of a gradient, and of AuON's step: only its length is set, the two lie on each other."""
    from geomlearn.optimizers import AuON

    gradient = _gradient()
    _spectra(path, {"gradient": gradient, "AuON": _step(AuON, gradient, lr=0.1, weight_decay=0.0)})


def hybrid_auon(path: Path) -> None:
    """Steps after one, two and five Newton–Schulz steps; with five it is Muon."""
    from geomlearn.optimizers import HybridAuON

    gradient = _gradient()
    steps = {f"{n} steps": _step(HybridAuON, gradient, lr=0.1, weight_decay=0.0, ns_steps=n) for n in (1, 2, 5)}
    _spectra(path, {"gradient": gradient, **steps})


def root(path: Path) -> None:
    """Four wrong entries in a gradient: how much of Muon's and of ROOT's step still points along the clean one."""
    from geomlearn.optimizers import ROOT, Muon

    clean, cosines = _gradient(), {"Muon": [], "ROOT, clipped at 0.99": []}
    true = _step(Muon, clean, lr=0.1, weight_decay=0.0)
    counts = (0, 2, 4, 8, 16, 32)
    for count in counts:
        gradient = _gradient(outliers=count)
        for name, kind, more in (("Muon", Muon, {}), ("ROOT, clipped at 0.99", ROOT, {"clip_quantile": 0.99})):
            step = _step(kind, gradient, lr=0.1, weight_decay=0.0, **more)
            cosines[name].append(float((step * true).sum() / step.norm() / true.norm()))
    plots.curves(
        path,
        {name: (counts, values) for name, values in cosines.items()},
        "wrong entries of 4,096",
        "cosine to the clean step",
        marker="o",
    )


def dct_adamw(path: Path) -> None:
    """How much of a gradient its best r cosines hold: much where columns are ordered, little where they are not."""
    x = torch.linspace(0, 1, 128)
    generator = torch.Generator().manual_seed(0)
    smooth = torch.stack(
        [
            torch.cos(torch.pi * (a * x + b))
            for a, b in zip(torch.rand(128, generator=generator) * 9, torch.rand(128, generator=generator), strict=True)
        ]
    )
    shuffled = smooth[:, torch.randperm(128, generator=generator)]
    n = torch.arange(128)
    basis = torch.cos(torch.pi * (n[:, None] + 0.5) * n / 128) * (2 / 128) ** 0.5
    basis[:, 0] /= 2**0.5
    curves = {}
    for name, gradient in (("ordered columns", smooth), ("the same, shuffled", shuffled)):
        held = (gradient @ basis).square().sum(0).sort(descending=True).values.cumsum(0)
        curves[name] = (np.arange(1, 129), (held / held[-1]).numpy())
    plots.curves(path, curves, "rank", "share of the gradient held", limits=(0, 1.03))


def gns(path: Path) -> None:
    """Rosenbrock's valley: the value and the radius γ, which finds itself."""
    from geomlearn.optimizers import gns_minimize

    def value(x: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = 1 - x[0], x[1] - x[0] ** 2
        return float(a * a + 100 * b * b), np.array([-2 * a - 400 * x[0] * b, 200 * b])

    def hessian(x: np.ndarray) -> np.ndarray:
        return np.array([[2 - 400 * (x[1] - 3 * x[0] ** 2), -400 * x[0]], [-400 * x[0], 200.0]])

    history = gns_minimize(value, np.array([-1.2, 1.0]), hessian).history
    steps = np.arange(len(history))
    curves = {
        name: (steps, [max(row[key], 1e-16) for row in history])
        for name, key in (("value", "value"), ("‖gradient‖", "gradient_norm"), ("γ", "gamma"))
    }
    plots.curves(path, curves, "iteration", "", log="y", marker="o")


def orth_conv(path: Path) -> None:
    """Singular values of a convolution at 8 × 8, as PyTorch starts it and after its penalty was driven down."""
    from geomlearn.regularizers import layer_singular_values, orthogonal_conv

    torch.manual_seed(0)
    layer = torch.nn.Conv2d(8, 16, 3, padding=1, bias=False, padding_mode="circular")
    before = np.sort(np.ravel(layer_singular_values(layer, (8, 8))))[::-1]
    optimizer = torch.optim.Adam(layer.parameters(), 0.02)
    for _ in range(300):
        optimizer.zero_grad()
        orthogonal_conv(layer.weight).backward()
        optimizer.step()
    after = np.sort(np.ravel(layer_singular_values(layer, (8, 8))))[::-1]
    numbers = np.arange(len(before))
    plots.curves(
        path,
        {"as started": (numbers, before), "orthogonal": (numbers, after)},
        "number",
        "singular value",
        limits=(0, None),
    )


def lambda_orth(path: Path) -> None:
    """The penalty over the distance r from orthogonal, for three λ: free before, and its slope is one after."""
    r = np.linspace(0, 4, 300)
    curves = {f"λ = {lam:g}": (r, r / (1 + np.exp(-10 * (r - lam)))) for lam in (0.5, 1.5, 2.5)}
    plots.curves(path, curves, "r = ‖WWᵀ − I‖", "penalty")


def align(path: Path) -> None:
    """Features of the same forty items by an old and a new model, before and after the new ones are brought back."""
    from geomlearn.regularizers import align_features

    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 40)
    centers = rng.standard_normal((5, 2)) * 2
    old = centers[labels] + 0.35 * rng.standard_normal((200, 2))
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]])
    new = (centers[labels] + 0.15 * rng.standard_normal((200, 2))) @ turn.T * 1.4
    found = align_features(old, new, labels).value
    plots.clouds(
        path, {"old": (old, labels), "new": (new, labels), "new, brought back": (found.new_to_old(new), labels)}
    )


def critical(path: Path) -> None:
    """The size of a signal through fifty layers of tanh: as PyTorch starts them, and at the critical point."""
    from geomlearn.initialization import init_critical

    curves = {}
    for name in ("PyTorch's start", "critical"):
        torch.manual_seed(0)
        layers = [torch.nn.Linear(128, 128) for _ in range(50)]
        model = torch.nn.Sequential(*(module for layer in layers for module in (layer, torch.nn.Tanh())))
        if name == "critical":
            init_critical(model)
        x, sizes = torch.randn(64, 128), []
        with torch.no_grad():
            for module in model:
                x = module(x)
                if isinstance(module, torch.nn.Linear):
                    sizes.append(float(x.square().mean()))
        curves[name] = (np.arange(1, 51), sizes)
    plots.curves(path, curves, "layer", "mean square of the signal", log="y")

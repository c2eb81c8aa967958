"""The smaller studies of `compare.py`: orthogonal convolutions, alignment, depth."""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import nn

from geomlearn.initialization.critical import init_critical, measure_flow
from geomlearn.initialization.criticality import critical_point
from geomlearn.initialization.recursions import simulated_flow, theory_flow
from geomlearn.regularizers.alignment import align_features, procrustes
from geomlearn.regularizers.layer_spectra import circular_singular_values
from geomlearn.regularizers.options import AlignmentOptions
from geomlearn.regularizers.orthogonal_conv import orthogonal_conv, spectral_factor
from geomlearn.regularizers.retrieval import retrieval_scores


def table(title: str, names: list[str], rows: list[list[object]]) -> None:
    """Print one table; numbers with three digits."""
    cells = [names, *[[f"{v:.3g}" if isinstance(v, float) else str(v) for v in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    print(f"\n{title}")
    for row in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)), flush=True)


def conv(arguments: argparse.Namespace) -> None:
    rows = []
    for case in ((4, 8, 3, 1), (12, 8, 3, 1), (6, 4, 3, 2), (20, 4, 3, 2), (4, 4, 3, 1)):
        m, c, k, s = case
        for steps in (0, 100, 1000):
            torch.manual_seed(0)
            kernel = nn.init.xavier_uniform_(torch.empty(m, c, k, k)).requires_grad_()
            optimizer = torch.optim.Adam([kernel], lr=1e-2)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
            for _ in range(steps):
                optimizer.zero_grad()
                orthogonal_conv(kernel, s).backward()
                optimizer.step()
                schedule.step()
            loss = max(float(orthogonal_conv(kernel.detach().double(), s)), 0.0)
            for n in (8, 32):
                sigma = circular_singular_values(kernel, n, s)
                deviation = float((sigma**2 - 1).abs().max())
                bound = (spectral_factor(kernel, s) * loss) ** 0.5
                rows.append([str(case), steps, n, loss, deviation, bound, float(sigma.min()), float(sigma.max())])
    names = ["(M,C,k,S)", "Adam steps", "N", "L_orth", "|σ²−1|", "bound", "σ min", "σ max"]
    table("L_orth and the spectral deviation it bounds, at two sizes N (the last kernel is square)", names, rows)
    _digits(arguments.seeds)


def _digits(seeds: int) -> None:
    from sklearn.datasets import load_digits

    from geomlearn.regularizers.model_penalty import regularization, shares
    from geomlearn.regularizers.terms import parse_terms

    data = load_digits()
    images, labels = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16, torch.tensor(data.target)
    rows = []
    for weight in (0.0, 1e-3, 1e-2, 1e-1, 1.0):
        found = []
        for seed in range(seeds):
            torch.manual_seed(seed)
            order = torch.randperm(len(labels))
            train, test = order[:1300], order[1300:]
            model = nn.Sequential(
                *(nn.Conv2d(1, 8, 3, padding=1, padding_mode="circular"), nn.ReLU(), nn.PixelUnshuffle(2)),
                *(nn.Conv2d(32, 24, 3, padding=1, padding_mode="circular"), nn.ReLU(), nn.Flatten()),
                nn.Linear(24 * 16, 10),
            )
            penalized = shares(model, parse_terms("orth-conv:1"))
            optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
            temperature = 20.0 if weight else 1.0
            for _ in range(10):
                for batch in train[torch.randperm(len(train))].split(100):
                    optimizer.zero_grad()
                    loss = nn.functional.cross_entropy(temperature * model(images[batch]), labels[batch])
                    (loss + weight * len(penalized) * regularization(penalized)).backward()
                    optimizer.step()
            sigma = circular_singular_values(model[3].weight, 8)
            right = [
                float((model(x).argmax(1) == labels[test]).float().mean())
                for x in _attacked(model, images[test], labels[test])
            ]
            found.append([*right, float(sigma.min()), float(sigma.max())])
        rows.append([weight or "0 (τ = 1)", *[float(v) for v in np.mean(found, 0)]])
    names = ["λ", "clean", "PGD ε=0.25", "PGD ε=0.5", "σ min", "σ max"]
    table(f"Digits: accuracy under L2 attacks, means of {seeds} seeds, temperature 20", names, rows)


def _attacked(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> list[torch.Tensor]:
    """The images, and the same after ten steps of projected gradients within two L2 distances."""
    results = [images]
    for reach in (0.25, 0.5):
        shift = torch.zeros_like(images)
        for _ in range(10):
            shift.requires_grad_()
            (gradient,) = torch.autograd.grad(nn.functional.cross_entropy(model(images + shift), labels), shift)
            size = gradient.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
            shift = shift.detach() + reach / 4 * gradient / size
            shift = shift * (reach / shift.flatten(1).norm(dim=1).clamp(min=reach))[:, None, None, None]
        results.append(images + shift)
    return results


def align(arguments: argparse.Namespace) -> None:
    """Digits: an old encoder that knew five classes, a wider new one that knows ten; a shifted, noisy domain."""
    rows: dict[str, list[list[float]]] = {}
    for seed in range(arguments.seeds):
        old, new, labels, (old_far, new_far, far) = _two_versions(seed)
        half = len(far) // 4
        part = slice(0, half), slice(half, None)
        maps = {
            "none": (np.eye(old.shape[1]), None),
            "Procrustes": (procrustes(old_far[part[0]], new_far[part[0]]), None),
        }
        kinds = {"orthogonal": {"kind": "orthogonal"}, "affine": {"kind": "affine"}}
        kinds |= {f"λ = {limit}": {"limit_rel": limit / 8} for limit in (1.0, 2.0, 4.0)}
        for name, options in kinds.items():
            chosen = AlignmentOptions(steps=800, learning_rate=3e-3, seed=seed, **options)
            maps[name] = (None, align_features(old_far[part[0]], new_far[part[0]], far[part[0]], chosen).value)
        for name, (matrix, maps_found) in maps.items():
            queries, home = (f @ matrix.T if maps_found is None else maps_found.new_to_old(f) for f in (new_far, new))
            stored = old_far if maps_found is None else maps_found.old_to_new(old_far)
            truth = far[part[1]]
            score = [
                retrieval_scores(a[part[1]], b[part[1]], truth, truth, same_items=True)[0]
                for a, b in ((queries, queries), (queries, stored), (queries, old_far), (old_far, old_far))
            ]
            plain, adapted = (retrieval_scores(f, f, labels, labels, same_items=True)[0] for f in (new, home))
            distance = 0.0 if maps_found is None else maps_found.distance
            rows.setdefault(name, []).append([distance, *score, adapted - plain])
    body = [[name, *[float(v) for v in np.mean(values, 0)]] for name, values in rows.items()]
    names = ["B", "‖WWᵀ−I‖", "B(new)/B(new)", "B(new)/F(old)", "B(new)/old", "old/old", "change at home"]
    table(f"Retrieval across versions, CMC-top-1, means of {arguments.seeds} seeds", names, body)


def _two_versions(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, ...]]:
    from sklearn.datasets import load_digits

    data = load_digits()
    x, y = torch.tensor(data.data, dtype=torch.float32) / 16, torch.tensor(data.target)
    features = []
    for width, classes in ((64, 5), (256, 10)):
        torch.manual_seed(seed + width)
        model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 64), nn.ReLU(), nn.Linear(64, classes))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        known = torch.nonzero(y[:1000] < classes).ravel()
        for _ in range(300):
            batch = known[torch.randint(len(known), (128,))]
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
        features.append(model[:3])
    home, rest = x[1000:1400], x[1400:]
    far = rest.reshape(-1, 8, 8).mT.reshape(-1, 64) + 0.15 * torch.randn(rest.shape)
    with torch.no_grad():
        old, new, old_far, new_far = (f(z).double().numpy() for z in (home, far) for f in features)
    return old, new, y[1000:1400].numpy(), (old_far, new_far, y[1400:].numpy())


def critical(arguments: argparse.Namespace) -> None:
    activations = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}
    rows = []
    for name, kind in activations.items():
        for start in ("torch default", "Kaiming", "critical"):
            torch.manual_seed(0)
            model = nn.Sequential(*[m for _ in range(99) for m in (nn.Linear(256, 256), kind())], nn.Linear(256, 256))
            if start == "critical":
                init_critical(model)
            elif start == "Kaiming":
                for layer in model:
                    if isinstance(layer, nn.Linear):
                        nn.init.kaiming_normal_(layer.weight)
                        nn.init.zeros_(layer.bias)
            inputs = torch.randn(16, 256, generator=torch.Generator().manual_seed(1))
            flow = measure_flow(model, inputs)
            ratio = flow[0].gradient / flow[-1].gradient if flow[-1].gradient else 0.0
            rows.append([name, start, *[flow[i].variance for i in (0, 9, 49, 99)], ratio])
    names = ["activation", "start", "K 1", "K 10", "K 50", "K 100", "gradient first/last"]
    table("100 layers of width 256: mean square of preactivations, and how much gradient arrives", names, rows)
    rows = []
    for name in ("linear", "relu", "gelu", "silu", "tanh"):
        point = critical_point(name)
        theory = theory_flow(name, point.c_b, point.c_w, 6, kernel=point.start_kernel).excess / 100
        _, measured, _, error = simulated_flow(name, point.c_b, point.c_w, 6, 100, 1000, kernel=point.start_kernel)
        far = theory_flow(name, point.c_b, point.c_w, 1000, kernel=point.start_kernel)
        slope = float(np.polyfit(np.log(np.arange(500, 1001)), np.log(far.kernel[499:]), 1)[0])
        rows.append(
            [
                name,
                point.kind,
                slope,
                (far.excess[-1] - far.excess[-2]),
                point.nu,
                theory[5],
                float(measured[5]),
                float(error[5]),
            ]
        )
    names = ["activation", "class", "K ~ l^", "dV/K² per layer", "ν", "V/nK² theory", "measured", "± "]
    table("Exponents by class, and fluctuations between 1000 networks of width 100 at layer 6", names, rows)

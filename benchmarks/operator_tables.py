"""The tables of `operators.py`."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from machine import machine_line
from torch import nn

from geomlearn.core.options import Options
from operators.data.generate import generate
from operators.data.options import DarcyData, ElasticityData, ShapesData
from operators.data.samples import Dataset, split
from operators.latent_spectral.block import NeuralSpectralBlock
from operators.latent_spectral.grid_model import LatentSpectral
from operators.latent_spectral.options import LatentSpectralOptions
from operators.models.learning import train_operator
from operators.models.table import model_named
from operators.training.options import TrainingOptions

PUBLISHED = TrainingOptions(
    epochs=20,
    batch_size=10,
    optimizer="adam",
    learning_rate=1e-3,
    weight_decay=1e-4,
    schedule="halving",
    clip_norm=0,
    device="cpu",
)
OURS = PUBLISHED.replace(optimizer="adamw", schedule="one-cycle", learning_rate=4e-3, clip_norm=1.0)


@dataclass(frozen=True)
class Entry:
    """A line of a table: a model, its options and how it is trained."""

    name: str
    key: str
    options: dict
    training: TrainingOptions = PUBLISHED


def darcy_entries() -> list[Entry]:
    """The models of the Darcy table; the first is the reference for equal time."""
    lsm = {"width": 24, "scales": 3, "patch": (8, 8)}
    return [
        Entry("LSM, published block", "lsm", lsm),
        Entry("U-Net = LSM without blocks", "unet", {"width": 24, "scales": 3}),
        Entry("FNO, width 32", "fno", {"width": 32, "modes": 8}),
        Entry("LSM, integer frequencies", "lsm", {**lsm, "frequencies": "integer"}),
        Entry("LSM, our start and recipe", "lsm", {**lsm, "start": "identity", "frequencies": "integer"}, OURS),
        Entry("U-Net, our recipe", "unet", {"width": 24, "scales": 3}, OURS),
        Entry("FNO, width 16", "fno", {"width": 16, "modes": 8}),
        Entry("FNO, width 32, padded", "fno", {"width": 32, "modes": 8, "padding": 8}),
        Entry("DeepONet", "deeponet", {}),
        Entry("Transolver, small", "transolver", {"width": 32, "layers": 4, "slices": 32}),
    ]


def measure(entry: Entry, data: Dataset, seed: int, normalization: str, epochs: int) -> dict[str, float]:
    """Train once: error, seconds, parameters."""
    options: Options = model_named(entry.key).resolve_options()(**entry.options)
    training = entry.training.replace(seed=seed, epochs=epochs)
    with tempfile.TemporaryDirectory() as folder:
        start, cpu = time.perf_counter(), time.process_time()
        result = train_operator(entry.key, data, Path(folder), options, training, normalization=normalization)
        return {
            "error": result.history[-1]["valid_relative_l2"],
            "cpu_s": time.process_time() - cpu,
            "wall_s": time.perf_counter() - start,
            "parameters": result.value.n_parameters,
        }


def linear_baselines(data: Dataset) -> dict[str, float]:
    """The mean field, and ridge regression between PCA coefficients with its parameters chosen inside training."""
    inputs, targets = (_flat(a) for a in (data.train.inputs, data.train.targets))
    test_in, test_out = (_flat(a) for a in (data.test.inputs, data.test.targets))
    center_in, center_out = inputs.mean(0), targets.mean(0)
    basis = np.linalg.svd(inputs - center_in, full_matrices=False)[2]
    held = len(inputs) // 5
    best, weights = np.inf, None
    for k in (10, 20, 40, 80, 160):
        for ridge in (1e-3, 1e-1, 1e1):
            coefficients = (inputs - center_in) @ basis[:k].T
            for final in (False, True):
                rows = slice(None) if final else slice(held, None)
                a, b = coefficients[rows], (targets - center_out)[rows]
                matrix = np.linalg.solve(a.T @ a + ridge * np.trace(a.T @ a) / k * np.eye(a.shape[1]), a.T @ b)
                if not final:
                    error = _relative(coefficients[:held] @ matrix + center_out, targets[:held])
                    if error >= best:
                        break
                    best = error
                else:
                    weights = (k, matrix)
    k, matrix = weights
    ridge_error = _relative((test_in - center_in) @ basis[:k].T @ matrix + center_out, test_out)
    return {"mean field": _relative(np.broadcast_to(center_out, test_out.shape), test_out), "ridge on PCA": ridge_error}


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(len(array), -1).astype(np.float64)


def _relative(prediction: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean(np.linalg.norm(prediction - truth, axis=1) / np.linalg.norm(truth, axis=1)))


def table(entries: Sequence[Entry], data: Dataset, seeds: int, normalization: str, epochs: int) -> None:
    """Equal epochs for all, then equal time: the cheaper ones get as many epochs as fit into the first entry's time."""
    print(f"{'equal epochs':34} {'parameters':>10} {'error, mean ± std':>18} {'CPU s':>7} {'worst seed':>11}")
    seconds = []
    for entry in entries:
        runs = [measure(entry, data, seed, normalization, epochs) for seed in range(seeds)]
        errors = [run["error"] for run in runs]
        seconds.append(float(np.mean([run["cpu_s"] for run in runs])))
        told = f"{np.mean(errors):9.4f} ± {np.std(errors):.4f} {seconds[-1]:7.1f} {max(errors):11.4f}"
        print(f"{entry.name:34} {runs[0]['parameters']:10,} {told}", flush=True)
    print("equal time")
    for entry, spent in zip(entries, seconds, strict=True):
        more = round(epochs * seconds[0] / spent)
        if more > 1.15 * epochs:
            errors = [measure(entry, data, seed, normalization, more)["error"] for seed in range(seeds)]
            print(f"{entry.name:34} {more:6} ep. {np.mean(errors):9.4f} ± {np.std(errors):.4f}", flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def darcy(seeds: int, quick: bool) -> None:
    """The Darcy protocol."""
    n_train, n_test, epochs = (40, 20, 2) if quick else (300, 100, 20)
    samples = generate("darcy", n_train + n_test, DarcyData(resolution=85, stride=3), seed=0)
    data = split(samples, n_test)
    print(f"\nDarcy 29 × 29, {n_train} + {n_test} samples, {epochs} epochs, {seeds} seeds")
    for name, error in linear_baselines(data).items():
        print(f"{name:34} {'':10} {error:9.4f}")
    table(darcy_entries(), data, seeds, "point", epochs)


def elasticity(seeds: int, quick: bool) -> None:
    """Stress around a hole, on a grid with a mask."""
    n_train, n_test, epochs = (20, 10, 2) if quick else (200, 50, 20)
    data = split(generate("elasticity", n_train + n_test, ElasticityData(layout="grid"), seed=0), n_test)
    lsm = {"width": 24, "scales": 3, "patch": (11, 11)}
    entries = [
        Entry("LSM, published block", "lsm", lsm),
        Entry("LSM, integer, identity start", "lsm", {**lsm, "frequencies": "integer", "start": "identity"}),
        Entry("U-Net = LSM without blocks", "unet", {"width": 24, "scales": 3}),
        Entry("FNO width 32", "fno", {"width": 32, "modes": 12}),
    ]
    print(f"\nElasticity 41 × 41 with mask, {n_train} + {n_test} samples, {epochs} epochs, {seeds} seeds")
    for name, error in linear_baselines(data).items():
        print(f"{name:34} {'':10} {error:9.4f}")
    table(entries, data, seeds, "channel", epochs)


def heat(seeds: int, quick: bool) -> None:
    """Heat on shapes never seen."""
    n_train, n_test, epochs = (16, 8, 2) if quick else (120, 40, 30)
    data = split(generate("heat-on-shapes", n_train + n_test, ShapesData(), seed=0), n_test)
    training = OURS.replace(learning_rate=3e-3)
    lsm = {"width": 32, "scales": 3}
    entries = [
        Entry("LSM on shapes", "lsm-shapes", lsm, training),
        Entry("the same without blocks", "lsm-shapes", {**lsm, "blocks": False}, training),
        Entry("Laplace-Beltrami spectral", "laplace-spectral", {"width": 32, "modes": 64}, training),
        Entry("Transolver, small", "transolver-shapes", {"width": 32, "layers": 4, "slices": 32}, training),
    ]
    shapes = f"{len(data.train.shapes)} + {len(data.test.shapes)} shapes"
    print(f"\nHeat on unseen animals, {n_train} + {n_test} samples on {shapes}, {epochs} epochs, {seeds} seeds")
    table(entries, data, seeds, "channel", epochs)


class AsReleased(nn.Module):
    """The spectral block with the released code's structure: keys, values and queries of every point, small products
    per head, and all 2K basis functions of every token laid out in memory."""

    def __init__(self, block: NeuralSpectralBlock) -> None:
        super().__init__()
        self.block = block

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Sets of points (s, l, width), and back in the same shape."""
        block = self.block
        heads, _, size = block.tokens.shape
        key, value, query = (
            layer(points).unflatten(-1, (heads, size)).transpose(1, 2).contiguous()
            for layer in (block.key, block.value, block.query)
        )
        start = block.tokens[None].repeat(len(points), 1, 1, 1)
        attention = torch.softmax(torch.einsum("shnc,shlc->shnl", start, key), -1)
        tokens = torch.einsum("shnl,shlc->shnc", attention, value) + start
        flat = tokens.permute(0, 1, 3, 2).reshape(len(points), heads * size, -1)
        steps = torch.arange(block.step.sine.shape[1], device=points.device) * block.step.unit
        angles = flat[..., None] * steps
        basis = torch.cat([torch.sin(angles), torch.cos(angles)], -1)
        weights = torch.cat([block.step.sine, block.step.cosine], 1)
        moved = flat + torch.einsum("sctm,cm->sct", basis, weights)
        moved = moved.view(len(points), heads, size, -1).permute(0, 1, 3, 2).contiguous()
        back = torch.softmax(torch.einsum("shlc,shnc->shln", query, moved), -1)
        return points + torch.einsum("shln,shnc->shlc", back, moved).transpose(1, 2).flatten(-2)


def step(seeds: int, quick: bool) -> None:
    """One training step, ours beside the released structure, and the plain U-Net for scale."""
    settings = [
        ("3 scales, width 24, patches 8 × 8, 29²", (29, 29), {"width": 24, "scales": 3, "patch": (8, 8)}),
        ("5 scales, width 16, patches 2 × 2, 32²", (32, 32), {"width": 16, "scales": 5, "patch": (2, 2)}),
        ("5 scales, width 32, patches 6 × 6, 85²", (85, 85), {"width": 32, "scales": 5, "patch": (6, 6)}),
    ]
    print("\nOne training step, batch 10, seconds (median)")
    print(f"{'':42} {'released':>9} {'ours':>9} {'ratio':>6} {'no blocks':>10}   largest difference")
    for name, grid, given in settings[: 1 if quick else None]:
        torch.manual_seed(0)
        ours = LatentSpectral(grid, 1, 1, LatentSpectralOptions(**given))
        released = LatentSpectral(grid, 1, 1, LatentSpectralOptions(**given))
        released.load_state_dict(ours.state_dict())
        released.unet.blocks = nn.ModuleList(AsReleased(block) for block in released.unet.blocks)
        plain = LatentSpectral(grid, 1, 1, LatentSpectralOptions(**given, blocks=False))
        fields = torch.randn(10, *grid, 1)
        with torch.no_grad():
            ours.eval(), released.eval()
            difference = float((ours(fields) - released(fields)).abs().max())
        seconds = [_median_step([m.train() for m in (released, ours, plain)], fields, 3 if quick else 9)]
        a, b, c = seconds[0]
        print(f"{name:42} {a:9.3f} {b:9.3f} {b / a:6.2f} {c:10.3f}   {difference:.1e}")


def _median_step(models: Sequence[nn.Module], fields: torch.Tensor, repeats: int) -> list[float]:
    """Median seconds of forward and backward, the models taking turns so that a busy machine hits all alike."""
    times: list[list[float]] = [[] for _ in models]
    for _ in range(repeats):
        for model, kept in zip(models, times, strict=True):
            start = time.process_time()
            model(fields).square().mean().backward()
            kept.append(time.process_time() - start)
    return [float(np.median(kept[1:])) for kept in times]


TABLES: dict[str, Callable[[int, bool], None]] = {"darcy": darcy, "elasticity": elasticity, "heat": heat, "step": step}


def main(about: str) -> None:
    """Print the tables asked for on the command line."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="all", choices=[*TABLES, "all"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(machine_line("torch"))
    for name in TABLES if arguments.what == "all" else [arguments.what]:
        TABLES[name](arguments.seeds, arguments.quick)

"""The tables of `learning.py`."""

from __future__ import annotations

import argparse
import itertools
import resource
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness import measuring
from benchmarks.kept import Kept
from benchmarks.operators.entries import ENTRIES, Entry
from benchmarks.operators.outside import OUTSIDE, installed, train_outside
from benchmarks.operators.step import step
from benchmarks.operators.tasks import TASKS, SearchData
from geomlearn.operators.data.samples import Dataset, Samples
from geomlearn.operators.models.learning import train_operator
from geomlearn.operators.models.prediction import evaluate
from geomlearn.operators.models.table import model_named


def measure(entry: Entry, data: SearchData, seed: int, epochs: int) -> dict[str, float]:
    """Train once: error, processor seconds without judging, parameters."""
    training = entry.training.replace(seed=seed, epochs=epochs)
    # One sample is looked at after each epoch, so that the seconds are those of training; judged is once, at the end.
    glance = Dataset(data.train, data.valid.take(slice(0, 1)))
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        if entry.model == OUTSIDE:
            result = train_outside(entry, data, glance, Path(folder), training)
        else:
            options = model_named(entry.model).resolve_options()(**entry.options)
            more = {"normalization": data.normalization, "symmetry": entry.symmetry}
            result = train_operator(entry.model, glance, Path(folder), options, training, **more)
        seconds = time.process_time() - start
    error = evaluate(result.value, data.test, device="cpu").mean
    n_real = sum(p.numel() * (2 if p.is_complex() else 1) for p in result.value.parameters())
    return {"error": error, "cpu_s": seconds, "parameters": n_real}


def table(task: str, seeds: int, kept: Kept, quick: bool) -> None:
    """Every entry of a task, seed by seed, and what came out."""
    data = TASKS[task](*((24, 8, 8) if quick else ()))
    print(f"\n{task}: {data.train.n_samples} + {data.test.n_samples} samples, {seeds} seeds")
    for name, error in linear_baselines(data).items() if isinstance(data.train, Samples) else ():
        print(f"{name:46} {'':17} {error:9.4f}")
    counts = f"{'parameters':>10} {'epochs':>6} {'seeds':>5}"
    print(f"{'':46} {counts} {'error, mean ± std':>17} {'worst':>8} {'CPU s':>6} {'s/epoch':>8}")
    entries = [entry for entry in ENTRIES[task] if entry.model != OUTSIDE or installed()]
    runs: dict[str, list[dict]] = {entry.name: [] for entry in entries}
    # Seed by seed, so that a table that is not whole yet compares like with like.
    for seed, entry in itertools.product(range(seeds), entries):
        epochs = 1 if quick else entry.epochs
        figures = kept.row([task, entry.as_json(), seed, epochs], partial(measure, entry, data, seed, epochs))
        runs[entry.name] += [figures] if figures else []
    for entry in entries:
        if runs[entry.name]:
            print(_line(entry, 1 if quick else entry.epochs, runs[entry.name]), flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _line(entry: Entry, epochs: int, runs: list[dict]) -> str:
    errors = [run["error"] for run in runs]
    seconds = float(np.median([run["cpu_s"] for run in runs]))
    told = f"{np.mean(errors):8.4f} ± {np.std(errors):.4f} {max(errors):8.4f} {seconds:6.1f} {seconds / epochs:8.2f}"
    return f"{entry.name:46} {runs[0]['parameters']:10,} {epochs:6} {len(runs):5} {told}"


def linear_baselines(data: SearchData) -> dict[str, float]:
    """The mean field, and ridge regression between PCA coefficients with its parameters chosen inside training."""
    inputs, targets = (_flat(a) for a in (data.train.inputs, data.train.targets))
    test_in, test_out = (_flat(a) for a in (data.test.inputs, data.test.targets))
    center_in, center_out = inputs.mean(0), targets.mean(0)
    basis = np.linalg.svd(inputs - center_in, full_matrices=False)[2]
    held = len(inputs) // 5

    def regression(k: int, ridge: float, rows: slice) -> np.ndarray:
        a, b = (inputs[rows] - center_in) @ basis[:k].T, targets[rows] - center_out
        return basis[:k].T @ np.linalg.solve(a.T @ a + ridge * np.trace(a.T @ a) / k * np.eye(a.shape[1]), a.T @ b)

    def error(weights: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
        return _relative((a - center_in) @ weights + center_out, b)

    choices = [(k, ridge) for k in (10, 20, 40, 80, 160) if k <= len(basis) for ridge in (1e-3, 1e-1, 1e1)]
    best = min(choices, key=lambda one: error(regression(*one, slice(held, None)), inputs[:held], targets[:held]))
    ridge_error = error(regression(*best, slice(None)), test_in, test_out)
    return {"mean field": _relative(np.broadcast_to(center_out, test_out.shape), test_out), "ridge on PCA": ridge_error}


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(len(array), -1).astype(np.float64)


def _relative(prediction: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean(np.linalg.norm(prediction - truth, axis=1) / np.linalg.norm(truth, axis=1)))


def main(about: str) -> None:
    """Print the tables asked for on the command line."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="all", choices=[*ENTRIES, "step", "all"])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    arguments, kept = measuring(parser)
    for name in [*ENTRIES, "step"] if arguments.what == "all" else [arguments.what]:
        if name == "step":
            step(arguments.quick)
        else:
            table(name, arguments.seeds, kept, arguments.quick)

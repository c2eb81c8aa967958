"""Self-tuning beside searches of equal cost, on an operator that has few samples.

    python -m benchmarks tuning stn [--seeds 3] [--samples 64] [--epochs 240] [--store FILE]

The operator of Burgers' equation on 64 nodes, FNO of width 16 and 8 modes. `--samples` pairs to learn from, a fifth of
them held back to choose by; 100 others judge, once. All methods cost the same epochs: the default training and the
self-tuned ones take all of them in one run; random search and optuna draw six trainings of a sixth; the best by
validation is judged. What Δ-STN found is then followed by an ordinary training.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from geomlearn.operators.baselines.options import FNOOptions
from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import BurgersData
from geomlearn.operators.data.samples import Dataset, Samples, split
from geomlearn.operators.models.learning import OperatorTask, operator_task
from geomlearn.operators.models.prediction import evaluate
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.operators.training.self_tuned.run import train_by_schedule, train_self_tuned
from geomlearn.operators.training.self_tuned.schedule import HyperSchedule
from geomlearn.tuning.options import SelfTuningOptions

ALL = "dropout,noise,weight_decay"
FNO = FNOOptions(width=16, modes=8, layers=3, head_width=32)
RATE, BATCH = 3e-3, 16


def burgers(count: int, seed: int) -> Samples:
    """Start to solution of Burgers' equation on a circle, 64 nodes."""
    return generate("burgers", count, BurgersData(resolution=64, solver_resolution=256), seed=seed, jobs=1)


def data(count: int, seed: int) -> Dataset:
    inner = split(burgers(count, seed))
    return Dataset(inner.train, burgers(100, 10_000), valid=inner.test)


def fixed(values: dict[str, float]) -> HyperSchedule:
    """A schedule that stays where it is."""
    return HyperSchedule(np.array([0.0, 1.0]), {name: np.full(2, value) for name, value in values.items()})


def task_of(given: Dataset, seed: int) -> OperatorTask:
    return operator_task("fno", given, FNO, seed)


def judged(task: OperatorTask, given: Dataset) -> float:
    return evaluate(task.model, given.test).mean


def trained(given: Dataset, schedule: HyperSchedule, epochs: int, seed: int) -> tuple[float, float]:
    """Validation and test error of a training by a schedule."""
    task = task_of(given, seed)
    training = TrainingOptions(epochs=epochs, batch_size=BATCH, learning_rate=RATE, seed=seed, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        result = train_by_schedule(task, schedule, training, folder)
    return result.stats["best_error"], judged(task, given)


def drawn(given: Dataset, epochs: int, seed: int, draw: Callable[[int], dict[str, float]], tell: Any = None) -> float:
    """The test error of the best of six trainings of a sixth."""
    best = (np.inf, np.inf)
    for number in range(6):
        values = draw(number)
        valid, test = trained(given, fixed(values), epochs // 6, seed)
        best = min(best, (valid, test))
        if tell is not None:
            tell(number, valid)
    return best[1]


def random_values(seed: int) -> Callable[[int], dict[str, float]]:
    def draw(number: int) -> dict[str, float]:
        random = np.random.default_rng([seed, number])
        return {
            "dropout": float(random.uniform(0, 0.6)),
            "noise": float(random.uniform(0, 0.5)),
            "weight_decay": float(10 ** random.uniform(-8, -2)),
        }

    return draw


def by_optuna(given: Dataset, epochs: int, seed: int) -> float:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=3))
    trials: list[Any] = []

    def draw(number: int) -> dict[str, float]:
        trial = study.ask()
        trials.append(trial)
        return {
            "dropout": trial.suggest_float("dropout", 0, 0.6),
            "noise": trial.suggest_float("noise", 0, 0.5),
            "weight_decay": trial.suggest_float("weight_decay", 1e-8, 1e-2, log=True),
        }

    return drawn(given, epochs, seed, draw, lambda number, value: study.tell(trials[number], value))


def measure(count: int, epochs: int, seed: int) -> dict[str, float]:
    """Test errors and seconds, by method."""
    given, rows = data(count, seed), {}

    def timed(name: str, work: Callable[[], float]) -> None:
        start = time.process_time()
        rows[name] = work()
        rows[f"{name} (s)"] = time.process_time() - start

    timed("default: none of them", lambda: trained(given, fixed({}), epochs, seed)[1])
    timed("random search", lambda: drawn(given, epochs, seed, random_values(seed)))
    timed("optuna, TPE", lambda: by_optuna(given, epochs, seed))
    training = TrainingOptions(epochs=epochs, batch_size=BATCH, learning_rate=RATE, seed=seed, device="cpu")
    found: dict[str, Any] = {}
    for kind, name in (("stn", "STN"), ("delta", "Δ-STN")):

        def tuned(kind: str = kind) -> float:
            task = task_of(given, seed)
            with tempfile.TemporaryDirectory() as folder:
                result = train_self_tuned(task, ALL, training, folder, SelfTuningOptions(kind=kind))
            found[kind] = result.stats
            return judged(task, given)

        timed(name, tuned)
    timed("retrained, schedule of Δ-STN", lambda: trained(given, found["delta"]["schedule"], epochs, seed)[1])
    timed("retrained, last values of Δ-STN", lambda: trained(given, fixed(found["delta"]["tuned"]), epochs, seed)[1])
    return rows | {f"Δ-STN ends at {name}": value for name, value in found["delta"]["tuned"].items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=240)
    parser.add_argument("--store", type=Path)
    words = parser.parse_args()
    torch.set_num_threads(1)
    print(
        machine_line("torch", "optuna"),
        f"{words.seeds} seeds, {words.samples} samples, {words.epochs} epochs",
        sep="; ",
    )
    kept, rows = Kept(words.store), []
    for seed in range(words.seeds):
        rows.append(
            kept.row([words.samples, words.epochs, seed], lambda seed=seed: measure(words.samples, words.epochs, seed))
        )
    print("\n| method | test error, relative L2 | seconds |\n|:--|--:|--:|")
    for name in [name for name in rows[0] if not name.endswith("(s)")]:
        values, spent = (np.array([row.get(key, np.nan) for row in rows]) for key in (name, f"{name} (s)"))
        seconds = "" if np.isnan(spent).all() else f"{spent.mean():.0f}"
        print(f"| {name} | {values.mean():.4g} ± {values.std():.2g} | {seconds} |")


if __name__ == "__main__":
    main()

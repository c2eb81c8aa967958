"""The parts of `layers.py` that train classifiers: clean accuracy, and accuracy under tones.

Each run is kept as JSON below the cache folder and not repeated; `GEOMLEARN_CACHE` moves it.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.harness import SHARED
from benchmarks.sequence.tones import accuracy, gains, spike_angles, under_spike, under_tone, without_skips
from geomlearn.core.cache import cache_folder
from geomlearn.operators.sequence.classification.classifier import ClassificationTask, SequenceClassifier
from geomlearn.operators.sequence.classification.labelled import LabelledDataset, split_labelled
from geomlearn.operators.sequence.classification.listops import generate_listops
from geomlearn.operators.sequence.classification.options import SequenceDataOptions
from geomlearn.operators.sequence.classification.read import read_labelled
from geomlearn.operators.sequence.options import SequenceOptions, SSMOptions
from geomlearn.operators.sequence.systems.hippo import diagonalize_normal
from geomlearn.operators.training.loop import train
from geomlearn.operators.training.options import TrainingOptions

DATA = SHARED / "sequences"
INITS = ("s4", "s4d-legs", "s4-ptd", "s5", "s5-ptd")
STATES, WIDTH = 32, 32
# Tones have these amplitudes beside inputs of root mean square 1.
AMPLITUDES = (0.1, 1.0)
FREQUENCIES = np.linspace(0.06, 0.98, 8) * np.pi
SPIKES = (0.1, 1.0, 10.0)
# Radians per step of S4D's top frequency in the frozen runs: high, where images and voices have little to say.
FROZEN_ANGLE = 2.4
_VERSION = 2


@dataclass(frozen=True)
class Problem:
    """One data set, and how long it is learned; `judged` test sequences under each tone."""

    key: str
    title: str
    load: Callable[[int], LabelledDataset]
    epochs: int
    batch_size: int
    dt_max: float = 0.1
    judged: int = 200


def _digits_by_pixel(seed: int) -> LabelledDataset:
    file = DATA / "mnist" / "mnist_t10k_first5000.npz"
    return read_labelled(file, SequenceDataOptions(shrink=2, limit=1500, data_seed=seed))


def _listops(seed: int) -> LabelledDataset:
    file = DATA / "listops" / "test_d8.tsv"
    if file.is_file():
        return read_labelled(file, SequenceDataOptions(limit=2500, data_seed=seed))
    return split_labelled(generate_listops(2500, seed, shortest=5, longest=93, max_depth=5, max_arguments=5), seed=seed)


def _full_listops(seed: int) -> LabelledDataset:
    return split_labelled(generate_listops(375, seed), seed=seed)


def _spoken(seed: int) -> LabelledDataset:
    return read_labelled(DATA / "fsdd", SequenceDataOptions(rate=500, data_seed=seed))


PROBLEMS = (
    Problem("smnist", "sequential MNIST, 14 × 14 pixels, 1,200 to learn from", _digits_by_pixel, 6, 40),
    Problem("listops", "ListOps of up to 93 words, 2,000 to learn from", _listops, 5, 64, dt_max=1.0),
    Problem("digits", "spoken digits at 500 Hz, 180 to learn from", _spoken, 20, 20),
    Problem("full", "ListOps of 500 … 2,000 words, 300 to learn from", _full_listops, 1, 8, dt_max=1.0, judged=50),
)


def trained(n_seeds: int, until: float = math.inf) -> None:
    """Accuracy of all members of the family after training, clean and under tones; none is begun after `until`."""
    for problem, seed, init in product(PROBLEMS, range(n_seeds), INITS):
        run(problem, init, seed, until=until)
    print(
        "Everything is trained. Accuracy, %, mean ± deviation over seeds of data and weights. Tones a·cos(ωt + φ) are\n"
        "added to the inputs of root mean square 1 (to the embedded words of ListOps): mean and worst of "
        f"{len(FREQUENCIES)} ω.\n"
        "Spike: a·U[0, 1]·cos before every layer, in each channel at the frequency where S4D (S5) rings untrained;\n"
        "own: at that of the layer's own fastest mode once trained. Gain: of the first layer, over its median:\n"
        "there untrained → there trained → at its own fastest mode trained.\n"
    )
    for problem in PROBLEMS:
        print(f"### {problem.title}; {problem.epochs} epochs\n")
        _table({init: _known(problem, init, n_seeds) for init in INITS})


def frozen(n_seeds: int, until: float = math.inf) -> None:
    """The paper's own test: only C and what lies outside the layers is trained, tones enter before every layer."""
    problem = PROBLEMS[0]
    for seed, init in product(range(n_seeds), INITS):
        run(problem, init, seed, held=True, until=until)
    print(
        f"Λ, B and dt are held, with S4D's top frequency at {FROZEN_ANGLE:g} radians per step, and blocks have no\n"
        "skips, as in the authors' test. The tone a·U[0, 1]·cos enters at that frequency before every layer, beside\n"
        f"inputs of root mean square 1. Accuracy, %, of each of seeds 0 … {n_seeds - 1}. Gain: of the first layer at\n"
        "that frequency, over its median, before training C → after.\n"
    )
    print(f"{problem.title}; {problem.epochs} epochs\n")
    print("| start    | clean          | a = 0.1        | a = 1          | a = 10         | gain            |")
    print("|:---------|:---------------|:---------------|:---------------|:---------------|:----------------|")
    for init in INITS:
        found = _known(problem, init, n_seeds, held=True)
        if not found:
            print(f"| {init:8s} | not run yet    |")
            continue
        cells = [_each([one["clean"] for one in found])]
        cells += [_each([one["spike"][str(a)] for one in found]) for a in SPIKES]
        print(f"| {init:8s} | {' | '.join(cells)} | {_gain(found)} |", flush=True)


def _known(problem: Problem, init: str, n_seeds: int, *, held: bool = False) -> list[dict[str, Any]]:
    """What was found, of the seeds that have been run."""
    found = [run(problem, init, seed, held=held, until=-math.inf) for seed in range(n_seeds)]
    return [one for one in found if one is not None]


def run(
    problem: Problem, init: str, seed: int, *, held: bool = False, until: float = math.inf
) -> dict[str, Any] | None:
    """Train once and measure, or read what was measured before; None when that is not done by the time `until`."""
    folder = cache_folder("benchmark-sequences") or Path(tempfile.gettempdir()) / "benchmark-sequences"
    name = f"{problem.key}-{init}-{seed}{'-frozen' if held else ''}-v{_VERSION}"
    path = folder / f"{name}.json"
    if path.is_file():
        return json.loads(path.read_text())
    if time.monotonic() > until:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    found = _measure(problem, init, seed, held, folder / f"{name}.run")
    path.write_text(json.dumps(found))
    print(f"{time.strftime('%H:%M:%S')} {name}: clean {found['clean']:.3f}, {found['time_s']:.0f} s", flush=True)
    return found


def _measure(problem: Problem, init: str, seed: int, held: bool, folder: Path) -> dict[str, Any]:
    torch.set_num_threads(1)
    data = problem.load(seed)
    training = TrainingOptions(
        epochs=problem.epochs, batch_size=problem.batch_size, learning_rate=8e-3, weight_decay=0.05, seed=seed
    )
    model = _classifier(problem, init, seed, held, data)
    angles = spike_angles(_classifier(problem, "s5" if init.startswith("s5") else "s4d-legs", seed, held, data))
    before = gains(model, angles)
    if held:
        _hold(model)
    start = time.process_time()
    with without_skips(model) if held else nullcontext():
        train(ClassificationTask(model, data), training, folder, resume=True)
        seconds = time.process_time() - start
        found = {
            "clean": accuracy(model.eval(), data.test),
            "gain": [before, gains(model, angles)],
            "parameters": model.n_parameters,
            "time_s": seconds,
            "steps_per_s": problem.epochs * (data.train.n // problem.batch_size) / seconds,
            "spike": {str(a): under_spike(model, data.test, a, angles, 2 * problem.judged) for a in SPIKES},
        }
    if not held:
        own = spike_angles(model)
        found["gain"].append(gains(model, own))
        found["own"] = under_spike(model, data.test, 1.0, own, 2 * problem.judged)
        found["tones"] = {
            str(a): [under_tone(model, data.test, a, omega, problem.judged) for omega in FREQUENCIES]
            for a in AMPLITUDES
        }
    return found


def _hold(model: SequenceClassifier) -> None:
    """Λ, B and dt of every layer stay as they are."""
    for block in model.model.blocks:
        layer = block.ssm
        for parameter in (layer.log_decay, layer.frequency, layer.b, layer.log_dt, layer.p):
            if parameter is not None:
                parameter.requires_grad_(False)


def _classifier(problem: Problem, init: str, seed: int, held: bool, data: LabelledDataset) -> SequenceClassifier:
    step = FROZEN_ANGLE / diagonalize_normal(STATES)[0].imag.max()
    steps = {"dt_min": step, "dt_max": step} if held else {"dt_max": problem.dt_max}
    options = SequenceOptions(
        ssm=SSMOptions(init=init, n=STATES, blocks=1, **steps), width=WIDTH, depth=2, pooling="mean"
    )
    one = data.train
    model = SequenceClassifier(one.n_inputs, one.classes, options, tokens=bool(one.n_words), seed=seed)
    model.fit_scale(one)
    return model


def _table(rows: dict[str, list[dict[str, Any]]]) -> None:
    titles = ("clean", "a = 0.1, mean", "a = 1, mean", "a = 1, worst", "spike, 0.1", "spike, 1", "own, 1")
    heads = " | ".join(f"{title:13s}" for title in titles)
    rule = "|".join([":" + "-" * 14] * len(titles))
    print(f"| start    | seeds | {heads} | gain                     | parameters | steps/s |")
    print(f"|:---------|------:|{rule}|:-------------------------|-----------:|--------:|")
    for init, found in rows.items():
        if not found:
            print(f"| {init:8s} |     0 | not run yet   |")
            continue
        small, large = (np.array([one["tones"][str(a)] for one in found]) for a in AMPLITUDES)
        cells = [[one["clean"] for one in found], small.mean(1), large.mean(1), large.min(1)]
        cells += [[one["spike"][str(a)] for one in found] for a in AMPLITUDES]
        cells += [[one["own"] for one in found]]
        accuracies = " | ".join(f"{_percent(cell):13s}" for cell in cells)
        speed = np.median([one["steps_per_s"] for one in found])
        size = f"{found[0]['parameters']:10d} | {speed:7.1f}"
        print(f"| {init:8s} | {len(found):5d} | {accuracies} | {_gain(found)} | {size} |")
    print(flush=True)


def _gain(found: list[dict[str, Any]]) -> str:
    ratios = [[at_spike / median for at_spike, median in one["gain"]] for one in found]
    return " → ".join(f"{ratio:6.2f}" for ratio in np.exp(np.log(ratios).mean(0)))


def _each(values: list[float]) -> str:
    return f"{' '.join(f'{100 * value:4.1f}' for value in values):14s}"


def _percent(values: Any) -> str:
    return f"{100 * np.mean(values):5.1f} ± {100 * np.std(values):4.1f}"

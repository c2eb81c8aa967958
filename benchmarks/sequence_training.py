"""The parts of `sequences.py` that train classifiers: clean accuracy, and accuracy under tones.

Each run is kept as JSON below the cache folder and not repeated; `GEOMLEARN_CACHE` moves it.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from geomlearn.core.cache import cache_folder
from operators.sequence.classification.classifier import SequenceClassifier, train_classifier
from operators.sequence.classification.labelled import LabelledDataset, LabelledSequences, split_labelled
from operators.sequence.classification.listops import generate_listops
from operators.sequence.classification.options import SequenceDataOptions
from operators.sequence.classification.read import read_labelled
from operators.sequence.options import SequenceOptions, SSMOptions
from operators.sequence.systems.hippo import diagonalize_normal
from operators.training.options import TrainingOptions

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "sequences"
INITS = ("s4", "s4d-legs", "s4-ptd", "s5", "s5-ptd")
STATES = 32
# Tones have these amplitudes beside inputs of root mean square 1.
AMPLITUDES = (0.1, 1.0)
FREQUENCIES = np.linspace(0.06, 0.98, 16) * np.pi
# The step of the frozen runs: it puts S4D's top frequency, 325.4 for 32 states, at 1.63 of the π that can be sampled.
FROZEN_DT = 0.005
_VERSION = 1


@dataclass(frozen=True)
class Problem:
    """One data set, and how long it is learned."""

    key: str
    title: str
    load: Callable[[int], LabelledDataset]
    epochs: int
    batch_size: int
    width: int = 32
    dt_max: float = 0.1


def _digits_by_pixel(seed: int) -> LabelledDataset:
    file = DATA / "mnist" / "mnist_t10k_first5000.npz"
    return read_labelled(file, SequenceDataOptions(shrink=4, limit=3000, data_seed=seed))


def _listops(seed: int) -> LabelledDataset:
    file = DATA / "listops" / "test_d8.tsv"
    if file.is_file():
        return read_labelled(file, SequenceDataOptions(limit=4000, data_seed=seed))
    return split_labelled(generate_listops(4000, seed, shortest=5, longest=93, max_depth=5, max_arguments=5), seed=seed)


def _spoken(seed: int) -> LabelledDataset:
    return read_labelled(DATA / "fsdd", SequenceDataOptions(rate=500, data_seed=seed))


PROBLEMS = (
    Problem("smnist", "sequential MNIST, 7 × 7 pixels, 2,400 to learn from", _digits_by_pixel, 8, 40),
    Problem("listops", "ListOps of up to 93 words, 3,200 to learn from", _listops, 6, 64, dt_max=1.0),
    Problem("digits", "spoken digits at 500 Hz, 180 to learn from", _spoken, 20, 20),
)


def trained(n_seeds: int) -> None:
    """Accuracy of all members of the family after training, clean and under the worst of 24 tones."""
    for seed in range(n_seeds):
        for problem in PROBLEMS:
            for init in INITS:
                run(problem, init, seed)
    print(
        "Mean ± deviation over seeds 0 … of the accuracy, %. Tones cos(ωt + φ) are added to the inputs of root mean\n"
        f"square 1 (to the embedded words of ListOps), of amplitude {AMPLITUDES[0]:g} and {AMPLITUDES[1]:g}; mean and\n"
        "worst of 16 frequencies. Prominence: largest over median gain of the first layer, before and after training.\n"
    )
    for problem in PROBLEMS:
        print(f"### {problem.title}\n")
        _table([(init, [run(problem, init, seed) for seed in range(n_seeds)]) for init in INITS])


def frozen(n_seeds: int) -> None:
    """The paper's own test: only C and what lies outside the layers is trained, tones enter before every layer."""
    problem = PROBLEMS[0]
    for seed in range(n_seeds):
        for init in INITS:
            run(problem, init, seed, frozen_dynamics=True)
    print(
        f"{problem.title}. Λ, B and dt = {FROZEN_DT:g} are held; the tone a·U[0, 1]·cos(ω t) at S4D's top frequency\n"
        "enters before every layer, beside inputs of root mean square 1. Accuracy, %.\n"
    )
    print("| start    | clean        | a = 0.1      | a = 1        | a = 10       | prominence |")
    print("|:---------|:-------------|:-------------|:-------------|:-------------|-----------:|")
    for init in INITS:
        found = [run(problem, init, seed, frozen_dynamics=True) for seed in range(n_seeds)]
        cells = [_percent([one["clean"] for one in found])]
        cells += [_percent([one["spike"][str(a)] for one in found]) for a in (0.1, 1.0, 10.0)]
        print(f"| {init:8s} | {' | '.join(cells)} | {np.mean([one['prominence'][1] for one in found]):10.1f} |")


def run(problem: Problem, init: str, seed: int, *, frozen_dynamics: bool = False) -> dict[str, Any]:
    """Train once and measure, or read what was measured before."""
    folder = cache_folder("benchmark-sequences") or Path(tempfile.gettempdir()) / "benchmark-sequences"
    name = f"{problem.key}-{init}-{seed}{'-frozen' if frozen_dynamics else ''}-v{_VERSION}"
    path = folder / f"{name}.json"
    if path.is_file():
        return json.loads(path.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    found = _measure(problem, init, seed, frozen_dynamics, folder / f"{name}.run")
    path.write_text(json.dumps(found))
    print(f"{time.strftime('%H:%M:%S')} {name}: clean {found['clean']:.3f}, {found['time_s']:.0f} s", flush=True)
    return found


def _measure(problem: Problem, init: str, seed: int, frozen_dynamics: bool, folder: Path) -> dict[str, Any]:
    torch.set_num_threads(1)
    data = problem.load(seed)
    steps = {"dt_min": FROZEN_DT, "dt_max": FROZEN_DT} if frozen_dynamics else {"dt_max": problem.dt_max}
    ssm = SSMOptions(init=init, n=STATES, blocks=1, **steps)
    options = SequenceOptions(ssm=ssm, width=problem.width, depth=2, pooling="mean")
    training = TrainingOptions(
        epochs=problem.epochs, batch_size=problem.batch_size, learning_rate=8e-3, weight_decay=0.05, seed=seed
    )
    start = time.process_time()
    untrained = SequenceClassifier(
        data.train.n_inputs, data.train.classes, options, tokens=bool(data.train.n_words), seed=seed
    )
    with _held(frozen_dynamics):
        model = train_classifier(data, folder, options, training, resume=True).value.eval()
    seconds = time.process_time() - start
    found = {
        "clean": accuracy(model, data.test),
        "prominence": [prominence(untrained), prominence(model)],
        "parameters": model.n_parameters,
        "time_s": seconds,
        "steps_per_s": problem.epochs * (data.train.n // problem.batch_size) / seconds,
    }
    if frozen_dynamics:
        omega = diagonalize_normal(STATES)[0].imag.max() * FROZEN_DT
        found["spike"] = {str(a): _under_spike(model, data.test, a, omega) for a in (0.1, 1.0, 10.0)}
    else:
        found["tones"] = {str(a): [_under_tone(model, data.test, a, w) for w in FREQUENCIES] for a in AMPLITUDES}
    return found


@contextmanager
def _held(frozen_dynamics: bool) -> Iterator[None]:
    """Hold Λ, B and dt of every layer made inside."""
    from operators.sequence.layer import SSMLayer

    if not frozen_dynamics:
        yield
        return
    make = SSMLayer.__init__

    def held(self, *args, **kwargs):
        make(self, *args, **kwargs)
        for parameter in (self.log_decay, self.frequency, self.b, self.log_dt, self.p):
            if parameter is not None:
                parameter.requires_grad_(False)

    SSMLayer.__init__ = held
    try:
        yield
    finally:
        SSMLayer.__init__ = make


@torch.no_grad()
def accuracy(model: SequenceClassifier, data: LabelledSequences, most: int = 1000) -> float:
    """Share of right answers among the first sequences."""
    right = 0
    n = min(most, data.n)
    for samples in torch.arange(n).split(100):
        values, lengths, labels = data.batch(samples.tolist())
        right += int((model(values, lengths).argmax(1) == labels).sum())
    return right / n


def _under_tone(model: SequenceClassifier, data: LabelledSequences, amplitude: float, omega: float) -> float:
    """Accuracy on the first 200 test sequences with a tone of random phase added to the input."""
    generator = torch.Generator().manual_seed(0)

    def add(x: torch.Tensor) -> torch.Tensor:
        phase = 2 * torch.pi * torch.rand(len(x), 1, generator=generator)
        tone = torch.cos(omega * torch.arange(x.shape[1]) + phase)[..., None]
        # Layer norms take away what all channels of a word have in common.
        tone = tone * (2.0 * (torch.arange(x.shape[2]) % 2) - 1.0) if model.tokens else tone
        scale = x.square().mean().sqrt() if model.tokens else 1.0
        return x + amplitude * scale * tone

    encoder = model.model.encoder
    if model.tokens:
        handle = encoder.register_forward_hook(lambda _module, _inputs, x: add(x))
    else:
        handle = encoder.register_forward_pre_hook(lambda _module, inputs: (add(inputs[0]),))
    try:
        return accuracy(model, data, 200)
    finally:
        handle.remove()


def _under_spike(model: SequenceClassifier, data: LabelledSequences, amplitude: float, omega: float) -> float:
    """Accuracy with a tone of one frequency before every state-space layer."""
    generator = torch.Generator().manual_seed(0)

    def add(_module: torch.nn.Module, _inputs: Any, x: torch.Tensor) -> torch.Tensor:
        size = amplitude * torch.rand(len(x), 1, 1, generator=generator)
        return x + size * torch.cos(omega * torch.arange(x.shape[1]))[None, :, None]

    handles = [block.norm.register_forward_hook(add) for block in model.model.blocks]
    try:
        return accuracy(model, data, 600)
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def prominence(model: SequenceClassifier, length: int = 4096) -> float:
    """Largest over median gain of the first layer over frequencies, for one signal on all channels; D left out."""
    layer = model.model.blocks[0].ssm
    impulse = torch.zeros(1, length, layer.width)
    impulse[:, 0] = 1.0
    response = layer.mix(impulse) - layer.d * impulse
    gain = torch.fft.rfft(response[0], dim=0).abs().square().mean(1).sqrt()
    return float(gain.max() / gain.median())


def _table(rows: list[tuple[str, list[dict[str, Any]]]]) -> None:
    print(
        "| start    | clean        | 0.1, mean    | 0.1, worst   | 1, mean      | 1, worst     | prominence  "
        "| parameters | steps/s |"
    )
    print(
        "|:---------|:-------------|:-------------|:-------------|:-------------|:-------------|------------:|-----------:|--------:|"
    )
    for init, found in rows:
        cells = [_percent([one["clean"] for one in found])]
        for amplitude in AMPLITUDES:
            tones = np.array([one["tones"][str(amplitude)] for one in found])
            cells += [_percent(tones.mean(1)), _percent(tones.min(1))]
        before, after = np.mean([one["prominence"] for one in found], axis=0)
        print(
            f"| {init:8s} | {' | '.join(cells)} | {before:4.1f} → {after:4.1f} | {found[0]['parameters']:10d} "
            f"| {np.median([one['steps_per_s'] for one in found]):7.1f} |"
        )
    print(flush=True)


def _percent(values: Any) -> str:
    return f"{100 * np.mean(values):5.1f} ± {100 * np.std(values):4.1f}"

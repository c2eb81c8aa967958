"""The part of `layers.py` on frozen memories: fields and sequences, read out in closed form, under tones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.linalg import expm

from benchmarks.sequence.training import DATA
from geomlearn.operators.fields.options import EQUATIONS
from geomlearn.operators.fields.solve import solve
from geomlearn.operators.sequence.classification.labelled import LabelledSequences
from geomlearn.operators.sequence.classification.options import SequenceDataOptions
from geomlearn.operators.sequence.classification.read import read_labelled
from geomlearn.operators.sequence.frozen.options import MEMORIES, DisturbanceOptions
from geomlearn.operators.sequence.frozen.readout import disturb_field
from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.systems.hippo import diagonalize_normal, hippo_legs, normal_part
from geomlearn.operators.sequence.systems.ptd import perturb_then_diagonalize
from geomlearn.shapes.load import load_shape

STATES = 32
AMPLITUDES = (0.1, 1.0)
# S4D's top frequency is this many radians per step.
ANGLE = 2.4
SHAPES = ("biped-tall-walk", "quadruped-cat-walk", "torus")


def memories(n_seeds: int) -> None:
    """What a tone at S4D's spike does to forecasts of fields, and to the naming of sequences."""
    _fields(n_seeds)
    _classes(n_seeds)


def _fields(n_seeds: int) -> None:
    print(
        "### fields\n\nRelative L2 of the next frame, median over frames, mean ± deviation over starts 0 … "
        f"{n_seeds - 1}; one read-out for all modes,\nfitted to the first half of clean frames; the tone has 0.1 of "
        "the field's size, at S4D's top frequency.\n"
    )
    columns = [f"{memory}, {kind}" for memory in MEMORIES for kind in ("clean", "tone")]
    titles = " | ".join(f"{column:17s}" for column in columns)
    print(f"| equation   | shape              | {titles} |")
    print(f"|:-----------|:-------------------|{'|'.join([':' + '-' * 18] * len(columns))}|")
    for equation in ("heat", "wave"):
        for name in SHAPES[:: 2 if equation == "heat" else 1]:
            shape = load_shape(f"builtin:{name}@1000")
            found = {column: [] for column in columns}
            for seed in range(n_seeds):
                vertex = int(np.random.default_rng(seed).integers(shape.n_vertices))
                series = solve(equation, shape, EQUATIONS[equation](vertex=(vertex,))).value
                one = disturb_field(series, shape, DisturbanceOptions(vertex=vertex))
                for memory in MEMORIES:
                    found[f"{memory}, clean"].append(np.median(one.clean[memory]))
                    found[f"{memory}, tone"].append(np.median(one.disturbed[memory]))
            cells = " | ".join(f"{np.mean(v):7.3f} ± {np.std(v):7.3f}" for v in found.values())
            print(f"| {equation:10s} | {name:18s} | {cells} |", flush=True)


def _classes(n_seeds: int) -> None:
    print(
        "\n### classes\n\nAccuracy, %, mean ± deviation over splits 0 … "
        f"{n_seeds - 1}: ridge regression on products of the {STATES} states, at the end for images,\naveraged in time "
        "for digits; the tone is added to inputs of root mean square 1, at S4D's top frequency.\n"
    )
    tones = " | ".join(f"a = {a:g}       " for a in AMPLITUDES)
    print(f"| data                              | memory | clean        | {tones} |")
    print(f"|:----------------------------------|:-------|:-------------|{'|'.join([':-------------'] * 2)}|")
    tasks = {
        "sequential MNIST, 14 × 14": (DATA / "mnist" / "mnist_t10k_first5000.npz", {"shrink": 2}, False),
        "spoken digits, 1 kHz": (DATA / "fsdd", {"rate": 1000}, True),
    }
    for title, (path, reading, pooled) in tasks.items():
        if not path.exists():
            print(f"| {title:33s} | the data is not here |")
            continue
        seeds = range(n_seeds)
        rows = {name: [_accuracies(name, path, reading, pooled, seed) for seed in seeds] for name in MEMORIES}
        for memory, values in rows.items():
            cells = [f"{100 * np.mean(one):5.1f} ± {100 * np.std(one):4.1f}" for one in np.transpose(values)]
            print(f"| {title:33s} | {memory:6s} | {' | '.join(cells)} |", flush=True)


def _accuracies(memory: str, path: Path, reading: dict, pooled: bool, seed: int) -> list[float]:
    data = read_labelled(path, SequenceDataOptions(data_seed=seed, **reading))
    x, wanted = _features(memory, data.train, pooled, 0.0), np.eye(len(data.train.classes))[data.train.labels]
    mean, deviation = x.mean(0), x.std(0) + 1e-12
    x = np.column_stack([(x - mean) / deviation, np.ones(len(x))])
    readout = np.linalg.solve(x.T @ x + 1e-2 * len(x) / x.shape[1] * np.eye(x.shape[1]), x.T @ wanted)
    found = []
    for amplitude in (0.0, *AMPLITUDES):
        tested = (_features(memory, data.test, pooled, amplitude) - mean) / deviation
        named = (np.column_stack([tested, np.ones(len(tested))]) @ readout).argmax(1)
        found.append(float((named == data.test.labels).mean()))
    return found


def _features(memory: str, data: LabelledSequences, pooled: bool, amplitude: float) -> np.ndarray:
    """(N, STATES (STATES + 1) / 2) products of states, at the end or averaged over time."""
    a, b = _system(memory)
    step = ANGLE / diagonalize_normal(STATES)[0].imag.max()
    held = np.zeros((STATES + 1, STATES + 1))
    held[:STATES, :STATES], held[:STATES, STATES] = a * step, b * step
    propagator = expm(held)
    upper = np.triu_indices(STATES)
    lengths, rng = data.lengths, np.random.default_rng(0)
    values = np.zeros((data.n, lengths.max()))
    for row, one in enumerate(data.values):
        tone = np.cos(ANGLE * np.arange(len(one)) + rng.uniform(0, 2 * np.pi))
        values[row, : len(one)] = one[:, 0] / one.std() + amplitude * tone
    state, total = np.zeros((data.n, STATES)), np.zeros((data.n, len(upper[0])))
    for t in range(values.shape[1]):
        on = t < lengths
        state[on] = state[on] @ propagator[:STATES, :STATES].T + values[on, t, None] * propagator[:STATES, STATES]
        if pooled:
            total[on] += (state[on][:, :, None] * state[on][:, None])[:, upper[0], upper[1]]
    if pooled:
        return total / lengths[:, None]
    return np.concatenate([state, (state[:, :, None] * state[:, None])[:, upper[0], upper[1]]], axis=1)


def _system(memory: str) -> tuple[np.ndarray, np.ndarray]:
    a, b = hippo_legs(STATES)
    if memory == "s4d":
        return normal_part(STATES)[0], b / 2
    if memory == "hippo":
        return a, b
    return a + perturb_then_diagonalize(PTDOptions(n=STATES, gamma=20)).value.perturbation, b

"""200 coefficients from a million samples on a surface, and the error of one coefficient as the sketch grows.

    python -m benchmarks sensing regression [--samples 1000000] [--modes 200] [--slopes 20] [--rounds 3] [--store FILE]

Samples lie at random on the faces of a built-in shape, the modes are interpolated there; noise of a tenth. All solvers
take the same arrays in one process; seconds are those of the processor, one thread. Error: largest difference of a
coefficient from numpy's, over the largest one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import clarkson_woodruff_transform
from scipy.sparse.linalg import lsmr

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from geomlearn.sensing.mode_space import from_basis
from geomlearn.sensing.regression.normal_equations import normal_equations
from geomlearn.sensing.regression.options import SketchOptions
from geomlearn.sensing.regression.sketch_and_precondition import sketch_and_precondition
from geomlearn.sensing.regression.sketched_regression import sketch_and_solve
from geomlearn.sensing.regression.srht import StreamingSketch
from geomlearn.shapes.load import load_shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


def sampled(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Modes (n, k) and noisy readings (n,) at points of the faces, drawn by area."""
    shape = load_shape("builtin:biped-tall-walk@5000")
    space = from_basis(eigenbasis(shape, EigenbasisOptions(k=k)))
    rng = np.random.default_rng(0)
    faces = shape.faces[rng.choice(shape.n_faces, n, p=shape.face_areas / shape.area)]
    shares = rng.dirichlet([1, 1, 1], n)
    design = np.zeros((n, k))
    for corner in range(3):
        design += shares[:, [corner]] * space.functions[faces[:, corner]]
    truth = rng.normal(size=k) / (1 + np.arange(k))
    return design, design @ truth + 0.1 * rng.normal(size=n)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the processor: beside other programs they tell more than those of the clock."""
    start = time.process_time()
    value = work()
    return time.process_time() - start, value


def count_sketched(design, values, m: int, seed: int) -> np.ndarray:
    """Sketch and solve by a CountSketch of m rows."""
    d = design.shape[1]
    sketch = clarkson_woodruff_transform(np.column_stack([design, values]), m, np.random.default_rng(seed))
    return np.linalg.lstsq(sketch[:, :d], sketch[:, d], rcond=None)[0]


def speed(n: int, k: int, rounds: int, kept: Kept) -> None:
    """Every solver once a round, so that neighbours on the machine disturb all of them alike."""
    system = sampled(n, k)
    ways: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, str]]] = {
        "numpy lstsq": lambda design, values: (np.linalg.lstsq(design, values, rcond=None)[0], ""),
        "sketch and precondition": _refined,
        "sketch and solve, SRHT 16 d": _sketched,
        "CountSketch 16 d": lambda design, values: (count_sketched(design, values, 16 * k, 0), ""),
        "normal equations": _products,
        "scipy lsmr": lambda design, values: (lsmr(design, values, atol=1e-13, btol=1e-13)[0], ""),
    }

    def row(name: str) -> tuple[float, list[float], str]:
        seconds, (x, note) = timed(lambda: ways[name](*system))
        return seconds, x.tolist(), note

    in_turn = [(number, name) for number in range(rounds) for name in ways]
    rows_of = {one: kept.row([n, k, *one], partial(row, one[1])) for one in in_turn}
    found = {name: [rows_of[number, name] for number in range(rounds)] for name in ways}
    print(f"\n{n:,} samples, {k} modes; {rounds} rounds of all solvers, medians (least, most)\n")
    print("| solver | processor s | lstsq ÷ it, in the same round | largest error | note |\n|:--|--:|--:|--:|:--|")
    exact, lstsq = np.array(found["numpy lstsq"][0][1]), np.array([one[0] for one in found["numpy lstsq"]])
    for name, rows in found.items():
        seconds = np.array([one[0] for one in rows])
        ratios = lstsq / seconds
        spread = f"{np.median(ratios):.1f} ({ratios.min():.1f}, {ratios.max():.1f})"
        error = np.abs(np.array(rows[0][1]) - exact).max() / np.abs(exact).max()
        print(f"| {name} | {np.median(seconds):.2f} | {spread} | {error:.1e} | {rows[0][2]} |", flush=True)


def _refined(design: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, str]:
    found = sketch_and_precondition(design, values)
    return found.value[:, 0], f"{found.stats['passes']} passes"


def _sketched(design: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, str]:
    fit = sketch_and_solve(design, values)
    return fit.coefficients[:, 0], f"bound {fit.bound[0] / np.abs(fit.coefficients).max():.1e}"


def _products(design: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, str]:
    found = normal_equations(design, values)
    return found.value[:, 0], f"bound {found.stats['bound']:.1e}"


def slopes(sketches: int) -> None:
    n, d = 4096, 64
    spread, spike = np.zeros(n), np.zeros(n)
    design = np.zeros((n, d))
    design[:d] = np.eye(d)
    spread[d : 2 * d], spike[d] = 1 / np.sqrt(d), 1
    print(f"\ne∞ = ‖x' − x*‖∞ √d / (‖b⊥‖ ‖A†‖), median / largest of {sketches} sketches; A = [I; 0]\n")
    print("| b | sketch | m = 8 d | 16 d | 32 d | slope of the median |\n|:--|:--|--:|--:|--:|--:|")
    for name, values in (("spread on d rows", spread), ("one spike", spike)):
        for kind in ("SRHT", "CountSketch"):
            cells, medians = [], []
            for per_mode in (8, 16, 32):
                found = []
                for seed in range(sketches):
                    if kind == "SRHT":
                        options = SketchOptions(rows_per_mode=per_mode, seed=seed)
                        x = sketch_and_solve(design, values, options).coefficients[:, 0]
                    else:
                        x = count_sketched(design, values, per_mode * d, seed)
                    found.append(np.abs(x).max() * np.sqrt(d))
                cells.append(f"{np.median(found):.2f} / {max(found):.2f}")
                medians.append(np.median(found))
            flat = min(medians) <= 0
            slope = "–" if flat else f"{np.polyfit(np.log([8, 16, 32]), np.log(medians), 1)[0]:.2f}"
            print(f"| {name} | {kind} | {' | '.join(cells)} | {slope} |", flush=True)


def bars(sketches: int = 200) -> None:
    """The bars that one sketch reports, and those of a bootstrap of its rows, against the spread over sketches."""
    rng = np.random.default_rng(0)
    n, d = 4096, 32
    design = rng.normal(size=(n, d)) * np.geomspace(1, 10, d)
    values = design @ rng.normal(size=d) + rng.normal(size=n)
    fits = [sketch_and_solve(design, values, SketchOptions(seed=seed)) for seed in range(sketches)]
    spread = np.std([fit.coefficients[:, 0] for fit in fits], axis=0)
    sketch = StreamingSketch(16 * d, d + 1, seed=0).add(np.column_stack([design, values])).sketch
    again = [sketch[rng.integers(len(sketch), size=len(sketch))] for _ in range(sketches)]
    boot = np.std([np.linalg.lstsq(rows[:, :d], rows[:, d])[0] for rows in again], axis=0)
    print(f"\nBars of one sketch ÷ standard deviation of a coefficient over {sketches} sketches; d = {d}, m = 16 d\n")
    print("| bars | median | least | largest | solves |\n|:--|--:|--:|--:|--:|")
    for name, found, solves in (("reported", fits[0].bars[:, 0], 1), ("bootstrap of the rows", boot, sketches)):
        ratio = found / spread
        print(f"| {name} | {np.median(ratio):.2f} | {ratio.min():.2f} | {ratio.max():.2f} | {solves} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--modes", type=int, default=200)
    parser.add_argument("--slopes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", type=Path, help="keep each solver's rows here, and take up what is kept")
    options = parser.parse_args()
    print(f"{machine_line()}; seed 0")
    if options.slopes:
        slopes(options.slopes)
        bars()
    if options.samples:
        speed(options.samples, options.modes, options.rounds, Kept(options.store))


if __name__ == "__main__":
    main()

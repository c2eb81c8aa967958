"""Learned eigenbases against the robust Laplacian on the same points, on samplings no network has seen.

    python -m benchmarks spectral learned_eigenbasis [fit] [uneven] [amortised] [time]
        [--seeds 3] [--shapes …] [--store FILE]

fit        a network for each real shape; mean |cos| of modes 2 … k with those of the robust Laplacian of the points,
           index by index, and with those of the mesh's own Laplacian, the reference of the paper's table; share
           of spans and error of the eigenvalues 2 … 50 against the robust Laplacian; 1 500 farthest points held out.
           "robust itself" is the robust Laplacian of the points against the mesh's. "clusters" does not mind how modes
           are turned among those whose eigenvalues differ by less than 5 % from one to the next.
uneven     samplings e³ times denser at one end; the default probes and the published ones, as networks and as what
           infinitely many probes give on the held-out sampling itself (closed form). "at a gap" is the span of as many
           modes, 8 … 12, as end at the widest relative gap; "robust" the robust Laplacian against the mesh's modes.
amortised  the shipped network on shapes of no category it was trained on; 1 000 points, even and uneven.
time       seconds per cloud of the shipped network and of the eigensolve.

Spans are compared after orthonormalising the learned modes in the reference's masses ("functions"), and with each
side's own masses, √mass · mode ("with masses"), as the paper does. The meshes lie in --data; shapes of the paper's
table are not among them. Probes, network and steps of a fit were chosen looking at some of the first seven; on boot,
penguin and skull, marked *, nothing was. "Ritz" is the option `refine`: one k × k eigenproblem with the self-tuned
graph, same span.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy.spatial import cKDTree

from benchmarks.harness import SHARED
from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from benchmarks.spectral.learned_eigenbasis_measures import compared, held_out, reference
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.compare import reconstruction_errors
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.learned_eigenbasis.amortised.model import EigenbasisModel, load_eigenbasis_model
from geomlearn.spectral.learned_eigenbasis.fit import FittedBasis, fit_points, fit_shape, on_faces
from geomlearn.spectral.learned_eigenbasis.options import BasisModelOptions, FitOptions, ProbeOptions
from geomlearn.spectral.learned_eigenbasis.probes import draw_probes
from geomlearn.spectral.options import EigenbasisOptions

DATA = SHARED / "meshes" / "clean"
REAL = ("armadillo", "hand_closed", "bunny_hr", "cat-low-resolution", "fish", "spot", "nefertiti-lowres")
# Nothing was chosen on these.
APART = ("boot", "penguin", "skull")
UNEVEN = ("sphere", "spot", "hand_closed", *APART)


def refined(fitted: FittedBasis) -> FittedBasis:
    return FittedBasis(fitted.network, fitted.center, fitted.radius, fitted.options.replace(refine=True))


def cell(values: list[float], digits: int = 3) -> str:
    """Mean and deviation over the seeds."""
    return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}"


def fit(data: Path, seeds: int, names_of_shapes: list[str], kept: Kept) -> None:
    print(f"\n## A network for each shape: {FitOptions().steps} steps, seeds 0 … {seeds - 1}")
    of_mesh = ("mesh k ≤ 10", "k ≤ 20", "k ≤ 50", "robust itself k ≤ 10", "k ≤ 20")
    own = ("k ≤ 10", "k ≤ 20", "k ≤ 50", "clusters k ≤ 10", "Ritz k ≤ 10", "Ritz k ≤ 20", "Ritz clusters k ≤ 10")
    names = (*own, *of_mesh, "span 10", "span 20", "λ error", "s")
    print("| shape | " + " | ".join(names) + " |")
    print("|:------|" + "---:|" * len(names), flush=True)
    means = []
    for name in names_of_shapes:
        shape = load_shape(data / f"{name}.obj")
        whole = eigenbasis(shape, EigenbasisOptions(k=50), cache=False)
        rows = kept.rows(["fit", name], seeds, lambda seed, s=shape, w=whole: _fit_row(s, w, seed))
        if rows:
            table = np.array(rows)
            means.append(table.mean(axis=0))
            cells = " | ".join(map(cell, table.T[:-1]))
            print(f"| {marked(name)} | {cells} | {table[:, -1].mean():.1f} |", flush=True)
    if means:
        print("| **mean** | " + " | ".join(f"{value:.3f}" for value in np.mean(means, axis=0)) + " |", flush=True)
    print("The paper's table, on other shapes: k ≤ 10 0.82 … 0.99, k ≤ 20 0.70 … 0.99, λ error 0.07 … 0.20.")


def _fit_row(shape: Shape, whole: Basis, seed: int) -> list[float]:
    start = time.perf_counter()
    fitted = fit_shape(shape, FitOptions(seed=seed)).value
    seconds = time.perf_counter() - start
    points = held_out(shape, 1500, seed)
    truth = reference(points)
    made = fitted.basis(points)
    raw = compared(made, truth, (10, 20, 50))
    at = cKDTree(shape.vertices).query(points)[1]
    mesh = replace(whole, evecs=whole.evecs[at], mass=truth.mass)
    against = [*compared(made, mesh, (10, 20, 50))["cos"], *compared(truth, mesh)["cos"]]
    ritz = compared(refined(fitted).basis(points), truth)
    ours = [*raw["cos"], *raw["clusters"], *ritz["cos"], *ritz["clusters"]]
    return [*ours, *against, *raw["functions"][:2], raw["evals"][0], seconds]


def closed_form(points: np.ndarray, k: int, family: str) -> tuple[np.ndarray, np.ndarray]:
    """√mass · modes (n, k) and masses: the best basis for all probes of a family on this one sampling."""
    center = points.mean(axis=0)
    inside = (points - center) / np.linalg.norm(points - center, axis=1).max()
    q = np.linalg.svd(draw_probes(inside, k, ProbeOptions(probes=family)))[0][:, :k]
    return q, q[:, 0] ** 2


def uneven(data: Path, seeds: int, names_of_shapes: list[str], kept: Kept) -> None:
    print(f"\n## Samplings e³ times denser at one end, 1 000 points held out, seeds 0 … {seeds - 1}")
    print("The first span is of 10 modes, of 9 on the sphere, where the tenth is any of seven.")
    names = ("span, with masses", "span, functions", "functions at a gap", "span 20, functions", "mass and area")
    print("| shape | probes | basis | " + " | ".join(names) + " |")
    print("|:------|:-------|:------|" + "---:|" * len(names), flush=True)
    for name in names_of_shapes:
        shape, first = (load_shape(data / f"{name}.obj"), 10) if name != "sphere" else (builtin("sphere", 5000), 9)
        kinds = {("none", "robust"): lambda seed, s=shape, j=first: _robust_row(s, seed, j)}
        for family in ("self-tuned", "reference"):
            kinds[family, "closed form"] = lambda seed, s=shape, j=first, f=family: _closed_row(s, seed, j, f)
            kinds[family, "network"] = lambda seed, s=shape, j=first, f=family: _network_row(s, seed, j, f)
        for (family, kind), work in kinds.items():
            rows = kept.rows(["uneven", name, family, kind], seeds, work)
            if rows:
                cells = " | ".join(cell(column, 2) for column in np.array(rows).T)
                print(f"| {marked(name)} | {family} | {kind} | {cells} |", flush=True)


def _robust_row(shape: Shape, seed: int, first: int) -> list[float]:
    points = held_out(shape, 1000, seed, uneven=True)
    truth = reference(points)
    whole = eigenbasis(shape, EigenbasisOptions(k=50), cache=False)
    root = np.sqrt(truth.mass)[:, None]
    q, _ = np.linalg.qr(root * whole.evecs[cKDTree(shape.vertices).query(points)[1]])
    return _uneven_row(truth, replace(whole, evecs=q / root, mass=truth.mass), first)


def _closed_row(shape: Shape, seed: int, first: int, family: str) -> list[float]:
    points = held_out(shape, 1000, seed, uneven=True)
    truth = reference(points)
    q, mass = closed_form(points, 50, family)
    mass = np.maximum(mass, 1e-12)
    return _uneven_row(replace(truth, evecs=q / np.sqrt(mass)[:, None], mass=mass), truth, first)


def _network_row(shape: Shape, seed: int, first: int, family: str) -> list[float]:
    points = held_out(shape, 1000, seed, uneven=True)
    cloud = held_out(shape, 5000, seed + 100, uneven=True)
    made = fit_points(cloud, FitOptions(seed=seed, probes=family)).value.basis(points)
    return _uneven_row(made, reference(points), first)


def _uneven_row(basis: Basis, truth: Basis, first: int) -> list[float]:
    gaps = truth.evals[8:13] / truth.evals[7:12]
    against = compared(basis, truth, (first, 8 + int(gaps.argmax()), 20))
    return [against["with masses"][0], *against["functions"], *against["mass"]]


def marked(name: str) -> str:
    """With a star where nothing was chosen on the shape."""
    return f"{name} *" if name in APART else name


def unseen(data: Path) -> dict[str, Shape]:
    """Real scans and simple shapes; the network learned from bipeds, quadrupeds and random bodies of limbs."""
    made = {name: builtin(name, 4000) for name in ("torus", "plane-with-hole")}
    return {**{name: load_shape(data / f"{name}.obj") for name in (*REAL, "penguin", "skull")}, **made}


def amortised(data: Path, seeds: int, model_file: str | None, kept: Kept) -> None:
    model = load_eigenbasis_model(model_file)
    k = model.network.options.k
    print(f"\n## One network for all shapes, {k} modes, 1 000 points, seeds 0 … {seeds - 1}")
    print("xyz: relative error of the coordinates rebuilt from 10, 20 modes and all, by the eigensolve in brackets.")
    names = (
        "k ≤ 10",
        "span 10",
        "span 20",
        "Ritz k ≤ 10",
        "Ritz span 10",
        "Ritz span 20",
        "λ error",
        "xyz 10",
        "xyz 20",
    )
    print("| shape | sampling | " + " | ".join((*names, f"xyz {k}")) + " |")
    print("|:------|:---------|" + "---:|" * (len(names) + 1), flush=True)
    summary: dict[bool, list[np.ndarray]] = {False: [], True: []}
    for name, shape in unseen(data).items():
        for tilted in (False, True):
            key = ["amortised", model_file, name, tilted]
            rows = kept.rows(key, seeds, lambda seed, s=shape, t=tilted: _amortised_seed(model, s, t, seed))
            if rows:
                mean = np.mean(rows, axis=0)
                summary[tilted].append(mean)
                print(f"| {name} | {'uneven' if tilted else 'even'} | {_amortised_row(mean)} |", flush=True)
    for tilted, rows in summary.items():
        if rows:
            print(
                f"| **mean** | {'uneven' if tilted else 'even'} | {_amortised_row(np.mean(rows, axis=0))} |", flush=True
            )


def _amortised_seed(model: EigenbasisModel, shape: Shape, tilted: bool, seed: int) -> list[float]:
    k = model.network.options.k
    points = held_out(shape, 1000, seed, uneven=tilted)
    truth = reference(points, k)
    made = model.basis(points, BasisModelOptions(k=k))
    raw = compared(made, truth)
    ritz = compared(model.basis(points, BasisModelOptions(k=k, refine=True)), truth)
    centred = points - points.mean(axis=0)
    rebuilt = [reconstruction_errors(basis, centred)[[10, 20, k]] for basis in (made, truth)]
    numbers = [raw["cos"][0], *raw["functions"], ritz["cos"][0], *ritz["functions"], raw["evals"][0]]
    return [*numbers, *np.stack(rebuilt, axis=1).ravel().tolist()]


def _amortised_row(values: np.ndarray) -> str:
    pairs = [f"{values[i]:.3f} ({values[i + 1]:.3f})" for i in (7, 9, 11)]
    return " | ".join([*(f"{value:.3f}" for value in values[:7]), *pairs])


def seconds(data: Path, model_file: str | None) -> None:
    model = load_eigenbasis_model(model_file)
    k = model.network.options.k
    print(f"\n## Seconds per cloud, {k} modes, best of 3")
    print("| points | network | of which graph, masses and landmarks | eigensolve | network / eigensolve |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    shape = load_shape(data / "armadillo.obj")
    for n in (1000, 5000, 20_000):
        points = on_faces(shape, n, np.random.default_rng(n))
        ours = min(_timed(lambda points=points: model.basis(points, BasisModelOptions(k=k))) for _ in range(3))
        prepared = min(_timed(lambda points=points: model.cloud(points)) for _ in range(3))
        theirs = min(_timed(lambda points=points: reference(points, k)) for _ in range(3))
        print(f"| {n} | {ours:.2f} | {prepared:.2f} | {theirs:.2f} | {ours / theirs:.1f} |", flush=True)


def _timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="fit, uneven, amortised, time; all by default")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--shapes", nargs="+", help="which to fit, or to sample unevenly")
    parser.add_argument("--model", default=None, help="another model file than the shipped one")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--store", type=Path, help="keep rows of fit, uneven and amortised in this file")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no row after so long")
    options = parser.parse_args()
    kept = Kept(options.store, options.minutes)
    parts = options.parts or ["fit", "uneven", "amortised", "time"]
    threads = f"{torch.get_num_threads()} threads, OMP_NUM_THREADS {os.environ.get('OMP_NUM_THREADS', 'unset')}"
    print(f"{machine_line('torch', 'robust_laplacian')}; {threads}", flush=True)
    if "fit" in parts:
        fit(options.data, options.seeds, options.shapes or [*REAL, *APART], kept)
    if "uneven" in parts:
        uneven(options.data, options.seeds, options.shapes or list(UNEVEN), kept)
    if "amortised" in parts:
        amortised(options.data, options.seeds, options.model, kept)
    if "time" in parts:
        seconds(options.data, options.model)


if __name__ == "__main__":
    main()

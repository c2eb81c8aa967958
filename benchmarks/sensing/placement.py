"""Placement laws: the Legendre table, surfaces with n/m from 1 to 10, and the speed of the sampler beside dppy's.

    python -m benchmarks sensing placement [--draws 20] [--parts interval sphere spot bunny speed] [--peers PYTHON]

Nothing was chosen on these shapes. Errors are root mean squares over draws and fields, divided by the best error in the
space; the median over draws stands beside, since one bad set decides a mean. Fields: a geodesic Gaussian, and a smooth
random one with energy beyond the modes. PYTHON is an interpreter that has dppy.
"""

from __future__ import annotations

import argparse
import json
import subprocess

import numpy as np

from benchmarks.harness import SHARED, timed
from benchmarks.machine import machine_line
from geomlearn.sensing.mode_space import ModeSpace, from_basis, from_functions
from geomlearn.sensing.placement.options import PlacementOptions
from geomlearn.sensing.placement.place import place
from geomlearn.sensing.placement.projection_dpp import projection_dpp
from geomlearn.shapes.load import load_shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.geodesics import HeatGeodesics
from geomlearn.spectral.options import EigenbasisOptions

SHAPES = {
    "sphere": "builtin:sphere@2500",
    "spot": SHARED / "meshes/clean/spot.obj",
    "bunny": SHARED / "meshes/open/bunny.ply",
}
PARTS = ("interval", *SHAPES, "speed")
LAWS = ("uniform", "iid", "vol", "rdpp", "rdpp, reduced", "fps", "qdeim")
PEER = """
import json, sys, time, numpy as np
from dppy.finite_dpps import FiniteDPP
Q = np.linalg.qr(np.random.default_rng(0).normal(size=(20000, 100)))[0]
seconds = []
for seed in range(3):
    dpp = FiniteDPP("correlation", projection=True, **{"K_eig_dec": (np.ones(100), Q)})
    start = time.perf_counter(); dpp.sample_exact(random_state=seed); seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
"""


def errors(space: ModeSpace, points: np.ndarray, fields: np.ndarray, law: str, n: int, draws: int, *, repeats: bool):
    """(draws, fields) error over the best, and (draws,) λ_min."""
    name, _, reduced = law.partition(", ")
    best = fields - (space.functions @ (space.functions.T @ (space.share * fields).T)).T
    floor = np.sqrt((space.share * best**2).sum(axis=1))
    ratios, smallest = [], []
    for seed in range(draws):
        options = PlacementOptions(
            n=n,
            law=name,
            seed=seed,
            stabilize="reduce" if reduced else "none",
            repeats=repeats and name not in ("fps", "qdeim"),
        )
        found = place(space, points, options)
        root = np.sqrt(found.weights)[:, None]
        at = found.vertices
        coefficients = np.linalg.lstsq(root * space.functions[at], root * fields[:, at].T, rcond=None)[0]
        error = np.sqrt((space.share * (fields - (space.functions @ coefficients).T) ** 2).sum(axis=1))
        ratios.append(error / floor)
        smallest.append(found.stability.lambda_min)
    return np.array(ratios), np.array(smallest)


def table(space, points, fields, n, draws, label, *, repeats) -> None:
    for law in LAWS:
        ratios, smallest = errors(space, points, fields, law, n, draws, repeats=repeats)
        print(
            f"| {label} | {n} | {law:13} | {(smallest >= 0.5).mean():4.2f} | {np.median(smallest):5.3f} | "
            f"{np.sqrt((ratios**2).mean()):9.3g} | {np.median(ratios):7.3g} | {np.percentile(ratios, 90):8.3g} |",
            flush=True,
        )


def fields_on(shape, basis, n_modes: int) -> np.ndarray:
    """A geodesic Gaussian of a tenth of the diagonal, and a random sum over all modes with decaying energy."""
    rng = np.random.default_rng(0)
    distances = HeatGeodesics(shape).distances_from(int(rng.integers(shape.n_vertices)))
    bump = np.exp(-((distances / (0.15 * shape.diagonal)) ** 2))
    decay = 1 / (1 + np.arange(basis.k) / n_modes) ** 2
    return np.stack([bump, basis.evecs @ (decay * rng.normal(size=basis.k)) * np.sqrt(basis.mass.sum())])


def speed(peers: str) -> None:
    rows = np.linalg.qr(np.random.default_rng(0).normal(size=(20_000, 100)))[0]
    ours = [timed(lambda seed=seed: projection_dpp(rows, np.random.default_rng(seed)))[0] for seed in range(9)]
    print("\nA projection DPP, N = 20,000, m = 100:")
    print(f"ours {np.median(ours):.3f} s (of 9; {min(ours):.3f} … {max(ours):.3f})")
    try:
        ran = subprocess.run([peers, "-c", PEER], capture_output=True, text=True, check=True)
        theirs = json.loads(ran.stdout)
        print(f"dppy {np.median(theirs):.3f} s (of 3), {np.median(theirs) / np.median(ours):.1f} × ours.")
    except (OSError, subprocess.CalledProcessError):
        print(f"dppy was not measured: {peers or 'no interpreter'} does not have it; give one by --peers.")


def interval(draws: int) -> None:
    """Legendre polynomials and Runge's function on 2,000 points, thirty draws where the shapes have ten."""
    x = np.linspace(-1, 1, 2000)
    for m, sizes in ((10, (10, 20, 30, 50)), (20, (40, 100, 200))):
        space = from_functions(np.polynomial.legendre.legvander(x, m - 1))
        for n in sizes:
            table(space, x[:, None], 1 / (1 + 25 * x[None] ** 2), n, 3 * draws, f"Legendre, {m}", repeats=True)


def on_shape(name: str, draws: int) -> None:
    """Thirty Laplacian modes, from as many sensors as modes to ten times as many."""
    shape = load_shape(SHAPES[name])
    basis = eigenbasis(shape, EigenbasisOptions(k=150))
    space, fields = from_basis(basis.truncated(30)), fields_on(shape, basis, 30)
    for n in (30, 45, 60, 90, 150, 300):
        table(space, shape.vertices, fields, n, draws, f"{name}, 30", repeats=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS, help="Which of the tables.")
    parser.add_argument("--peers", default="", help="An interpreter that has dppy.")
    options = parser.parse_args()
    print(f"{machine_line()}; seeds 0 … {options.draws - 1}")
    for part in options.parts:
        if part == "speed":
            speed(options.peers)
            continue
        if part in ("spot", "bunny") and not SHARED.is_dir():
            print(f"\n{part}: left out, its mesh is not here")
            continue
        print("\n| domain, m | n | law | P(λ_min ≥ ½) | median λ_min | rms error ÷ best | median | 90 % |")
        print("|:--|--:|:--|--:|--:|--:|--:|--:|", flush=True)
        if part == "interval":
            interval(options.draws)
        else:
            on_shape(part, options.draws)


if __name__ == "__main__":
    main()

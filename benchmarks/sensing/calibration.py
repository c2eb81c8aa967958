"""Unknown gains: exactness of the three models, and fields on a mesh with and without calibration.

    python -m benchmarks sensing calibration [--seeds 5] [--parts exact phases curve mesh size]

Mesh: 300 sensors placed by repeated DPPs on the bunny (the sphere where it is absent), 30 modes, gains ±30 %, noise of
1 % and of 10 % of the readings; p snapshots. Field error: relative, over the whole mesh. Nothing was chosen on it.
Curve: closed, sensors at random places, log-normal gains (.3).
"""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.harness import SHARED, timed
from benchmarks.machine import machine_line
from geomlearn.core.errors import GeomError
from geomlearn.sensing.calibration.options import CalibrationOptions
from geomlearn.sensing.calibration.self_calibration import self_calibration
from geomlearn.sensing.mode_space import from_basis
from geomlearn.sensing.placement.options import PlacementOptions
from geomlearn.sensing.placement.place import place
from geomlearn.shapes.load import load_shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

PARTS = ("exact", "phases", "curve", "mesh", "size")
METHODS = ("least_squares", "spectral", "reduced")


def aligned(found: np.ndarray, true: np.ndarray) -> float:
    """Relative error after the best scalar."""
    scale = np.vdot(found, true) / np.vdot(found, found)
    return float(np.linalg.norm(scale * found - true) / np.linalg.norm(true))


def exactness(seeds: int) -> None:
    print("\nWithout noise, complex Gaussian operators, gains of any phase: largest relative error of the gains\n")
    print("| model (m, n, p) | least squares | spectral | reduced |\n|:--|--:|--:|--:|")
    for model, (m, n, p) in {"repeated": (64, 32, 8), "diverse": (64, 16, 8), "snapshots": (64, 16, 32)}.items():
        worst = dict.fromkeys(METHODS, 0.0)
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            shape = (m, n) if model == "snapshots" else (p, m, n)
            operators = rng.normal(size=(*shape, 2)) @ [1, 1j]
            fields = rng.normal(size=(*((n,) if model == "repeated" else (p, n)), 2)) @ [1, 1j]
            gains = np.exp(rng.uniform(-0.5, 0.5, m) + 2j * np.pi * rng.random(m))
            each = np.broadcast_to(operators, (p, m, n))
            readings = gains * np.einsum("lmn,ln->lm", each, np.broadcast_to(fields, (p, n)))
            for method in worst:
                found = self_calibration(readings, operators, CalibrationOptions(model=model, method=method))
                worst[method] = max(worst[method], aligned(found.gains, gains))
        print(f"| {model} ({m}, {n}, {p}) | " + " | ".join(f"{value:.1e}" for value in worst.values()) + " |")


def phases(draws: int) -> None:
    """How many of some draws are solved exactly, by modes a sensor and snapshots; – where all are refused."""
    sensors, snapshots = 40, (2, 3, 4, 6, 10)
    print(f"\n{sensors} sensors, Gaussian modes, gains ±30 %, no noise: share of {draws} draws with an error < 1e-6\n")
    print(f"| modes ÷ sensors | {' | '.join(f'p = {p}' for p in snapshots)} |\n|--:|{'--:|' * len(snapshots)}")
    for share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        cells = []
        for p in snapshots:
            n = round(share * sensors)
            found = [_exact(sensors, n, p, seed) for seed in range(draws)]
            # As many equations as unknowns but for the scalar: p m = m + p n − 1.
            bound = "" if p * sensors >= sensors + p * n - 1 else "–"
            cells.append(bound or f"{np.mean(found):.0%}")
        print(f"| {share:.1f} | {' | '.join(cells)} |", flush=True)


def _exact(m: int, n: int, p: int, seed: int) -> bool:
    rng = np.random.default_rng(seed)
    modes, gains = rng.normal(size=(m, n)), rng.uniform(0.7, 1.3, m)
    try:
        found = self_calibration(gains * (rng.normal(size=(p, n)) @ modes.T), modes)
    except GeomError:
        return False
    return aligned(found.gains, gains) < 1e-6


def on_a_curve(draws: int) -> None:
    """White and decaying coefficients, little noise and much: where the normalisation by ones pays."""
    print(f"\nA closed curve: median error of the gains over {draws} draws\n")
    print(
        "| sensors, modes, p | fields | noise | gains taken for 1 | least squares | spectral | reduced "
        "| least squares ÷ spectral |"
    )
    print("|:--|:--|--:|--:|--:|--:|--:|--:|")
    for m, n, p, decays in ((64, 11, 10, False), (64, 21, 10, True), (200, 31, 20, True)):
        for noise in (0.01, 0.1):
            rows = np.array([_on_a_curve(m, n, p, noise, seed, decays=decays) for seed in range(draws)])
            none, least, spectral, reduced = np.median(rows, axis=0)
            cells = " | ".join(f"{value:.4f}" for value in (none, least, spectral, reduced))
            fields = "1/k" if decays else "white"
            print(f"| {m}, {n}, {p} | {fields} | {noise:.0%} | {cells} | {least / spectral:.2f} |", flush=True)


def _on_a_curve(m: int, n: int, p: int, noise: float, seed: int, *, decays: bool) -> list[float]:
    rng = np.random.default_rng(seed)
    k = np.arange(1, n // 2 + 1)
    angles = 2 * np.pi * rng.random(m)[:, None] * k
    modes = np.hstack([np.ones((m, 1)), np.sqrt(2) * np.cos(angles), np.sqrt(2) * np.sin(angles)])
    fields = rng.normal(size=(p, n)) / (np.r_[1, k, k] if decays else 1)
    gains = np.exp(0.3 * rng.normal(size=m))
    readings = _noisy(gains * (fields @ modes.T), noise, rng)
    errors = [aligned(np.ones(m), gains)]
    return errors + [
        aligned(self_calibration(readings, modes, CalibrationOptions(method=method)).gains, gains) for method in METHODS
    ]


def _noisy(clean: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return clean + noise * np.sqrt(np.mean(clean**2)) * rng.normal(size=clean.shape)


def on_a_mesh(seeds: int) -> None:
    spec = SHARED / "meshes/open/bunny.ply" if SHARED.is_dir() else "builtin:sphere@2500"
    shape = load_shape(spec)
    space = from_basis(eigenbasis(shape, EigenbasisOptions(k=30)))
    at = place(space, shape.vertices, PlacementOptions(n=300)).vertices
    print(f"\n{shape.name}, {shape.n_vertices:,} vertices: median over {seeds} seeds (largest)\n")
    print(
        "| fields | noise | p | field error, gains taken for 1 | least squares | spectral "
        "| error of gains, least squares | spectral | least squares ÷ spectral |"
    )
    print("|:--|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, decay in (("white", np.ones(30)), ("1/k", 1 / (1 + np.arange(30)))):
        for noise in (0.01, 0.1):
            for p in (2, 5, 10, 20):
                rows = np.array([_one(space, at, decay, p, noise, seed) for seed in range(seeds)])
                cells = " | ".join(f"{np.median(c):.3f} ({np.max(c):.3f})" for c in rows.T)
                ratio = np.median(rows[:, 3]) / np.median(rows[:, 4])
                print(f"| {name} | {noise:.0%} | {p} | {cells} | {ratio:.2f} |", flush=True)


def _one(space, at, decay, p: int, noise: float, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    fields = rng.normal(size=(p, 30)) * decay
    gains = rng.uniform(0.7, 1.3, len(at))
    matrix = space.functions[at]
    readings = _noisy(gains * (fields @ matrix.T), noise, rng)
    plain = np.linalg.lstsq(matrix, readings.T, rcond=None)[0].T
    errors, of_gains = [aligned(plain.ravel(), fields.ravel())], []
    for method in ("least_squares", "spectral"):
        try:
            found = self_calibration(readings, matrix, CalibrationOptions(method=method))
            errors.append(aligned(found.fields.ravel(), fields.ravel()))
            of_gains.append(aligned(found.gains, gains))
        except GeomError:
            errors.append(np.nan)
            of_gains.append(np.nan)
    return errors + of_gains


def size() -> None:
    print("\nSensors on a closed curve, 29 modes, 10 snapshots, no noise\n")
    print("| sensors | s | error of the gains |\n|--:|--:|--:|")
    for m in (300, 3000, 100_000):
        rng = np.random.default_rng(0)
        where, k = rng.random(m), np.arange(1, 15)
        modes = np.hstack([np.ones((m, 1)), *(f(2 * np.pi * where[:, None] * k) for f in (np.cos, np.sin))])
        gains = np.exp(0.3 * rng.normal(size=m))
        readings = gains * (rng.normal(size=(10, 29)) @ modes.T)
        seconds, found = timed(lambda readings=readings, modes=modes: self_calibration(readings, modes))
        print(f"| {m:,} | {seconds:.1f} | {aligned(found.gains, gains):.1e} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=20, help="Of each cell of the phase diagram.")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    print(f"{machine_line()}; seeds 0 … {options.seeds - 1}")
    parts = {
        "exact": lambda: exactness(options.seeds),
        "phases": lambda: phases(options.draws),
        "curve": lambda: on_a_curve(3 * options.seeds),
        "mesh": lambda: on_a_mesh(options.seeds),
        "size": size,
    }
    for part in options.parts:
        parts[part]()


if __name__ == "__main__":
    main()

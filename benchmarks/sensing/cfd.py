"""Temperature of a heated capsule rebuilt from 3 to 13 sensors: ours, python-sensors (QR) and places at random.

    python -m benchmarks sensing cfd [--peers PYTHON] [--splits 5]

49 runs of a CFD code at 6,000 points; in each split 35 runs give the space, 14 judge it. As many modes as sensors, and
half as many, for every method; both are printed. Infinite: the places drawn leave a mode undetermined. PYTHON is an
interpreter that has python-sensors, which installs `tests`, `docs` and `examples` beside its package.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.harness import SHARED
from benchmarks.machine import machine_line
from geomlearn.core.errors import GeomError
from geomlearn.sensing.mode_space import from_fields
from geomlearn.sensing.placement.options import PlacementOptions
from geomlearn.sensing.placement.place import place
from geomlearn.sensing.regression.weighted_least_squares import weighted_least_squares

SENSORS = (3, 5, 8, 13)
PEER = """
import json, sys, warnings, numpy as np
warnings.filterwarnings("ignore")
from pysensors.reconstruction import SSPOR
from pysensors.basis import SVD
jobs = np.load(sys.argv[1], allow_pickle=False)
train, test, noise = jobs["train"], jobs["test"], jobs["noise"]
out = {}
for n in jobs["sensors"].tolist():
    for k in sorted({n, (n + 1) // 2}):
        model = SSPOR(basis=SVD(n_basis_modes=k), n_sensors=n).fit(train, quiet=True)
        at = model.get_selected_sensors()
        for name, method in (("regularised", None), ("unregularised", "unregularized")):
            error = []
            for level in (0.0, 1.0):
                seen = test[:, at] + level * noise[:, : len(at)]
                found = model.predict(seen) if method is None else model.predict(seen, method=method)
                error.append(float(np.sqrt(np.mean((found - test) ** 2))))
            out[f"{n} {k} {name}"] = error
print(json.dumps(out))
"""


def ours(train, test, noise, points, n: int, k: int, law: str, seed: int) -> tuple[float, float]:
    """Root mean square error in kelvin, without and with 1 K of noise."""
    space = from_fields(train, k)
    stabilize = "redraw" if law in ("rdpp", "vol") else "none"
    found = place(space, points, PlacementOptions(n=n, law=law, seed=seed, stabilize=stabilize, redraws=20))
    errors = []
    for level in (0.0, 1.0):
        seen = test[:, found.vertices] + level * noise[:, :n]
        try:
            fit = weighted_least_squares(space.functions[found.vertices], seen.T, found.weights)
        except GeomError:
            # These places leave a mode undetermined.
            return np.inf, np.inf
        errors.append(float(np.sqrt(np.mean(((space.functions @ fit.coefficients).T - test) ** 2))))
    return errors[0], errors[1]


def theirs(peers: str, train, test, noise) -> dict[str, list[float]] | None:
    """The same by python-sensors, or None where it is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "jobs.npz"
        np.savez(file, train=train, test=test, noise=noise, sensors=np.array(SENSORS))
        try:
            ran = subprocess.run([peers, "-c", PEER, str(file)], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
    return json.loads(ran.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="")
    parser.add_argument("--splits", type=int, default=5)
    options = parser.parse_args()
    if not SHARED.is_dir():
        raise SystemExit("The CFD runs are not beside this checkout.")
    data = np.load(SHARED / "sensors/opti_twist.npz", allow_pickle=False)
    temperature, points = data["temperature"].astype(float), data["points"].astype(float)
    rows: dict[tuple[int, int, str], list[tuple[float, float]]] = {}
    peer_ran = True
    for split in range(options.splits):
        rng = np.random.default_rng(split)
        order = rng.permutation(49)
        train, test = temperature[order[:35]], temperature[order[35:]]
        noise = rng.normal(size=(14, max(SENSORS)))
        for n in SENSORS:
            for k in sorted({n, (n + 1) // 2}):
                for law in ("qdeim", "rdpp", "vol", "fps", "uniform"):
                    found = ours(train, test, noise, points, n, k, law, split)
                    rows.setdefault((n, k, f"ours, {law}"), []).append(found)
        for key, error in (theirs(options.peers, train, test, noise) or {}).items():
            n, k, name = key.split()
            rows.setdefault((int(n), int(k), f"python-sensors, {name}"), []).append((error[0], error[1]))
        peer_ran &= any("python-sensors" in key[2] for key in rows)
    print(f"{machine_line()}; splits 0 … {options.splits - 1}")
    print(f"Temperatures {temperature.min():.0f} … {temperature.max():.0f} K")
    print("\n| sensors | modes | places | rms error, K | worst split | with 1 K noise | worst split |")
    print("|--:|--:|:--|--:|--:|--:|--:|")
    for (n, k, name), found in sorted(rows.items()):
        clean, noisy = np.array(found).T
        cells = (np.median(clean), clean.max(), np.median(noisy), noisy.max())
        print(f"| {n} | {k} | {name} | " + " | ".join(f"{cell:.3g}" for cell in cells) + " |")
    if not peer_ran:
        print("\npython-sensors was not measured: give an interpreter that has it by --peers.")


if __name__ == "__main__":
    main()

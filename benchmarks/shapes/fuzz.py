"""Damaged files of every family, each read by a child with limits of time and memory: what became of them.

    python -m benchmarks shapes fuzz --files 2000 [--seed 0] [--families ply,obj] [--jobs 1]

The children are those of `tests/shapes/fuzz.py`, which damages good files in sixteen ways from a seed. Every file must
be read, or be refused in one sentence; a traceback, a hang of ten seconds, or a shape without vertices is a fault and
is listed. A child that dies takes its batch's rest with it, which is counted too.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.machine import machine_line

ROOT = Path(__file__).resolve().parents[2]
CHILD = ROOT / "tests" / "shapes" / "fuzz.py"
# Families by the names of the seed files of tests/shapes/conftest.py.
FAMILIES = {
    "obj": (".obj",),
    "off": (".off",),
    "ply": (".ply",),
    "stl": (".stl",),
    "tosca": (".vert", ".tri"),
    "gltf": (".glb", ".gltf"),
    "3mf": (".3mf",),
    "vtk": (".vtk",),
    "vtp, vtu": (".vtp", ".vtu"),
    "text clouds": (".xyz", ".txt", ".csv", ".pts"),
    "pcd": (".pcd",),
    "npz, npy": (".npz", ".npy"),
    "h5": (".h5",),
    "mat": (".mat",),
    "packed": (".gz", ".bz2", ".xz"),
}
BATCH = 500
COLUMNS = ("files", "read", "refused", "traceback", "hang", "silent empty", "memory", "lost")


def seeds(folder: Path) -> None:
    """The good files of the tests, and packed ones."""
    sys.path.insert(0, str(ROOT))
    from tests.shapes.conftest import write_seeds

    made = write_seeds(folder)
    packed = (
        ("slashes.obj", ".gz", gzip.compress),
        ("little.ply", ".bz2", bz2.compress),
        ("ascii.off", ".xz", lzma.compress),
    )
    for name, suffix, pack in packed:
        (folder / f"{name}{suffix}").write_bytes(pack(made[name].read_bytes()))


def batch(family: str, source: Path, count: int, seed: int) -> tuple[str, Counter, list[str]]:
    """One child: how often each outcome came, and the faults."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        folder = Path(place)
        for path in sorted(source.iterdir()):
            if path.suffix in FAMILIES[family]:
                shutil.copy(path, folder / path.name)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, str(CHILD), str(folder), str(count), str(seed), "ours"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    found: Counter = Counter(files=count)
    try:
        report = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        words = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return family, Counter(files=count, lost=count), [f"{family} seed {seed}: the child ended with {words[:200]}"]
    counts = report["counts"]
    found["read"] = counts.get("shape", 0) + counts.get("shape with warning", 0)
    found["refused"] = counts.get("sentence", 0)
    found["traceback"], found["hang"], found["memory"] = (counts.get(k, 0) for k in ("exception", "hang", "memory"))
    empty = sum("silent empty" in line for line in report["broken"])
    found["silent empty"], found["read"] = empty, found["read"] - empty
    return family, found, [f"{family} seed {seed}: {line}" for line in report["broken"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000, help="damaged files of each family")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", default=",".join(FAMILIES).replace(", ", "+"))
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    names = [name.replace("+", ", ") for name in chosen.families.split(",")]
    totals = {name: Counter() for name in names}
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="seeds-") as place:
        source = Path(place)
        seeds(source)
        with ThreadPoolExecutor(chosen.jobs) as pool:
            waiting = [
                pool.submit(batch, name, source, min(BATCH, chosen.files - start), chosen.seed + start // BATCH)
                for start in range(0, chosen.files, BATCH)
                for name in names
            ]
            for future in waiting:
                name, found, broken = future.result()
                totals[name].update(found)
                faults += broken
                print(
                    f"{name:12} {sum(t['files'] for t in totals.values()):7} files so far", file=sys.stderr, flush=True
                )
    print(f"{machine_line('h5py')}; seed {chosen.seed}\n")
    print(f"| family | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}")
    for name in names:
        print(f"| {name} | {' | '.join(str(totals[name][column]) for column in COLUMNS)} |")
    whole = sum(totals.values(), Counter())
    print(f"| **all** | {' | '.join(str(whole[column]) for column in COLUMNS)} |\n")
    print(*(faults[:200] or ["No fault."]), sep="\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())

"""Damaged files of every family, each read by a child with limits of time and memory: what became of them.

    python -m benchmarks shapes fuzz --files 4000 [--seed 0] [--families ply,obj] [--jobs 1] [--keep FILE]

The children are those of `tests/fuzz/judge.py`, which damages good files in sixteen ways from a seed. Every file must
be read, or be refused in one sentence; a traceback, a hang of ten seconds of the reader's own time, or an empty result
without a word is a fault and is listed. A child that dies takes its batch's rest with it, which is counted too. With
``--keep`` each finished batch is a line of FILE, and batches that are there are not run again: a run that was cut goes
on, and runs with other seeds add up. MATLAB's and old HDF5 files are read by processes of their own, as always, except
that these are forks and not started anew, which would take most of the time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_line

ROOT = Path(__file__).resolve().parents[2]
BATCH = 500
# What a batch's outcomes are counted as.
COLUMNS = {
    "read": ("read", "read with warning"),
    "refused": ("sentence", "generic sentence", "circles"),
    "of these in circles": ("circles",),
    "traceback": ("exception",),
    "hang": ("hang",),
    "silent empty": ("empty",),
    "memory": ("memory",),
    "lost": ("lost",),
}


def batch(family: str, kept: Path, count: int, seed: int) -> dict[str, Any]:
    """One child: how often each outcome came, and the faults."""
    from tests.fuzz.seeds import FAMILIES

    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        folder = Path(place)
        FAMILIES[family].lay(folder, kept)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tests.fuzz.judge", place, str(count), str(seed), FAMILIES[family].reader]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
        left = sorted(path.name for path in (folder / "damaged").glob("[0-9]*"))
    try:
        report = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        words = (done.stderr.strip().splitlines() or [f"code {done.returncode}"])[-1]
        report = {"counts": {"lost": count}, "broken": [f"the child ended at {left[-1:]} with {words[:200]}"]}
    return {"family": family, "seed": seed, "files": count, **report}


def batches(names: list[str], files: int, seed: int, jobs: int, keep: Path | None) -> Iterator[dict[str, Any]]:
    """Those kept already, and then the others as they are finished."""
    old = [json.loads(line) for line in keep.read_text().splitlines()] if keep and keep.exists() else []
    old = [one for one in old if one["family"] in names]
    yield from old
    have = {(one["family"], one["seed"]) for one in old}
    wanted = [
        (name, min(BATCH, files - start), seed + start // BATCH) for start in range(0, files, BATCH) for name in names
    ]
    with tempfile.TemporaryDirectory(prefix="seeds-") as place, ThreadPoolExecutor(jobs) as pool:
        # The first of each family makes its good files, which the others share.
        for one in pool.map(
            lambda some: batch(some[0], Path(place), *some[1:]),
            [some for some in wanted if (some[0], some[2]) not in have],
        ):
            if keep:
                with keep.open("a") as stream:
                    stream.write(json.dumps(one) + "\n")
            yield one


def report(names: list[str], found: list[dict[str, Any]]) -> None:
    print(f"{machine_line('h5py')}; seeds {min(one['seed'] for one in found)} to {max(one['seed'] for one in found)}\n")
    print(f"| family | files | {' | '.join(COLUMNS)} |\n|---|---:|{'---:|' * len(COLUMNS)}")
    for title, of in [*((name, [name]) for name in names), ("**all**", names)]:
        counts: Counter = Counter()
        for one in found:
            if one["family"] in of:
                counts.update({"files": one["files"], **one["counts"]})
        cells = [counts["files"], *(sum(counts[kind] for kind in kinds) for kinds in COLUMNS.values())]
        print(f"| {title} | {' | '.join(map(str, cells))} |")
    faults = [f"{one['family']} seed {one['seed']}: {line}" for one in found for line in one["broken"]]
    print("", *(faults[:200] or ["No fault."]), sep="\n")


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from tests.fuzz.seeds import FAMILIES

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000, help="damaged files of each family")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", default=",".join(FAMILIES).replace(", ", "+"))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a file of finished batches, to go on from")
    chosen = parser.parse_args()
    names = [name.replace("+", ", ") for name in chosen.families.split(",")]
    found = []
    for one in batches(names, chosen.files, chosen.seed, chosen.jobs, chosen.keep):
        found.append(one)
        total = sum(each["files"] for each in found)
        print(f"{one['family']:16} {total:7} files so far; {one['counts']}", *one["broken"][:5], sep="\n  ",
              file=sys.stderr, flush=True)  # fmt: skip
    report(names, found)
    return int(any(one["broken"] for one in found))


if __name__ == "__main__":
    sys.exit(main())

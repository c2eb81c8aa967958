"""Damaged files of every family, each read by a child with limits of time and memory: what became of them.

    python -m benchmarks shapes fuzz --files 4000 [--seed 0] [--families ply,obj] [--jobs 1] [--keep FILE]

The children are those of `tests/fuzz/judge.py`, which damages good files in sixteen ways from a seed. Every file must
be read, or be refused in one sentence; a traceback, a hang of ten seconds of the reader's own time, or an empty result
without a word is a fault and is listed. A child that dies takes its batch's rest with it, which is counted too. With
``--keep`` each finished batch is a line of FILE, and batches that are there are not run again: a run that was cut goes
on, and runs with other seeds add up. MATLAB's and old HDF5 files are read by processes of their own, as always. All
these children are forks of this process and not started anew, which would take most of the time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_line

ROOT = Path(__file__).resolve().parents[2]
BATCH = 500
CONTEXT = multiprocessing.get_context("fork")
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
    """One child, a fork of this process: how often each outcome came, and the faults."""
    from tests.fuzz.seeds import FAMILIES

    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        folder = Path(place)
        FAMILIES[family].lay(folder, kept)
        answer, child = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(target=_judged, args=(child, folder, count, seed, FAMILIES[family].reader))
        process.start()
        child.close()
        try:
            report = answer.recv()
        except EOFError:
            report = {"counts": {"lost": count}, "broken": []}
        process.join()
        if "lost" in report["counts"]:
            left = sorted(path.name for path in (folder / "damaged").glob("[0-9]*"))
            report["broken"] = [f"the child ended at {left[-1:]} with code {process.exitcode}"]
    return {"family": family, "seed": seed, "files": count, **report}


def _judged(answer: Connection, *arguments: Any) -> None:
    from tests.fuzz.judge import main

    warnings.simplefilter("error")
    answer.send(main(*arguments))


def prepare(names: list[str], kept: Path) -> None:
    """Read the good files of each family here, so that children find everything imported."""
    from geomlearn.core import child_reader
    from tests.fuzz.forked import Forked
    from tests.fuzz.readers import READERS
    from tests.fuzz.seeds import FAMILIES

    child_reader.start = Forked
    for name in names:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
            FAMILIES[name].lay(Path(place), kept)
            for path in Path(place).iterdir():
                if path.is_file():
                    READERS[FAMILIES[name].reader](path)


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
        prepare(names, Path(place))
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

"""All pairs of a folder in one command against one command a pair: seconds, memory, growth, and a run that is killed.

    python -m benchmarks collections pairs [--shapes 20] [--vertices 5000] [--singles 6] [--sizes 10 20 40]

Built-in quadrupeds as files. `single`: `geomlearn match A B` for some pairs drawn by the seed, one after the other; a
basis is in the cache from the second time on. `all`: `geomlearn match FOLDER --all --jobs 1`, divided by its maps, of
which a pair gives two. Both are processes of one thread. Memory: the largest of a process. Killed: the run gets SIGKILL
when a third of the pairs are in its store, and goes on; pairs solved twice are counted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from itertools import permutations
from pathlib import Path

import numpy as np

from benchmarks.collections.network import chosen
from benchmarks.machine import machine_line
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import write_shape


def made(folder: Path, count: int, n_vertices: int) -> list[Path]:
    names = chosen(count)
    return [
        write_shape(folder / f"{number:02}.off", builtin(name, n_vertices, number), force=True)
        for number, name in enumerate(names)
    ]


def command(words: list[object], cache: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "GEOMLEARN_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-m", "geomlearn", *map(str, words)]
    return subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def timed(words: list[object], cache: Path) -> tuple[float, float, str]:
    """Seconds, megabytes at most, and what was printed."""
    start = time.perf_counter()
    child = command(words, cache)
    out = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"geomlearn {' '.join(map(str, words))} failed")
    return time.perf_counter() - start, used.ru_maxrss / 1024, out


def singles(files: list[Path], count: int, place: Path) -> float:
    """Mean seconds of a single command."""
    pairs = list(permutations(files, 2))
    drawn = np.random.default_rng(0).choice(len(pairs), min(count, len(pairs)), replace=False)
    seconds = []
    for number in drawn:
        a, b = pairs[number]
        seconds.append(timed(["match", a, b, "-o", place / f"{number}.txt", "-q"], place / "cache")[0])
    return float(np.mean(seconds))


def killed(folder: Path, place: Path, n_pairs: int) -> tuple[int, int]:
    """Pairs that were there when the run was killed, and pairs solved twice."""
    out = place / "killed"
    words = ["match", folder, "--all", "-o", out, "--jobs", 1, "--json"]
    child = command(words, place / "none")
    store = out / "store/pairs"
    while len(list(store.glob("*.json"))) < max(1, n_pairs // 3) and child.poll() is None:
        time.sleep(0.2)
    child.send_signal(signal.SIGKILL)
    child.wait()
    there = len(list(store.glob("*.json")))
    again = json.loads(timed(words, place / "none")[2])["solved_now"]
    return there, there + again - n_pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=int, default=20)
    parser.add_argument("--vertices", type=int, default=5000)
    parser.add_argument("--singles", type=int, default=6)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 20, 40])
    asked = parser.parse_args()
    print(machine_line("torch"))
    print(f"{asked.vertices} vertices\n")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        files = made(place / "shapes", asked.shapes, asked.vertices)
        single = singles(files, asked.singles, place)
        print(f"| shapes | maps | s a map, all | s a map, single | ratio | memory (MB) |\n|{'---:|' * 6}")
        for count in sorted({asked.shapes, *asked.sizes}):
            folder = place / f"of-{count}"
            made(folder, count, asked.vertices)
            n_maps = count * (count - 1)
            words = ["match", folder, "--all", "-o", place / f"out-{count}", "--jobs", 1, "-q"]
            seconds, memory, _ = timed(words, place / "none")
            numbers = f"{seconds / n_maps:.2f} | {single:.2f} | {seconds / n_maps / single:.2f} | {memory:.0f}"
            print(f"| {count} | {n_maps} | {numbers} |", flush=True)
            shutil.rmtree(place / f"out-{count}")
        there, twice = killed(place / "shapes", place, asked.shapes * (asked.shapes - 1) // 2)
        print(f"\nKilled when {there} pairs were solved: {twice} pairs were solved twice.")


if __name__ == "__main__":
    main()

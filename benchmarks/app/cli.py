"""How long the command line takes to answer: each command in fresh processes, beside a Python that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.machine import machine_line

ROUNDS = 9
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import geomlearn'": ["-c", "import geomlearn"],
    "geomlearn --help": ["-m", "geomlearn.app.cli.main", "--help"],
    "geomlearn --version": ["-m", "geomlearn.app.cli.main", "--version"],
    "geomlearn basis --help": ["-m", "geomlearn.app.cli.main", "basis", "--help"],
    "geomlearn match --help": ["-m", "geomlearn.app.cli.main", "match", "--help"],
    "geomlearn solve heat --help": ["-m", "geomlearn.app.cli.main", "solve", "heat", "--help"],
    "python -c 'import scipy.sparse, torch'": ["-c", "import scipy.sparse, torch"],
}


def seconds(words: list[str]) -> float:
    """Wall time of one fresh process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """One row per command; rounds take turns, so that other load on the machine falls on all alike."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, words in COMMANDS.items():
            times[name].append(seconds(words))
    print(machine_line("cyclopts", "pydantic", "torch"))
    print(f"{ROUNDS} fresh processes each, warm file cache; seconds\n")
    print(f"{'command':<40} {'median':>8} {'fastest':>8}")
    for name, taken in times.items():
        print(f"{name:<40} {statistics.median(taken):>8.3f} {min(taken):>8.3f}")


if __name__ == "__main__":
    main()

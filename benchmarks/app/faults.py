"""Long verbs killed at random moments, and a match beside busy processes.

    python -m benchmarks app faults                    30 kills of each kind and verb, then the load table
    python -m benchmarks app faults --kills 5 --repeat 0 --verbs match data --store rows.jsonl

Each run is ended by SIGKILL or SIGTERM at a moment drawn evenly over the work of the unbroken run, in processor time,
its imports left out (`benchmarks.app.killing`). A run that had ended before its moment came does not count. Columns:

half        an output that is there and differs from the unbroken run's (where it holds times: from its size; where it
            holds frames, and SIGTERM hands over those so far: from its first frames)
orphans     processes of the run that are still there two seconds after its end
temporaries files and folders that are neither input, output nor what a run goes on from; in brackets those left, of
            any kind, once a next process wrote there
went on     runs continued, with --resume or by the same words, whose output has the bytes of the unbroken one's

Fair is a single thread's share of this machine at that moment: a meter, a process of one busy thread, runs beside the
match, and what it gets of a core is what a match of one thread could have got. Ratio = time / (processor time alone /
that share): 1 is fair, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.app.killing import Ended, Whole, killed, unbroken
from benchmarks.app.long_verbs import COMMAND, VERBS, environment, make_inputs
from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from geomlearn.core.threads import settle

BUSY = [sys.executable, "-c", "while True: pass"]
SIGNALS = (signal.SIGKILL, signal.SIGTERM)
TRIES = 8  # runs for a kill: one that ended before its moment is run again


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--verbs", nargs="*", default=list(VERBS), choices=list(VERBS))
    parser.add_argument("--repeat", type=int, default=3, help="matches for each row of the load table; 0 for none")
    parser.add_argument("--store", type=Path, help="keep rows here and continue from them")
    parser.add_argument("--inputs", type=Path, help="folder of the inputs, made where it is missing, and kept")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="after which nothing more is killed")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    settle()  # as the command does before libraries are loaded, which here the parent of all runs loads
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(machine_line("torch", "h5py"), f"; load {load} at the start; seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        inputs = (options.inputs or Path(name) / "inputs").absolute()
        if not inputs.exists():
            make_inputs(inputs)
        if options.kills:
            kill_table(inputs, Path(name), options, Kept(options.store, options.minutes))
        if options.repeat:
            load_table(inputs, options.repeat)


def kill_table(inputs: Path, folder: Path, options: argparse.Namespace, kept: Kept) -> None:
    """One row for each verb and signal; the verbs take turns, so that a run that is cut short has some of each."""
    wholes: dict[str, Whole] = {}

    def one(verb: str, ending: signal.Signals, i: int) -> dict[str, int | None]:
        if verb not in wholes:
            wholes[verb] = unbroken(VERBS[verb], inputs, folder / f"whole-{verb.replace(' ', '-')}")
            print(f"# {verb}: {wholes[verb].seconds:.2f} s of processor time", file=sys.stderr, flush=True)
        return one_kill(verb, ending, inputs, folder, wholes[verb], f"{options.seed} {verb} {int(ending)} {i}")

    rows: dict[tuple[str, signal.Signals], list[dict]] = {(v, s): [] for v in options.verbs for s in SIGNALS}
    for i in range(options.kills):
        for (verb, ending), found in rows.items():
            row = kept.row([verb, int(ending), i], partial(one, verb, ending, i))
            found.extend([row] if row and row["killed"] else [])
            if row and (row["half"] or row["orphans"] or row["unswept"] or row["went_on"] == 0):
                print(f"# {verb} {ending.name} {i}: {row}", file=sys.stderr, flush=True)
    print("\n| verb | signal | kills | half files | orphans | temporaries (after the next) | went on alike |")
    print("|---|---|---:|---:|---:|---:|---:|", flush=True)
    for (verb, ending), found in rows.items():
        if not found:
            continue
        _, half, orphans, left, unswept, on = (sum(row[name] or 0 for row in found) for name in Ended.__annotations__)
        alike = f"{on} of {len(found)}" if VERBS[verb].goes_on else "–"
        print(f"| {verb} | {ending.name} | {len(found)} | {half} | {orphans} | {left} ({unswept}) | {alike} |")


def one_kill(
    verb: str, ending: signal.Signals, inputs: Path, folder: Path, whole: Whole, seed: str
) -> dict[str, int | None]:
    """A run that was killed in its work, or the last of several that had ended before."""
    draw = random.Random(seed)
    for _ in range(TRIES):
        here = folder / "run"
        shutil.rmtree(here, ignore_errors=True)
        row = killed(VERBS[verb], inputs, here, whole, ending, draw.random())
        if row["killed"]:
            break
    return row


def load_table(inputs: Path, repeat: int) -> None:
    """A match beside busy processes."""
    alone = []
    print("\n| busy processes beside | seconds | processor seconds | a thread's share | ratio to fair |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    for n_busy in (0, 2, 8):
        rows = []
        for _ in range(repeat):
            with busy(n_busy):
                rows.append(metered(inputs))
        seconds, worked, share = sorted(rows)[len(rows) // 2]
        alone = alone or [worked]
        ratio = seconds / (alone[0] / share)
        print(f"| {n_busy} | {seconds:.1f} | {worked:.1f} | {share:.2f} | {ratio:.2f} |", flush=True)


@contextmanager
def busy(n: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many processes that never rest."""
    others = [subprocess.Popen(BUSY) for _ in range(n)]
    try:
        yield others
    finally:
        for other in others:
            other.kill()
            other.wait()


def metered(inputs: Path) -> tuple[float, float, float]:
    """Seconds and processor seconds of one match, and what a process of one busy thread got beside it."""
    words = ["match", str(inputs / "a.ply"), str(inputs / "b.ply"), "-o", str(inputs / "load.txt"), "--force", "-q"]
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with busy(1) as (meter,):
        subprocess.run([*COMMAND, *words], check=True, env=environment())
        seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        fields = Path(f"/proc/{meter.pid}/stat").read_text().rpartition(")")[2].split()
    got = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, worked, got / seconds


if __name__ == "__main__":
    main()

"""Long verbs killed at random moments, and a match beside busy processes.

    python -m benchmarks app faults                    30 kills of each kind and verb, then the load table
    python -m benchmarks app faults --kills 5 --verbs match data --store /tmp/faults.jsonl

Each run is ended by SIGKILL or SIGTERM at a moment drawn evenly over the time that the unbroken run took. Counted are:

half        an output that is there and differs from the unbroken run's
orphans     processes of the run that are still there two seconds after its end
temporaries files and folders that are neither input nor output; in brackets those left once a next process wrote there
resumed     trainings continued with --resume whose model has the bytes of the unbroken one's

Fair is a single thread's share of this machine at that moment: a meter, a process of one busy thread, runs beside the
match, and what it gets of a core is what a match of one thread could have got. Ratio = time / (processor time alone /
that share): 1 is fair, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from geomlearn.core.leftovers import sweep

MARK = "GEOMLEARN_FAULTS_RUN"
COMMAND = [sys.executable, "-m", "geomlearn.app.cli.main"]
BUSY = [sys.executable, "-c", "while True: pass"]
TRAIN = "train fno --data {inputs}/darcy --output model.safetensors --epochs 4 --width 8 --layers 2 --checkpoint-s 0"
VERBS = {
    "match": ("match {inputs}/a.ply {inputs}/b.ply -o out.txt", "out.txt"),
    "basis": ("basis {inputs}/a.ply -k 150 -o out.npz", "out.npz"),
    "train": (TRAIN, "model.safetensors"),
    "data": ("data darcy -n 48 --jobs 2 --no-cache -o out", "out/samples.h5"),
    "convert": ("convert {inputs}/large.ply out.obj", "out.obj"),
    "render": ("render {inputs}/a.ply -o out.png", "out.png"),
    "solve": ("solve heat {inputs}/large.ply -o out.npz", "out.npz"),
}


@dataclass(frozen=True)
class Ended:
    """What one run left: the fields are the columns of the table."""

    half: int
    orphans: int
    temporaries: int
    unswept: int
    resumed: int | None


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--verbs", nargs="*", default=list(VERBS), choices=list(VERBS))
    parser.add_argument("--repeat", type=int, default=3, help="matches for each row of the load table; 0 for none")
    parser.add_argument("--store", type=Path, help="keep rows here and continue from them")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="after which nothing more is killed")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(machine_line("torch", "h5py"), f"; load {load} at the start; seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        inputs = Path(name) / "inputs"
        make_inputs(inputs)
        if options.kills:
            kill_table(Path(name), options, Kept(options.store, options.minutes))
        if options.repeat:
            load_table(inputs, options.repeat)


def make_inputs(folder: Path) -> None:
    """Two poses of 5,000 vertices, a surface of 41,000, and 24 samples to learn from."""
    folder.mkdir()
    for line in (
        "convert builtin:quadruped-cat-stand a.ply",
        "convert builtin:quadruped-cat-leap b.ply",
        "convert builtin:icosphere@40962 large.ply",
        "data darcy -n 24 --resolution 33 --jobs 1 -o darcy",
    ):
        subprocess.run([*COMMAND, *line.split(), "--quiet"], cwd=folder, check=True, env=environment())


def environment(**more: str) -> dict[str, str]:
    """As a person's shell, with caches off: a cached basis would leave nothing to interrupt."""
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    keep = {name: value for name, value in os.environ.items() if name not in counts}
    return {**keep, "GEOMLEARN_CACHE": "off", **more}


def kill_table(folder: Path, options: argparse.Namespace, kept: Kept) -> None:
    """One row for each verb and signal; the verbs take turns, so that a run that is cut short has some of each."""
    seconds = {verb: run(verb, folder / f"{verb}-whole", folder / "inputs", None) for verb in options.verbs}
    rows = {(verb, ending): [] for verb in options.verbs for ending in (signal.SIGKILL, signal.SIGTERM)}
    for i in range(options.kills):
        for (verb, ending), found in rows.items():
            delay = random.Random(f"{options.seed} {verb} {int(ending)} {i}").uniform(0.0, seconds[verb])
            row = kept.row([verb, int(ending), i], partial(killed, verb, folder, ending, delay))
            found.extend([row] if row else [])
    print("\n| verb | signal | runs | half files | orphans | temporaries (after the next) | resumed alike |")
    print("|---|---|---:|---:|---:|---:|---:|", flush=True)
    for (verb, ending), found in rows.items():
        half, orphans, left, unswept, resumed = (sum(row[name] or 0 for row in found) for name in Ended.__annotations__)
        alike = f"{resumed} of {len(found)}" if verb == "train" else "–"
        print(
            f"| {verb} | {ending.name} | {len(found)} | {half} | {orphans} | {left} ({unswept}) | {alike} |", flush=True
        )


def killed(verb: str, folder: Path, ending: signal.Signals, delay: float) -> dict[str, int | None]:
    """End one run, and look at what it left."""
    here, whole, inputs = folder / "run", folder / f"{verb}-whole", folder / "inputs"
    shutil.rmtree(here, ignore_errors=True)
    run(verb, here, inputs, (ending, delay))
    orphans = len(still_there(str(here)))
    output = VERBS[verb][1]
    half = (here / output).exists() and (here / output).read_bytes() != (whole / output).read_bytes()
    left = strange(here, whole)
    for place in {path.parent for path in left}:
        sweep(place)
    unswept, resumed = len(strange(here, whole)), None
    if verb == "train":
        run(verb, here, inputs, None, "--resume" if (here / "model.run").exists() else "--force")
        resumed = int((here / output).read_bytes() == (whole / output).read_bytes())
    return asdict(Ended(int(half), orphans, len(left), unswept, resumed))


def run(verb: str, here: Path, inputs: Path, kill: tuple[signal.Signals, float] | None, *more: str) -> float:
    """Run a verb in its folder, ended by a signal after a delay if asked; returns the seconds it took."""
    (here / "tmp").mkdir(parents=True, exist_ok=True)
    words = [*VERBS[verb][0].format(inputs=inputs).split(), *more, "--quiet"]
    begun = time.monotonic()
    variables = environment(**{MARK: str(here), "TMPDIR": str(here / "tmp")})
    work = subprocess.Popen([*COMMAND, *words], cwd=here, env=variables, stderr=subprocess.DEVNULL)
    if kill is not None:
        try:
            work.wait(kill[1])
        except subprocess.TimeoutExpired:
            work.send_signal(kill[0])
    code = work.wait()
    if kill is None and code != 0:
        sys.exit(f"{' '.join(words)} ended with {code}")
    return time.monotonic() - begun


def still_there(mark: str) -> list[int]:
    """Processes that carry the mark two seconds from now, or as soon as there are none."""
    until = time.monotonic() + 2.0
    while found := list(marked(mark)):
        if time.monotonic() > until:
            for number in found:
                os.kill(number, signal.SIGKILL)
            return found
        time.sleep(0.05)
    return []


def marked(mark: str) -> Iterator[int]:
    """Processes whose environment carries the mark."""
    sought = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and sought in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)
        except OSError:
            continue


def strange(here: Path, whole: Path) -> list[Path]:
    """What a run left that the unbroken one did not; numbers in names may differ, as times of event files do."""

    def name(path: Path, root: Path) -> str:
        return re.sub(r"\d+", "#", str(path.relative_to(root)))

    names = {name(path, whole) for path in whole.rglob("*")}
    return [path for path in here.rglob("*") if name(path, here) not in names]


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

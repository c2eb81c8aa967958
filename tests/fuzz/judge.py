"""Damage files in every way we know, read them, and judge what happens. Runs as a process of its own.

    python -m tests.fuzz.judge FOLDER COUNT SEED READER

reads the seed files of FOLDER, damages them COUNT times, and prints one JSON line: how often each outcome came, and
every case that broke the promise that a file ends in something usable or in one plain sentence.
"""

from __future__ import annotations

import collections
import json
import resource
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.fuzz.damage import MUTATIONS, SUFFIXES, wrong_suffix
from tests.fuzz.forked import Forked
from tests.fuzz.readers import OTHERS, READERS, Outcome

MEMORY = 1 << 30
# A reader's own time; and the wall's, in which a busy machine or a process of the reader's may be what is slow.
PATIENCE_S, PATIENCE_WALL_S = 10.0, 30.0
GENERIC = "its content contradicts its format"
# What a reader's process is ended for after seven silent seconds.
CIRCLES = "leads in circles"


_ticks: list[int] = []


class Hang(BaseException):
    """Raised by the alarm; no reader may catch it."""


def judge(read: Callable[[Path], Outcome], path: Path, patience_s: float = PATIENCE_S) -> tuple[str, str]:
    """The outcome of reading one file, and what is wrong with it or, of a sentence, nothing or the sentence."""
    from geomlearn.core.errors import GeomError

    signal.setitimer(signal.ITIMER_PROF, patience_s)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_WALL_S, PATIENCE_WALL_S)
    _ticks.clear()
    try:
        amount, warned = read(path)
        if amount == 0:
            return "empty", "a silent empty"
        return ("read with warning" if warned else "read"), ""
    except GeomError as error:
        if wrong := _bad_sentence(error.message, path):
            return "sentence", wrong
        kinds = {CIRCLES: "circles", GENERIC: "generic sentence"}
        return next((kind for words, kind in kinds.items() if words in error.message), "sentence"), ""
    except Hang:
        return "hang", f"longer than {patience_s} s"
    except MemoryError:
        return "memory", "more memory than allowed"
    except Exception as error:  # the very thing this looks for
        return "exception", f"{type(error).__name__}: {error}"[:300]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _bad_sentence(message: str, path: Path) -> str:
    if not message.endswith(".") or "\n" in message or not message.isprintable() or len(message) > 400:
        return f"not one plain sentence: {message!r}"
    if path.name not in message and str(path) not in message:
        return f"does not name the file: {message!r}"
    return f"gives up on memory: {message!r}" if "than memory holds" in message else ""


def main(folder: Path, count: int, seed: int, reader: str) -> dict:
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, _alarm)
    read, patience_s = READERS[reader], 0.2 if reader == "sleeps" else PATIENCE_S
    seeds = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    work = folder / "damaged"
    # Folders lie beside every damaged file, as the frames of an index do.
    shutil.copytree(folder, work, ignore=lambda _, names: [name for name in names if name in seeds])
    if reader not in OTHERS:
        _prepare(read, [folder / name for name in seeds])
    _limit_memory()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rng, names = np.random.default_rng(seed), list(seeds)
    counts, broken = collections.Counter(), []
    for number in range(count):
        name, mutation = names[number % len(names)], MUTATIONS[number // len(names) % len(MUTATIONS)]
        suffix = SUFFIXES[int(rng.integers(len(SUFFIXES)))] if mutation is wrong_suffix else Path(name).suffix
        path = work / f"{number}-{Path(name).stem}{suffix}"
        beside = _partners(path, name, seeds)
        path.write_bytes(mutation(seeds[name], rng))
        outcome, wrong = judge(read, path, patience_s)
        counts[outcome] += 1
        if wrong:
            broken.append(f"{path.name} ({mutation.__name__}): {outcome}, {wrong}")
        else:
            for done in {path, *beside}:
                done.unlink()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"counts": counts, "broken": broken, "grown_bytes": grown}


def _prepare(read: Callable[[Path], Outcome], good: list[Path]) -> None:
    """Import everything before memory is measured; from then on readers' processes are forks of this one."""
    from geomlearn.core import child_reader

    child_reader.start = Forked
    for path in good:
        outcome, wrong = judge(read, path, PATIENCE_WALL_S)
        if not outcome.startswith("read"):
            sys.exit(f"{path.name} is no good file: {outcome} {wrong}")


def _partners(path: Path, name: str, seeds: dict[str, bytes]) -> list[Path]:
    """The whole files that belong beside a damaged one, as TOSCA's lists of vertices and of triangles do."""
    others = [other for other in seeds if other != name and Path(other).stem == Path(name).stem]
    beside = [path.with_suffix(Path(other).suffix) for other in others]
    for other, place in zip(others, beside, strict=True):
        place.write_bytes(seeds[other])
    return beside


def _alarm(signum: int, _: object) -> None:
    # Of the wall's time the second alarm counts: a process that was stopped finds one waiting when it goes on.
    _ticks.append(signum)
    if signum == signal.SIGPROF or len(_ticks) > 1:
        raise Hang


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    warnings.simplefilter("ignore" if sys.argv[4] in OTHERS else "error")
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])) + "\n")

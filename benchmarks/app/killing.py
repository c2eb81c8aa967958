"""One run of a verb that is ended by a signal at a moment of its own work, and what it left behind.

The run is a fork of a process that has imported what the verb imports, so that every moment is one of work and none is
spent on imports. Its clock is the processor time of it and its workers: how busy the machine is changes
nothing about which moments are drawn.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.app.long_verbs import Verb, environment
from geomlearn.core.leftovers import sweep

MARK = "GEOMLEARN_FAULTS_RUN"
_TICKS = os.sysconf("SC_CLK_TCK")
_POLL_S, _LIST_S = 0.03, 0.3


@dataclass(frozen=True)
class Ended:
    """What one run left; `killed` is 0 where it had ended before its moment came."""

    killed: int
    half: int
    orphans: int
    temporaries: int
    unswept: int
    went_on: int | None


@dataclass(frozen=True)
class Whole:
    """The unbroken run: its folder, and the processor time it took."""

    folder: Path
    seconds: float


def unbroken(verb: Verb, inputs: Path, folder: Path) -> Whole:
    """Run a verb to its end twice: the first run tells what it imports, the second what it makes and how long it works.

    Forks all have the threads of their parent, on whose number the last bits of a training depend.
    """
    names = folder.with_suffix(".modules")
    _finish(_start(verb, inputs, folder, [], names), verb)
    for name in json.loads(names.read_text()):
        with suppress(Exception):
            importlib.import_module(name)
    again = folder.with_name(f"{folder.name}-again")
    started = _start(verb, inputs, again, [])
    seconds = _watch(started, float("inf"), signal.SIGKILL)[0]
    return Whole(again, seconds)


def killed(verb: Verb, inputs: Path, here: Path, whole: Whole, ending: signal.Signals, share: float) -> dict:
    """End one run after a share of the work of the unbroken one, and look at what it left."""
    started = _start(verb, inputs, here, [])
    _, was_killed = _watch(started, share * whole.seconds, ending)
    orphans = len(still_there(str(here)))
    half = _half(here / verb.output, whole.folder / verb.output, verb)
    left = [path for path in strange(here, whole.folder) if not _kept(path, here, verb)]
    for place in {path.parent for path in left}:
        sweep(place)
    went_on = None
    if verb.goes_on:
        more = [] if verb.goes_on == "again" else ["--resume"] if (here / verb.goes_on).exists() else ["--force"]
        _finish(_start(verb, inputs, here, more), verb)
        went_on = int(_alike(here / verb.output, whole.folder / verb.output, verb))
    unswept = len(strange(here, whole.folder))
    return asdict(Ended(int(was_killed), int(half), orphans, len(left), unswept, went_on))


def _start(verb: Verb, inputs: Path, here: Path, more: list[str], names: Path | None = None) -> int:
    """Fork a process that runs the verb in a folder and a session of its own; returns its id."""
    (here / "tmp").mkdir(parents=True, exist_ok=True)
    words = [*verb.line.format(inputs=inputs).split(), *more, "--quiet"]
    sys.stdout.flush()
    number = os.fork()
    if number:
        return number
    code = 70
    try:
        os.setsid()
        os.chdir(here)
        os.environ.clear()
        os.environ.update(environment(**{MARK: str(here), "TMPDIR": str(here / "tmp")}))
        tempfile.tempdir = None
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1) if names else (0, 1, 2):
            os.dup2(silent, stream)
        from geomlearn.app.cli.main import main

        code = main(words)
        if names:
            names.write_text(json.dumps([name for name in sys.modules if not name.startswith("__")]))
    finally:
        os._exit(code)


def _finish(number: int, verb: Verb) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    if code:
        sys.exit(f"{verb.line} ended with {code}")


def _watch(number: int, seconds: float, ending: signal.Signals) -> tuple[float, bool]:
    """Wait for the end of a run, or end it once it has worked so long; (seconds worked, whether it was)."""
    worked, clock = 0.0, _Clock(number)
    while os.waitpid(number, os.WNOHANG) == (0, 0):
        worked = max(worked, clock.worked())
        if worked >= seconds:
            os.kill(number, ending)
            os.waitpid(number, 0)
            return worked, True
        time.sleep(_POLL_S)
    return worked, False


class _Clock:
    """Processor time in seconds of all processes of a session, and of those that they have waited for."""

    def __init__(self, session: int) -> None:
        self._session, self._members, self._listed = session, [session], 0.0

    def worked(self) -> float:
        """Until now; who belongs to the session is looked up now and then, for that takes longer than asking."""
        if time.monotonic() > self._listed + _LIST_S:
            numbers = (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit())
            self._members = [number for number in numbers if _fields(number)[3:4] == [str(self._session)]]
            self._listed = time.monotonic()
        return sum(sum(map(int, _fields(number)[11:15])) for number in self._members) / _TICKS


def _fields(number: int) -> list[str]:
    """What the kernel says of a process, from its state on; nothing once it has gone."""
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return []


def _half(found: Path, whole: Path, verb: Verb) -> bool:
    """Whether something is there under the output's name that is not the whole of it."""
    if not found.exists():
        return False
    if found.is_dir():  # filled map by map, while a table of those that are done grows
        return any(_half(path, whole / path.relative_to(found), verb) for path in found.rglob("*--*.txt"))
    if verb.frames:
        so_far, all_ = (np.load(path)[verb.frames] for path in (found, whole))
        n = min(len(so_far) - 1, len(all_))  # the last is of the moment of the end, between two of the unbroken run's
        return not np.array_equal(so_far[:n], all_[:n])
    return not _alike(found, whole, verb)


def _kept(path: Path, here: Path, verb: Verb) -> bool:
    """Whether the run goes on from it: it lies in the folder kept for that, and is no write that was cut short."""
    within = path.relative_to(here).parts
    return within[0] == verb.goes_on and not path.name.startswith(".geomlearn-")


def _alike(found: Path, whole: Path, verb: Verb) -> bool:
    """The same bytes; where they hold times, the same size but for what digits take."""
    if not found.exists() or not whole.exists():
        return False
    if found.is_dir():
        names = {path.relative_to(whole) for path in whole.rglob("*--*.txt")}
        return all(_alike(found / name, whole / name, verb) for name in names)
    if found.read_bytes() == whole.read_bytes():
        return True
    return verb.timed and abs(found.stat().st_size - whole.stat().st_size) <= 0.05 * whole.stat().st_size + 64


def still_there(mark: str) -> list[int]:
    """Processes that carry the mark two seconds from now, or as soon as there are none; they are ended."""
    until = time.monotonic() + 2.0
    while found := list(_marked(mark)):
        if time.monotonic() > until:
            for number in found:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            return found
        time.sleep(0.05)
    return []


def _marked(mark: str) -> Iterator[int]:
    """Processes whose environment carries the mark."""
    sought = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and sought in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)


def strange(here: Path, whole: Path) -> list[Path]:
    """What a run left that the unbroken one did not; numbers in names may differ, as times of event files do."""

    def name(path: Path, root: Path) -> str:
        return re.sub(r"\d+", "#", str(path.relative_to(root)))

    names = {name(path, whole) for path in whole.rglob("*")}
    return [path for path in here.rglob("*") if name(path, here) not in names]

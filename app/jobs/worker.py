"""The worker process: takes one task after another from its pipe, reports, and sends back what came of it."""

from __future__ import annotations

import inspect
import os
import signal
import time
import traceback
from contextlib import suppress
from importlib import import_module
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from geomlearn.app.jobs.memory import PeakMeter
from geomlearn.app.jobs.transfer import pack, unpack
from geomlearn.core.errors import Cancelled, GeomError
from geomlearn.core.processes import end_with_parent
from geomlearn.core.progress import Progress

REPORT_S = 0.04
"""Progress is sent no more often than a window can draw it."""


def main(connection: Connection, stop: Event, folder: str, heavy: bool) -> None:
    """Serve until the other side closes the pipe.

    Takes (number, "module:function", parcel of (args, kwargs)); sends (number, kind, content) with the kinds
    "progress" (fraction, note), "memory" bytes at the peak beyond the start, and last "done" parcel, "cancelled" None
    or "failed" (error, traceback). A `heavy` worker leaves other processes the right of way.
    """
    # Ctrl-C in the terminal reaches the whole group; only the window decides about its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None and parent.pid is not None:
        end_with_parent(parent.pid)
    if heavy:
        with suppress(AttributeError, OSError):
            os.nice(5)
    while True:
        try:
            number, target, parcel = connection.recv()
        except (EOFError, OSError):
            return
        meter = PeakMeter()
        kind, content = _outcome(number, target, parcel, connection, stop, Path(folder))
        try:
            connection.send((number, "memory", meter.peak_bytes()))
            connection.send((number, kind, content))
        except (BrokenPipeError, OSError):
            return


def _outcome(
    number: int, target: str, parcel: Any, connection: Connection, stop: Event, folder: Path
) -> tuple[str, Any]:
    last_sent = 0.0

    def report(fraction: float, note: str) -> None:
        nonlocal last_sent
        now = time.monotonic()
        if now - last_sent >= REPORT_S:
            last_sent = now
            connection.send((number, "progress", (fraction, note)))

    try:
        args, kwargs = unpack(parcel)
        module, _, name = target.partition(":")
        function = getattr(import_module(module), name)
        if "progress" in inspect.signature(function).parameters:
            kwargs = {**kwargs, "progress": Progress(report, stop.is_set)}
        return "done", pack(function(*args, **kwargs), folder)
    except Cancelled:
        return "cancelled", None
    except GeomError as error:
        return "failed", (type(error)(error.message, error.hint), traceback.format_exc())
    except MemoryError:
        message = "There was not enough memory for this."
        return "failed", (GeomError(message, "Use a smaller shape or fewer modes."), traceback.format_exc())
    except Exception as error:  # every failure of foreign code must reach the window as words
        text = f"{type(error).__name__}: {error}".rstrip(": ")
        hint = "This is a defect: please report it with the details."
        return "failed", (GeomError(f"The computation failed. {text}.", hint), traceback.format_exc())

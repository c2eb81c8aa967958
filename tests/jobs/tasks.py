"""Work for the job tests; runs in the worker."""

from __future__ import annotations

import os
import time

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.progress import SILENT
from geomlearn.core.results import Result, Status


def add(a, b):
    return a + b


def fills(n_bytes):
    """Holds so many bytes for a moment."""
    return int(np.ones(n_bytes, np.uint8).sum())


def counted(steps=5, pause_s=0.05, progress=SILENT):
    for step in range(steps):
        progress(step / steps, f"step {step} of {steps}")
        time.sleep(pause_s)
    return steps


def hands_over(step_s=0.01, progress=SILENT):
    """Iterates until told to stop and gives back how far it came."""
    count = 0
    while not progress.cancelled:
        progress(0.5, f"{count}")
        time.sleep(step_s)
        count += 1
    return Result(count, Status.CANCELLED, "Stopped on request.")


def deaf(seconds=30.0):
    time.sleep(seconds)


def refuses():
    raise FormatError("cat.off is cut short.", "Export it again.")


def breaks():
    return 1 / 0


def dies(number):
    os.kill(os.getpid(), number)
    time.sleep(5)


def exits():
    os._exit(3)


def process_id():
    return os.getpid()


def big(n):
    return {
        "points": np.arange(3.0 * n).reshape(n, 3),
        "small": np.arange(3),
        "fortran": np.asfortranarray(np.ones((n, 2))),
    }


def unpicklable():
    return lambda: None


def threads():
    return os.environ.get("OMP_NUM_THREADS")

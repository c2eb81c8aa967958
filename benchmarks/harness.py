"""What benchmarks share: their flags, where the public data lie, how work is timed and told, processes of their own."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.kept import Kept
from benchmarks.machine import machine_line

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
T = TypeVar("T")


def measuring(parser: argparse.ArgumentParser | None = None, *, seeds: int = 3) -> tuple[argparse.Namespace, Kept]:
    """The flags of a comparison that trains networks, and what is kept of it; the machine's line is printed.

    Parameters
    ----------
    parser   with the flags that are its own; `--seeds N`, `--store FILE` and `--minutes M` are added.
    seeds    how many when not given.
    """
    import torch

    parser = parser or argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--store", type=Path, help="keep each row here, and take up what is kept")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no row after so long")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(machine_line("torch"))
    return given, Kept(given.store, given.minutes)


def plus_minus(values: Sequence[float] | np.ndarray, digits: int = 4) -> str:
    """Mean ± deviation over seeds; of one seed the deviation is 0."""
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=min(1, len(values) - 1)):.{digits}f}"


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that the work takes, and what it gives."""
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def in_a_process(room: str, name: str, *words: str) -> list[str]:
    """The command that runs a benchmark's file in an interpreter of its own."""
    return [sys.executable, "-m", "benchmarks", room, name, *words]

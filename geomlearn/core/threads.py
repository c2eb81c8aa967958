"""How many threads work: what this process may use, and what others leave free; and that none of them waits busily.

Threads that wait in a spin loop take from other work, and from their own siblings, the cores they wait for: beside
other busy processes that made a computation several times slower than one thread. So the libraries are told to sleep
(`settle`, before they are loaded), pools of ours hold `n_threads` threads, and inside them BLAS keeps to one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What keeps threads of OpenMP (GNU's and Intel's) and of OpenBLAS from spinning once their part is done.
_ASLEEP = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
    "KMP_BLOCKTIME": "0",
    "OPENBLAS_THREAD_TIMEOUT": "4",
}
_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_GROUPS = Path("/sys/fs/cgroup")
_PROC = Path("/proc")


def settle(n: int | None = None) -> None:
    """Tell the numerical libraries, before they are loaded, how many threads to use and to sleep between their parts.

    What a person has set is left alone. The count does not go by load: results of a training depend on it to the bit.
    """
    for name, value in _ASLEEP.items():
        os.environ.setdefault(name, value)
    if not any(name in os.environ for name in _COUNTS):
        os.environ["OMP_NUM_THREADS"] = str(n_allowed() if n is None else n)


@contextmanager
def settled_children(n: int) -> Iterator[None]:
    """Processes started inside the block get `n` threads, sleeping ones, unless a person has set another count."""
    before = dict(os.environ)
    try:
        settle(n)
        yield
    finally:
        for name in (*_ASLEEP, *_COUNTS):
            if name not in before:
                os.environ.pop(name, None)


def n_threads() -> int:
    """How many threads a pool of ours should hold now: no more than BLAS would take, nor than cores are idle.

    BLAS's count follows `OMP_NUM_THREADS` and the like, and is one inside a pool of ours, so that pools do not nest.
    """
    from threadpoolctl import ThreadpoolController

    libraries = ThreadpoolController().select(user_api="blas").info()
    wanted = max([1, *(library["num_threads"] for library in libraries)])
    return 1 if wanted == 1 else max(1, min(wanted, n_allowed(), n_idle()))


def n_allowed() -> int:
    """Cores this process may use: its affinity, and the whole cores in the quota of its control group."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(cores, _quota())))


def n_idle() -> int:
    """Cores of the machine that no other runnable thread wants at this moment; may be zero or less.

    Threads of this process count as others, but for the one that asks.
    """
    return (os.cpu_count() or 1) - _n_busy()


def _n_busy() -> int:
    try:
        # "0.20 0.18 0.12 3/412 7281": three of 412 threads run or wait for a core now, this one among them.
        return int((_PROC / "loadavg").read_text().split()[3].split("/")[0]) - 1
    except (OSError, ValueError, IndexError):
        return round(os.getloadavg()[0]) if hasattr(os, "getloadavg") else 0


def _quota() -> float:
    """Cores that the control groups above this process grant; infinite where there are none."""
    try:
        lines = (_PROC / "self/cgroup").read_text().splitlines()
    except OSError:
        return float("inf")
    least = float("inf")
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = _GROUPS / controllers if controllers else _GROUPS
        place = root / path.lstrip("/")
        # Inside a container the path is the host's, and what is mounted at the root is one's own.
        for folder in {root, place, *(parent for parent in place.parents if parent.is_relative_to(root))}:
            least = min(least, _granted(folder))
    return max(least, 1.0)


def _granted(folder: Path) -> float:
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
        return float(quota) / float(period) if quota not in ("max", "-1") else float("inf")
    except (OSError, ValueError):
        return float("inf")

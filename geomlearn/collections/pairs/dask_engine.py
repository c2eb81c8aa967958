"""The tasks of a collection on a Dask cluster that is there, or on one started here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geomlearn.collections.pairs.engines import LOST, Task
from geomlearn.core.errors import DeviceError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.threads import n_allowed, settled_children

if TYPE_CHECKING:
    from distributed import Client

# Tasks handed over for each worker: enough that none waits for the next, few enough that the rest can be cancelled.
_AHEAD = 3
_LOOK_S = 0.5


class Dask:
    """Runs tasks on a Dask cluster; the folder of results must be one that all its workers see.

    Parameters
    ----------
    cluster     "local" for workers on this machine; the address of a scheduler; its scheduler.json; or "config" for
                what Dask's own configuration names.
    jobs        workers of a local cluster; one a core when None.
    patience_s  how long to wait for workers while there are none.

    Raises
    ------
    DeviceError   Dask is not installed; no scheduler answers, or it went away; no worker came in that time.
    """

    def __init__(self, cluster: str = "local", jobs: int | None = None, patience_s: float = 120.0) -> None:
        self.cluster, self.jobs, self.patience_s = cluster, jobs, patience_s

    def run(
        self, function: Callable[..., Any], tasks: Sequence[Task], progress: Progress = SILENT
    ) -> Iterator[tuple[int, Any]]:
        """See `Engine`; a task that Dask gives up, since its workers were lost, has ``{"error": LOST}``."""
        if not tasks:
            return
        with self._client() as client:
            waiting = list(range(len(tasks)))[::-1]
            running: dict[Any, int] = {}
            alive = time.monotonic()
            while waiting or running:
                progress((len(tasks) - len(waiting) - len(running)) / len(tasks), "")
                n_workers = self._n_workers(client)
                alive = time.monotonic() if n_workers else alive
                if time.monotonic() - alive > self.patience_s:
                    raise DeviceError("The Dask cluster has no workers.", "Start some; what was done stays.")
                while waiting and len(running) < _AHEAD * max(1, n_workers):
                    number = waiting.pop()
                    running[client.submit(function, *tasks[number], pure=False)] = number
                for future in [one for one in running if one.done()] or _paused():
                    yield running.pop(future), _result(future)

    @staticmethod
    def _n_workers(client: Client) -> int:
        try:
            return len(client.nthreads())
        except Exception as error:
            why = f"The Dask scheduler went away: {error}."
            raise DeviceError(why, "Start it again; what was done stays.") from error

    @contextmanager
    def _client(self) -> Iterator[Client]:
        try:
            import dask
            from distributed import Client, LocalCluster
        except ImportError:
            raise DeviceError("Dask is not installed.", "Install it with: pip install 'geomlearn[dask]'") from None
        if self.cluster == "local":
            jobs = self.jobs or n_allowed()
            # A worker that is lost costs a retry, then the task.
            rules = {
                "distributed.scheduler.allowed-failures": 1,
                # No task waits on a worker: it would count as failed with the one at work there.
                "distributed.scheduler.worker-saturation": 1.0,
            }
            with dask.config.set(rules), settled_children(1):
                local = LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None, silence_logs=50)
            with local, Client(local) as client:
                yield client
            return
        given: dict[str, Any] = {"address": self.cluster}
        if self.cluster == "config":
            given = {"address": dask.config.get("scheduler-address", None)}
            if given["address"] is None:
                raise DeviceError("Dask's configuration names no scheduler.", "Set DASK_SCHEDULER_ADDRESS.")
        elif Path(self.cluster).suffix == ".json":
            if not Path(self.cluster).is_file():
                raise DeviceError(f"There is no file {self.cluster}.", "Start the scheduler with --scheduler-file.")
            given = {"scheduler_file": self.cluster}
        try:
            client = Client(**given, timeout=10)
        except (OSError, ValueError) as error:
            raise DeviceError(f"No Dask scheduler answers at {self.cluster}: {error}.", "Check that it runs.") from None
        with client:
            yield client


def _paused() -> tuple[()]:
    time.sleep(_LOOK_S)
    return ()


def _result(future: Any) -> Any:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        return {"error": LOST}

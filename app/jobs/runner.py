"""Starts workers, hands them jobs, listens once per frame, cancels."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from geomlearn.app.jobs import worker as worker_module
from geomlearn.app.jobs.job import Job, State
from geomlearn.app.jobs.transfer import pack, unpack
from geomlearn.core.errors import GeomError
from geomlearn.core.leftovers import prefix, sweep
from geomlearn.core.threads import n_allowed, settled_children

SOFT_S = 0.3
"""After a cancel, so long the lane waits for the worker before a fresh one takes its place."""
HANDOVER_S = 2.0
"""So long a replaced worker may still finish handing over its best so far; then it is killed."""
KEPT = 20
"""Finished jobs kept for the list in the window."""


HEAVY = "main"
"""The lane of computations, whose worker leaves the window the right of way; the others answer somebody who waits."""


class Worker:
    """A spawned process and its pipe."""

    def __init__(self, folder: Path, *, heavy: bool = True) -> None:
        # fork would copy GL and BLAS threads in an undefined state.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.stop = context.Event()
        args = (theirs, self.stop, str(folder), heavy)
        self.process = context.Process(target=worker_module.main, args=args, daemon=True)
        # All cores but one: the window needs one to stay alive.
        with settled_children(max(1, n_allowed() - 1)):
            self.process.start()
        theirs.close()

    def messages(self) -> Iterator[tuple[int, str, Any]]:
        """What has arrived; ends with (-1, "died", exit code) when the process is gone."""
        while True:
            try:
                # At the end of the pipe poll() says True and recv() raises.
                if not self.connection.poll():
                    return
                message = self.connection.recv()
            except (EOFError, OSError):
                self.process.join(1.0)
                yield -1, "died", self.process.exitcode
                return
            yield message

    def kill(self) -> None:
        """End it now."""
        self.process.kill()
        self.process.join(1.0)
        self.connection.close()


class Runner:
    """All jobs of one window.

    `submit` returns at once; `poll`, once per frame, moves everything on and calls `on_end` of what has ended.
    """

    def __init__(self) -> None:
        # What the window left that was killed before goes first.
        sweep(Path(tempfile.gettempdir()))
        self.folder = Path(tempfile.mkdtemp(prefix=prefix("jobs")))
        self.finished: deque[Job] = deque(maxlen=KEPT)
        self._queues: dict[str, deque[Job]] = {}
        self._workers: dict[str, Worker] = {}
        self._running: dict[str, Job] = {}
        self._cancelled_at: dict[int, float] = {}
        self._leaving: list[tuple[Worker, Job, float]] = []
        self._count = self._ended = 0
        self._cold: set[str] = set()

    def warm(self, lane: str = "main") -> None:
        """Start the lane's worker before anybody needs it: a start costs a second."""
        if lane not in self._workers:
            self._workers[lane] = Worker(self.folder, heavy=lane == HEAVY)

    def submit(
        self,
        title: str,
        target: str,
        *args: Any,
        lane: str = "main",
        on_end: Callable[[Job], None] | None = None,
        **kwargs: Any,
    ) -> Job:
        """Queue `target` ("module:function") with these arguments."""
        self._count += 1
        job = Job(title, target, args, kwargs, lane, on_end, self._count)
        self._queues.setdefault(lane, deque()).append(job)
        self._start_next(lane)
        return job

    @property
    def active(self) -> list[Job]:
        """Jobs that run or wait, in the order they came."""
        waiting = [job for queue in self._queues.values() for job in queue]
        return sorted([*self._running.values(), *waiting], key=lambda job: job.number)

    def cancel(self, job: Job) -> None:
        """Ask a job to stop; it is off the lane within half a second, whatever it does."""
        if job.state == State.QUEUED:
            self._queues[job.lane].remove(job)
            self._end(job, State.CANCELLED)
        elif job.state == State.RUNNING:
            job.state = State.CANCELLING
            self._cancelled_at[job.number] = time.monotonic()
            self._workers[job.lane].stop.set()

    def poll(self) -> None:
        """Take in what the workers sent; never waits."""
        while self._cold:
            lane = self._cold.pop()
            self.warm(lane)
            self._start_next(lane)
        for lane, worker in list(self._workers.items()):
            self._listen(lane, worker)
        for lane, job in list(self._running.items()):
            asked = self._cancelled_at.get(job.number)
            if asked is not None and time.monotonic() - asked > SOFT_S:
                self._detach(lane, job)
        for entry in list(self._leaving):
            self._await_handover(entry)

    def rest(self, seconds: float) -> None:
        """Sleep so long, but not beyond the end of a job; progress that comes meanwhile is taken in."""
        until, ended = time.monotonic() + seconds, self._ended
        while (left := until - time.monotonic()) > 0 and self._ended == ended:
            workers = [*self._workers.values(), *(entry[0] for entry in self._leaving)]
            if not workers or not self.active:
                time.sleep(left)
                return
            wait([worker.connection for worker in workers], left)
            self.poll()

    def close(self) -> None:
        """End every worker and forget the run folder."""
        for worker in [*self._workers.values(), *(entry[0] for entry in self._leaving)]:
            worker.kill()
        self._workers.clear()
        self._leaving.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_next(self, lane: str) -> None:
        queue = self._queues.get(lane)
        if not queue or lane in self._running:
            return
        self.warm(lane)
        worker = self._workers[lane]
        job = queue.popleft()
        worker.stop.clear()
        try:
            worker.connection.send((job.number, job.target, pack((job.args, dict(job.kwargs)), self.folder)))
        except (BrokenPipeError, OSError):
            # The idle worker died unnoticed; a fresh one serves as well.
            self._replace(lane)
            queue.appendleft(job)
            self._start_next(lane)
            return
        job.state = State.RUNNING
        job.started_s = time.monotonic()
        self._running[lane] = job

    def _listen(self, lane: str, worker: Worker) -> None:
        for number, kind, content in worker.messages():
            job = self._running.get(lane)
            if kind == "died":
                self._replace(lane)
                if job is not None:
                    self._finish(lane, job, "failed", (_death(content), ""))
                return
            if job is None or number != job.number:
                continue
            if kind == "progress":
                job.fraction, job.note = content
            elif kind == "memory":
                job.peak_bytes = content
            else:
                # What follows a final message is the end of the pipe; it must not overwrite the outcome.
                self._finish(lane, job, kind, content)
                return

    def _finish(self, lane: str, job: Job, kind: str, content: Any) -> None:
        del self._running[lane]
        self._settle(job, kind, content)
        self._start_next(lane)

    def _settle(self, job: Job, kind: str, content: Any) -> None:
        cancelled = job.number in self._cancelled_at
        if kind == "done":
            job.result = unpack(content)
            self._end(job, State.CANCELLED if cancelled else State.DONE)
        elif kind == "cancelled" or cancelled:
            self._end(job, State.CANCELLED)
        else:
            job.error, job.details = content
            self._end(job, State.FAILED)

    def _end(self, job: Job, state: State) -> None:
        job.state = state
        self._ended += 1
        job.ended_s = job.ended_s or time.monotonic()
        job.fraction = 1.0 if state == State.DONE else job.fraction
        self._cancelled_at.pop(job.number, None)
        job.args, job.kwargs = (), {}
        self.finished.append(job)
        if job.on_end is not None:
            job.on_end(job)

    def _detach(self, lane: str, job: Job) -> None:
        """The worker did not answer in time: it leaves the lane, and may still hand over its best for a while."""
        self._leaving.append((self._workers.pop(lane), job, time.monotonic() + HANDOVER_S))
        del self._running[lane]
        job.state = State.CANCELLED
        job.ended_s = time.monotonic()
        # A start takes longer than a person should wait for "cancelled": the next poll sees to it.
        self._cold.add(lane)

    def _await_handover(self, entry: tuple[Worker, Job, float]) -> None:
        worker, job, until = entry
        for _, kind, content in worker.messages():
            if kind not in ("progress", "memory"):
                self._leave(entry)
                self._settle(job, "cancelled" if kind == "died" else kind, content)
                return
        if time.monotonic() > until:
            self._leave(entry)
            self._end(job, State.CANCELLED)

    def _leave(self, entry: tuple[Worker, Job, float]) -> None:
        self._leaving.remove(entry)
        entry[0].kill()

    def _replace(self, lane: str) -> None:
        self._workers.pop(lane).kill()
        self.warm(lane)


def _death(exit_code: int | None) -> GeomError:
    safe = "Nothing on the stage is lost. Run it again, on a smaller shape if memory was short."
    if exit_code is None or exit_code >= 0:
        return GeomError(f"The worker process ended by itself (exit code {exit_code}).", safe)
    name = signal.Signals(-exit_code).name if -exit_code in list(signal.Signals) else f"signal {-exit_code}"
    if -exit_code in (signal.SIGSEGV, signal.SIGABRT):
        return GeomError(f"The worker process crashed in native code ({name}).", safe)
    return GeomError(f"The worker process was ended from outside ({name}), perhaps because memory ran short.", safe)

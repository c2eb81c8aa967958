"""Where the tasks of a collection run; a process that is lost costs its task a second try, then that task alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from geomlearn.core.processes import worker_pool
from geomlearn.core.progress import SILENT, Progress

Task = tuple[Any, ...]
LOST = "The process that worked on it was ended from outside twice, perhaps because memory ran short. Use fewer jobs."
# How often a wait for work looks whether it should stop.
_LOOK_S = 0.3


class Engine(Protocol):
    """Runs a function on tasks; yields (number of the task, its result) as they are finished.

    A task whose process is lost twice has ``{"error": LOST}`` as its result.
    """

    def run(
        self, function: Callable[..., Any], tasks: Sequence[Task], progress: Progress = SILENT
    ) -> Iterator[tuple[int, Any]]:
        """Run them all; raises `Cancelled` when the progress is."""
        ...


class Here:
    """One after the other in this process."""

    def run(
        self, function: Callable[..., Any], tasks: Sequence[Task], progress: Progress = SILENT
    ) -> Iterator[tuple[int, Any]]:
        """See `Engine`."""
        for number, task in enumerate(tasks):
            progress(number / len(tasks), "")
            yield number, function(*task)


class Processes:
    """Several processes of one thread each on this machine, which end with this one.

    Parameters
    ----------
    jobs   how many.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def run(
        self, function: Callable[..., Any], tasks: Sequence[Task], progress: Progress = SILENT
    ) -> Iterator[tuple[int, Any]]:
        """See `Engine`."""
        left = list(range(len(tasks)))
        while left:
            lost: list[int] = []
            for number, result in self._until_broken(function, tasks, left, self.jobs, lost, progress):
                left.remove(number)
                yield number, result
            # Who was at work when a process went may be to blame: each has one try alone.
            for number in lost:
                left.remove(number)
                again: list[int] = []
                yield from self._until_broken(function, tasks, [number], 1, again, progress)
                if again:
                    yield number, {"error": LOST}

    @staticmethod
    def _until_broken(
        function: Callable[..., Any],
        tasks: Sequence[Task],
        numbers: Iterable[int],
        jobs: int,
        lost: list[int],
        progress: Progress,
    ) -> Iterator[tuple[int, Any]]:
        waiting, total = list(numbers)[::-1], len(tasks)
        running: dict[Future[Any], int] = {}
        try:
            with worker_pool(jobs) as submit:
                while waiting or running:
                    progress((total - len(waiting) - len(running)) / total, "")
                    while waiting and len(running) < jobs:
                        number = waiting.pop()
                        running[submit(function, *tasks[number])] = number
                    for future in wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED).done:
                        result = future.result()
                        yield running.pop(future), result
        except BrokenProcessPool:
            lost += running.values()

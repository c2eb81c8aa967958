"""Children that end with their parent, however that ends; a killed parent can no longer tell them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from geomlearn.core.errors import GeomError
from geomlearn.core.threads import settled_children

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux
_LOOK_S = 0.5

# In a worker: whether it computes, or reads and sends; the lock is held while that changes or is looked at.
_computing = False
_turn = threading.Lock()


def end_with_parent(parent: int, lifeline: Connection | None = None) -> None:
    """Called first thing in a child: from now on it ends when its parent does.

    Parameters
    ----------
    parent    process id of the parent.
    lifeline  reading end of a pipe whose only writing end the parent holds; the child ends when that closes.
    """
    if sys.platform == "linux":
        _ask_kernel()
    threading.Thread(target=_watch, args=(parent, lifeline), daemon=True).start()


def _ask_kernel() -> None:
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def _watch(parent: int, lifeline: Connection | None) -> None:
    if lifeline is None:
        # Windows tells nobody that a parent ended: children without a pipe finish their one task there.
        while os.name == "nt" or os.getppid() == parent:
            time.sleep(_LOOK_S)
    else:
        from multiprocessing.connection import wait

        wait([lifeline])
        while os.name != "nt" and os.getppid() == parent:
            with _turn:
                if _computing:
                    os._exit(1)
            time.sleep(_LOOK_S)
    os._exit(1)


@contextmanager
def worker_pool(jobs: int) -> Iterator[Callable[..., Future[Any]]]:
    """Processes of one thread each; yields ``submit(function, *arguments)``, whose future holds the result.

    They are spawned, not forked: a fork inherits the locks of numerical libraries' threads; and unless the function is
    of the program at hand, they know nothing of that. When the block is left by an error or a cancel they end at
    once, in the middle of what they do. A process that is ended from outside breaks the pool: all its unfinished
    futures raise `BrokenProcessPool`.

    A worker that is told to end while it sends a result sends it to its end: half of one would be waited for forever.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    theirs, lifeline = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, context, initializer=_begin_worker, initargs=(os.getpid(), theirs))

    def submit(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        # The pool starts its processes as work comes.
        own = getattr(function, "__module__", None) == "__main__"
        with settled_children(1), nullcontext() if own else _without_main():
            return pool.submit(_compute, function, *arguments)

    try:
        yield submit
    except BaseException:
        lifeline.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        lifeline.close()
        theirs.close()


@contextmanager
def shared_work(jobs: int) -> Iterator[Callable[[Callable[..., Any], Iterable[tuple[Any, ...]]], Iterator[Any]]]:
    """A `worker_pool`; yields ``each(function, arguments)``, whose results come as they are finished.

    Raises
    ------
    GeomError   one of the processes was ended from outside.
    """
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    with worker_pool(jobs) as submit:

        def each(function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
            futures = [submit(function, *some) for some in arguments]
            for future in as_completed(futures):
                yield future.result()

        try:
            yield each
        except BrokenProcessPool:
            message = "A process that shared the work was ended from outside, perhaps because memory ran short."
            raise GeomError(message, "Use fewer processes.") from None


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes started inside the block do not run the program at hand again, guarded by `__name__` or not.

    Where their function comes from a module they need none of it; a program that asks for work at its top would
    otherwise do all over again.
    """
    main = sys.modules["__main__"]
    kept: dict[str, Any] = {name: main.__dict__.pop(name) for name in ("__file__", "__spec__") if name in main.__dict__}
    main.__spec__ = None
    try:
        yield
    finally:
        main.__dict__.update(kept)


def _compute(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a worker does with its work: between two of them it reads the next and sends the result."""
    global _computing
    with _turn:
        _computing = True
    try:
        return function(*arguments)
    finally:
        with _turn:
            _computing = False


def _begin_worker(parent: int, lifeline: Connection) -> None:
    # Ctrl-C in a terminal reaches the whole group; the parent decides, and its workers end with the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(parent, lifeline)

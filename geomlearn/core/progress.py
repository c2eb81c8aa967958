"""Progress and cancellation in one object, handed to everything that takes long.

Long work calls ``progress(fraction, note)``. The default does nothing; the command line draws a bar, the window a
strip, a worker process sends it through its pipe. Cancelling travels the other way on the same object.
"""

from __future__ import annotations

from collections.abc import Callable

from geomlearn.core.errors import Cancelled


class Progress:
    """A sink for progress that also carries the wish to stop.

    Parameters
    ----------
    report      called as ``report(fraction, note)`` with the fraction in [0, 1]; None for silence.
    is_cancelled  called without arguments, true once the work should stop; None for never.
    """

    def __init__(
        self,
        report: Callable[[float, str], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._report = report
        self._is_cancelled = is_cancelled

    @property
    def cancelled(self) -> bool:
        """True once the work should stop: an iterative method then returns its best so far."""
        return self._is_cancelled is not None and self._is_cancelled()

    def __call__(self, fraction: float, note: str = "") -> None:
        """Report, and raise `Cancelled` when the work should stop.

        A method that can hand over its best so far looks at `cancelled` before it calls.
        """
        if self.cancelled:
            raise Cancelled
        if self._report is not None:
            self._report(min(max(fraction, 0.0), 1.0), note)

    def part(self, start: float, end: float) -> Progress:
        """The stretch from `start` to `end` of this progress, as a progress of its own."""
        if self._report is None:
            return self
        report = self._report
        return Progress(lambda fraction, note: report(start + (end - start) * fraction, note), self._is_cancelled)


SILENT = Progress()

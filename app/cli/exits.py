"""How a run ends: exit codes, and the error that means wrong usage."""

from __future__ import annotations

from geomlearn.core.errors import GeomError

DONE = 0
FAILED = 1
"""The work failed, or `check` found the shape unusable."""
USAGE = 2
CANCELLED = 130


class UsageError(GeomError):
    """Flags that do not go together, or say nothing usable."""

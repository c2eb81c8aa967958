"""Functions on a shape at several times: what every equation returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geomlearn.core.errors import SizeMismatch


@dataclass(frozen=True, eq=False)
class FieldSeries:
    """One or more functions at each of t times; a steady solution has one time, 0.

    Attributes
    ----------
    times     (t,) ascending, in the unit of time of the equation.
    values    (t, n), or (t, n, c) for c functions.
    names     c names, one for values (t, n).
    metadata  `source` (the shape), `method` (the equation), `parameters`, the version: what is needed to make it again.

    Raises
    ------
    SizeMismatch   the sizes do not fit together, or the times do not ascend.
    """

    times: np.ndarray
    values: np.ndarray
    names: tuple[str, ...] = ("u",)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        times, values = np.asarray(self.times, np.float64), np.asarray(self.values, np.float64)
        n_names = values.shape[2] if values.ndim == 3 else 1
        if times.ndim != 1 or values.ndim not in (2, 3) or len(times) != len(values) or len(times) == 0:
            raise SizeMismatch(
                f"A field needs times (t,) and values (t, n) or (t, n, c); got {times.shape} and {values.shape}.",
                "Check that both come from the same file.",
            )
        if len(self.names) != n_names:
            raise SizeMismatch(f"{n_names} functions have {len(self.names)} names.", "Give one name per function.")
        if not (np.diff(times) > 0).all():
            raise SizeMismatch("The times of a field must ascend.", "Sort the frames by time.")
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "names", tuple(self.names))

    @property
    def n_frames(self) -> int:
        return len(self.times)

    @property
    def n_vertices(self) -> int:
        return self.values.shape[1]

    def frame(self, index: int) -> dict[str, np.ndarray]:
        """The functions (n,) of one frame, by name; −1 is the last frame."""
        values = self.values[index]
        return {name: values if values.ndim == 1 else values[:, i] for i, name in enumerate(self.names)}

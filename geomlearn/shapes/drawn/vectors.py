"""Vectors on the vertices or the faces of a shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.shape import Shape

Place = Literal["vertices", "faces"]


@dataclass(frozen=True, eq=False)
class Vectors:
    """A vector at each vertex or at each face, drawn as arrows.

    Attributes
    ----------
    values   (n, 3) or (m, 3), in the axes of the shape; a row with NaN has no arrow.
    on       what they stand on; None tells by their number, vertices first.
    tangent  whether what sticks out of the surface is left out.

    Raises
    ------
    ParameterError   they are not rows of three numbers, one is infinite, or none is there.
    """

    values: np.ndarray
    on: Place | None = None
    tangent: bool = False

    def __post_init__(self) -> None:
        try:
            values = np.array(self.values, np.float64)
        except (TypeError, ValueError):
            raise ParameterError("These vectors are no numbers.", "Give an array (n, 3) or (m, 3).") from None
        if values.ndim != 2 or values.shape[1] != 3 or len(values) == 0:
            raise ParameterError(f"Vectors have the shape {values.shape}.", "Give (n, 3) or (m, 3).")
        if np.isinf(values).any() or np.isnan(values).any(axis=1).all():
            raise ParameterError("These vectors are not finite.", "NaN marks a place without an arrow.")
        if self.on not in (None, "vertices", "faces"):
            raise ParameterError(f"Vectors do not stand on {self.on!r}.", 'Write on="vertices" or on="faces".')
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def place(self, shape: Shape, name: str = "vectors") -> Place:
        """Whether they stand on the vertices or the faces of `shape`.

        Raises
        ------
        SizeMismatch   there are neither so many vertices nor so many faces.
        """
        counts: dict[Place, int] = {"vertices": shape.n_vertices, "faces": shape.n_faces}
        for place, count in counts.items():
            if self.on in (None, place) and len(self.values) == count:
                return place
        wanted = [f"{counts[self.on]} {self.on}"] if self.on else [f"{n} {word}" for word, n in counts.items() if n]
        raise SizeMismatch(
            f"{name} has {len(self.values)} vectors, and {shape.name} has {' and '.join(wanted)}.",
            "Give one for each vertex, or one for each face.",
        )

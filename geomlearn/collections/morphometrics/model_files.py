"""Shape models as files: written once, moved along their modes wherever they are opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.collections.morphometrics.shape_model import ShapeModel
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.shape import Shape

# The vertices are those of the mean.
_NEEDED = {"vertices", "modes", "eigenvalues"}
_HINT = "Write one with `geomlearn collection model`."


@dataclass(frozen=True, eq=False)
class StoredShapeModel:
    """What a file keeps of a shape model.

    Attributes
    ----------
    mean           the mean shape, with the faces of the template.
    modes (q, n, 3), eigenvalues (q,)   as in `ShapeModel`.
    shares (q,)    of the variance, those of modes that were not kept counted too.
    """

    mean: Shape
    modes: np.ndarray
    eigenvalues: np.ndarray
    shares: np.ndarray

    @property
    def displacements(self) -> np.ndarray:
        """(q, n, 3) what one standard deviation along each mode adds to the mean."""
        return np.sqrt(self.eigenvalues)[:, None, None] * self.modes


def write_shape_model(
    path: str | Path, model: ShapeModel, template: Shape, names: tuple[str, ...], *, force: bool = False
) -> Path:
    """Write a model (npz, mat or h5), the mean as the file's shape, with the names of the shapes it was made from.

    Raises
    ------
    FormatError   the file exists, unless `force`, or the suffix is none of these.
    """
    arrays = {"vertices": model.mean, "faces": template.faces, "modes": model.modes, "eigenvalues": model.eigenvalues}
    arrays |= {"scores": model.scores, "mass": model.mass, "sizes": model.sizes, "total": np.array(model.total)}
    return write_arrays(Path(path), arrays, {"template": template.name, "names": names}, force=force)


def read_shape_model(path: str | Path) -> StoredShapeModel:
    """Read what `write_shape_model` wrote.

    Raises
    ------
    FormatError, MeshError   it is no shape model, its arrays do not fit each other, or it holds values that are not
                             finite.
    """
    arrays = read_arrays(path)[0]
    name = Path(path).name
    missing = _NEEDED - set(arrays)
    if missing:
        raise FormatError(f"{name} is no shape model: it lacks {', '.join(sorted(missing))}.", _HINT)
    mean, modes = read_shape(path), np.asarray(arrays["modes"], float)
    # A matrix of MATLAB has two axes even where one says all.
    eigenvalues = np.asarray(arrays["eigenvalues"], float).ravel()
    if modes.shape != (len(eigenvalues), mean.n_vertices, 3):
        sizes = f"{mean.n_vertices} vertices, modes {modes.shape} and {len(eigenvalues)} eigenvalues"
        raise FormatError(f"{name} holds {sizes}, which do not fit.", _HINT)
    if not np.isfinite(modes).all() or not (np.isfinite(eigenvalues) & (eigenvalues >= 0)).all():
        raise FormatError(f"{name} holds modes or variances that are negative or not finite.", _HINT)
    total = float(np.max(arrays.get("total", eigenvalues.sum())))
    return StoredShapeModel(mean, modes, eigenvalues, eigenvalues / max(total, 1e-300))

"""Singular values of every weight matrix and of the last step on it, as a file; light enough for the window to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError

SPECTRA = "spectra.npz"


@dataclass(frozen=True, eq=False)
class LayerSpectrum:
    """One weight, as the matrix (size(0), −1).

    Attributes
    ----------
    weight, update   (r,) singular values, descending, of the weight and of what the last step changed.
    defect           √(‖residual‖²/r) of the layer's Gram matrix of size r: 0 for an isometry, 1 for a vanishing weight;
                     convolutions as the layers they are, by L_orth.
    """

    name: str
    shape: tuple[int, ...]
    weight: np.ndarray
    update: np.ndarray
    defect: float


@dataclass(frozen=True, eq=False)
class Spectra:
    """All layers at one step, and the memory that weights and the optimizer's state take."""

    step: int
    layers: tuple[LayerSpectrum, ...]
    state_bytes: int
    parameter_bytes: int


def write_spectra(path: Path, spectra: Spectra) -> None:
    """Write them whole, in the place of those that are there."""
    arrays: dict[str, np.ndarray] = {}
    rows = []
    for index, layer in enumerate(spectra.layers):
        arrays |= {f"weight_{index}": layer.weight, f"update_{index}": layer.update}
        rows.append({"name": layer.name, "shape": list(layer.shape), "defect": layer.defect})
    about = {"step": spectra.step, "state_bytes": spectra.state_bytes, "parameter_bytes": spectra.parameter_bytes}
    write_arrays(path, arrays, {**about, "layers": rows}, force=True)


def read_spectra(path: Path) -> Spectra:
    """What `write_spectra` wrote.

    Raises
    ------
    FormatError   the file is missing, damaged or of another kind.
    """
    arrays, about = read_arrays(path)
    try:
        layers = tuple(
            LayerSpectrum(
                row["name"], tuple(row["shape"]), arrays[f"weight_{index}"], arrays[f"update_{index}"], row["defect"]
            )
            for index, row in enumerate(about["layers"])
        )
        return Spectra(about["step"], layers, about["state_bytes"], about["parameter_bytes"])
    except (KeyError, TypeError) as error:
        raise FormatError(f"{path.name} holds no spectra: {error}.", "Give the folder of a run.") from error

"""The table of models: literal rows, resolved only when asked. Files name a row, and nothing else is ever imported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from geomlearn.core.errors import ParameterError


@dataclass(frozen=True)
class ModelRow:
    """One kind of model.

    Attributes
    ----------
    key      the word in the command line and in model files.
    title    the name its authors use.
    kind     what its functions live on: "grid", "points" of the plane, or "shapes".
    target   "module:name" of the function that builds it.
    options  "module:name" of its option model.
    """

    key: str
    title: str
    kind: str
    target: str
    options: str

    def resolve(self) -> Any:
        """The builder; imports its module."""
        return _load(self.target)

    def resolve_options(self) -> Any:
        """The option model; imports its module only."""
        return _load(self.options)


_BUILD = "geomlearn.operators.models.networks"
_LSM = "geomlearn.operators.latent_spectral.options"
_ATTENTION = "geomlearn.operators.layers.attention.options"
_RIVALS = "geomlearn.operators.baselines.options"

MODELS: tuple[ModelRow, ...] = (
    ModelRow("lsm", "Latent Spectral Model", "grid", f"{_BUILD}:lsm", f"{_LSM}:LatentSpectralOptions"),
    ModelRow("unet", "U-Net", "grid", f"{_BUILD}:unet", f"{_RIVALS}:UNetOptions"),
    ModelRow("fno", "Fourier Neural Operator", "grid", f"{_BUILD}:fno", f"{_RIVALS}:FNOOptions"),
    ModelRow("deeponet", "DeepONet", "grid", f"{_BUILD}:deeponet", f"{_RIVALS}:DeepONetOptions"),
    ModelRow("transolver", "Transolver", "grid", f"{_BUILD}:transolver_on_grid", f"{_RIVALS}:TransolverOptions"),
    ModelRow(
        "nalaformer",
        "Operator of norm-aware linear attention",
        "grid",
        f"{_BUILD}:attention_on_grid",
        f"{_ATTENTION}:AttentionOptions",
    ),
    ModelRow(
        "lsm-points",
        "Latent Spectral Model on points of the plane",
        "points",
        f"{_BUILD}:lsm_on_points",
        f"{_LSM}:LatentSpectralIrregularOptions",
    ),
    ModelRow("geo-fno", "Geo-FNO", "points", f"{_BUILD}:geo_fno", f"{_RIVALS}:GeoFNOOptions"),
    ModelRow(
        "transolver-points",
        "Transolver on points of the plane",
        "points",
        f"{_BUILD}:transolver_on_points",
        f"{_RIVALS}:TransolverOptions",
    ),
    ModelRow(
        "nalaformer-points",
        "Operator of norm-aware linear attention on points of the plane",
        "points",
        f"{_BUILD}:attention_on_points",
        f"{_ATTENTION}:AttentionOptions",
    ),
    ModelRow(
        "lsm-shapes",
        "Latent Spectral Model on meshes and clouds",
        "shapes",
        f"{_BUILD}:lsm_on_shapes",
        f"{_LSM}:LatentSpectralShapesOptions",
    ),
    ModelRow(
        "laplace-spectral",
        "Spectral operator on Laplace-Beltrami eigenfunctions",
        "shapes",
        f"{_BUILD}:laplace_spectral",
        f"{_RIVALS}:LaplaceSpectralOptions",
    ),
    ModelRow(
        "transolver-shapes",
        "Transolver on meshes and clouds",
        "shapes",
        f"{_BUILD}:transolver_on_shapes",
        f"{_RIVALS}:TransolverOptions",
    ),
    ModelRow(
        "nalaformer-shapes",
        "Operator of norm-aware linear attention on meshes and clouds",
        "shapes",
        f"{_BUILD}:attention_on_shapes",
        f"{_ATTENTION}:AttentionOptions",
    ),
)


def model_named(key: str) -> ModelRow:
    """The row of a kind of model.

    Raises
    ------
    ParameterError   there is none of this name.
    """
    for row in MODELS:
        if row.key == key:
            return row
    raise ParameterError(f"There is no model called {key}.", f"Choose one of {', '.join(row.key for row in MODELS)}.")


def _load(target: str) -> Any:
    module, name = target.split(":")
    return getattr(import_module(module), name)

"""What can be installed beside the base: one table, from which `doctor`, the documentation and the sentences come."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from geomlearn.core.errors import DeviceError


@dataclass(frozen=True)
class Extra:
    """One name for ``pip install ".[NAME]"``.

    Attributes
    ----------
    name     as in pyproject.toml.
    purpose  what it is for, the end of a sentence.
    modules  what it brings, as it is imported.
    """

    name: str
    purpose: str
    modules: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules that are not installed."""
        return tuple(module for module in self.modules if find_spec(module) is None)


EXTRAS = (
    Extra("fem", "making samples of elasticity and of flow in a pipe", ("skfem",)),
    Extra("series", "decompositions of PyDMD as candidates of `forecast`", ("pydmd",)),
    Extra("tensorboard", "curves of a training for TensorBoard", ("tensorboardX",)),
    Extra("notebook", "a notebook to work in", ("jupyterlab",)),
    Extra("film", "films as mp4 where no ffmpeg is installed (`render … -o turn.mp4`)", ("imageio_ffmpeg",)),
    Extra(
        "clean",
        "decimating, remeshing and reconstructing scans",
        ("fast_simplification", "gpytoolbox", "point_cloud_utils", "pyacvd"),
    ),
    Extra("tune", "searching options by optuna (`tune … --search optuna`)", ("optuna",)),
    Extra("bodies", "free human bodies to train and to measure on", ("anny", "fast_simplification", "pyacvd", "warp")),
    Extra("dask", "the pairs of a collection on several machines", ("dask", "distributed")),
    Extra("bench", "the peers that benchmarks compare with", ("ot", "pyFM")),
    Extra("docs", "making these pages", ("sphinx", "sphinx_gallery", "myst_parser", "pydata_sphinx_theme")),
    Extra("test", "tests, linters, types and these pages", ("pytest", "hypothesis", "mypy")),
)


def require(module: str, extra: str) -> ModuleType:
    """A module that an extra brings.

    Raises
    ------
    DeviceError   it is not installed; the sentence names the extra.
    """
    row = next(row for row in EXTRAS if row.name == extra)
    try:
        return import_module(module)
    except ImportError:
        raise DeviceError(
            f"{row.purpose[0].upper()}{row.purpose[1:]} needs {module}, which is not installed.",
            f'Install it with: python -m pip install "geomlearn[{extra}]"',
        ) from None

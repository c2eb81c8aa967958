"""Options of the data sets that can be made; light enough for `--help` and the window to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic.config import JsonDict

from geomlearn.core.options import Options

_POINTS: JsonDict = {"unit": "points"}
_ELEMENTS: JsonDict = {"unit": "elements"}


class DarcyData(Options):
    """Permeability of two values to pressure, on the unit square."""

    resolution: int = Field(
        default=85, ge=5, le=2049, description="Nodes per axis of the solver.", json_schema_extra=_POINTS
    )
    stride: int = Field(
        default=1, ge=1, le=64, description="Keep every m-th node.", json_schema_extra={"unit": "nodes"}
    )
    low: float = Field(default=3.0, gt=0, description="The lower permeability.")
    high: float = Field(default=12.0, gt=0, description="The higher permeability.")

    @model_validator(mode="after")
    def _stride_reaches_the_rim(self) -> Self:
        if (self.resolution - 1) % self.stride:
            raise ValueError(f"every {self.stride}-th of {self.resolution} nodes misses the rim")
        return self


class BurgersData(Options):
    """Velocity on a circle to the velocity later."""

    resolution: int = Field(default=128, ge=8, le=8192, description="Points kept.", json_schema_extra=_POINTS)
    solver_resolution: int = Field(
        default=512, ge=8, le=65536, description="Points of the solver.", json_schema_extra=_POINTS
    )
    viscosity: float = Field(default=0.1, gt=0, description="Viscosity, on a circle of length 2π.")
    duration: float = Field(default=1.0, gt=0, description="Time between the two.", json_schema_extra={"unit": "time"})

    @model_validator(mode="after")
    def _grids_nest(self) -> Self:
        if self.solver_resolution % self.resolution:
            raise ValueError("solver_resolution is no multiple of resolution")
        return self


class NavierStokesData(Options):
    """Vorticity at some times to the vorticity at the times after, on a torus."""

    resolution: int = Field(default=64, ge=8, le=512, description="Points per axis.", json_schema_extra=_POINTS)
    viscosity: float = Field(
        default=1e-3, gt=0, description="Viscosity; the published 1e-5 needs a grid of 256 to be resolved."
    )
    n_in: int = Field(default=10, ge=1, le=100, description="Frames given.", json_schema_extra={"unit": "frames"})
    n_out: int = Field(default=10, ge=1, le=100, description="Frames asked for.", json_schema_extra={"unit": "frames"})
    spacing: float = Field(default=1.0, gt=0, description="Time between frames.", json_schema_extra={"unit": "time"})
    dt: float = Field(default=0.02, gt=0, description="Longest time step.", json_schema_extra={"unit": "time"})


class ElasticityData(Options):
    """Shape of a hole to the stress around it."""

    layout: Literal["points", "grid"] = Field(
        default="points", description="Stress at the nodes around the hole, or on a grid of the square with a mask."
    )
    around: int = Field(default=64, ge=8, le=512, description="Quads around the hole.", json_schema_extra=_ELEMENTS)
    layers: int = Field(
        default=12, ge=1, le=128, description="Quads from the hole to the rim.", json_schema_extra=_ELEMENTS
    )
    resolution: int = Field(
        default=41, ge=5, le=512, description="Points per axis of the grid.", json_schema_extra=_POINTS
    )

    @model_validator(mode="after")
    def _corners_are_nodes(self) -> Self:
        if self.around % 8:
            raise ValueError("around is no multiple of 8")
        return self


class PipeData(Options):
    """Shape of a pipe to the speed along it."""

    along: int = Field(default=32, ge=4, le=256, description="Elements along the pipe.", json_schema_extra=_ELEMENTS)
    across: int = Field(default=8, ge=2, le=256, description="Elements across it.", json_schema_extra=_ELEMENTS)


class ShapesData(Options):
    """A function on a shape to the solution of an equation on it, over many shapes."""

    shapes: tuple[str, ...] = Field(
        default=("random-biped", "random-quadruped"),
        min_length=1,
        description="Shapes in turn: files, builtin:NAME, random-biped, random-quadruped.",
    )
    n_vertices: int = Field(
        default=600,
        ge=500,
        le=200_000,
        description="Vertices of each random shape.",
        json_schema_extra={"unit": "vertices"},
    )
    samples_per_shape: int = Field(
        default=4,
        ge=1,
        le=10_000,
        description="Samples on a shape before the next one's turn.",
        json_schema_extra={"unit": "samples"},
    )
    n_bumps: int = Field(default=3, ge=1, le=100, description="Bumps that a function is made of.")
    bump_radius: float = Field(
        default=0.4, gt=0, le=10, description="Radius of the bumps.", json_schema_extra={"unit": "R"}
    )
    duration: float | None = Field(
        default=None,
        gt=0,
        description="Time to run in units of R² for diffusion and R for waves; chosen by the equation.",
    )


class SeriesData(ShapesData):
    """A function on a shape and the frames that follow it in time, over many shapes."""

    frames: int = Field(
        default=80,
        ge=4,
        le=10_000,
        description="Frames of each series, the start included.",
        json_schema_extra={"unit": "frames"},
    )
    pace: float | None = Field(
        default=None,
        gt=0,
        description="Time between frames in units of R² for diffusion, R for waves and flows; chosen by the equation.",
    )

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if self.duration is not None:
            raise ValueError("a series lasts frames × pace, so duration cannot be given too")
        return self


@dataclass(frozen=True)
class TaskRow:
    """One data set that can be made.

    Attributes
    ----------
    key      the word in the command line.
    title    what it is.
    target   "module:name" of the function that draws its samples.
    options  its option model.
    """

    key: str
    title: str
    target: str
    options: type[Options]

    def resolve(self) -> Callable[..., Any]:
        """The function that draws samples; imports its module."""
        module, name = self.target.split(":")
        return getattr(import_module(module), name)


_GRIDS = "geomlearn.operators.data.grid_tasks"
_SHAPES = "geomlearn.operators.data.shape_tasks"
_SERIES = "geomlearn.operators.data.series_tasks"

TASKS: tuple[TaskRow, ...] = (
    TaskRow(key="darcy", title="Darcy flow", target=f"{_GRIDS}:darcy", options=DarcyData),
    TaskRow(key="burgers", title="Burgers' equation", target=f"{_GRIDS}:burgers", options=BurgersData),
    TaskRow(
        key="navier-stokes",
        title="Vorticity of a forced flow",
        target=f"{_GRIDS}:navier_stokes",
        options=NavierStokesData,
    ),
    TaskRow(key="elasticity", title="Stress around a hole", target=f"{_GRIDS}:elasticity", options=ElasticityData),
    TaskRow(key="pipe", title="Flow in a bent pipe", target=f"{_GRIDS}:pipe", options=PipeData),
    *(
        TaskRow(
            key=f"{equation}-on-shapes",
            title=f"{title} on shapes",
            target=f"{_SHAPES}:{equation.replace('-', '_')}",
            options=ShapesData,
        )
        for equation, title in {
            "heat": "Heat",
            "poisson": "Poisson's equation",
            "wave": "Waves",
            "advect": "Advection with diffusion",
            "allen-cahn": "The Allen-Cahn equation",
        }.items()
    ),
    *(
        TaskRow(
            key=f"{equation}-series",
            title=f"{title} on shapes, frame by frame",
            target=f"{_SERIES}:{equation.replace('-', '_')}",
            options=SeriesData,
        )
        for equation, title in {
            "heat": "Heat",
            "wave": "Waves",
            "advect": "Advection with diffusion",
            "allen-cahn": "The Allen-Cahn equation",
        }.items()
    ),
)
"""The data sets that `geomlearn data` makes."""

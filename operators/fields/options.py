"""Options of the equations; light enough for `--help` and the window to read.

Lengths are in the units of the shape. R stands for the radius of the sphere of equal area, h for the vertex spacing.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic.config import JsonDict

from geomlearn.core.methods import rows_of
from geomlearn.core.options import Options

LaplacianKind = Literal["auto", "cotan", "robust", "cloud"]
Boundary = Literal["neumann", "dirichlet"]
Scheme = Literal["crank-nicolson", "backward-euler"]


def _unit(unit: str) -> JsonDict:
    return {"unit": unit}


class EquationOptions(Options):
    """What every equation takes: the Laplacian, and where its data comes from."""

    laplacian: LaplacianKind = Field(
        default="auto", description="Which Laplacian: cotan, robust for any mesh, cloud for points, auto to choose."
    )
    vertex: tuple[int, ...] = Field(
        default=(), description="Start from a smooth bump of height 1 around each of these vertices, counted from 0."
    )
    radius: float | None = Field(
        default=None,
        gt=0,
        description="Where a bump has fallen to 1/e; the larger of R/5 and 2h when not given.",
        json_schema_extra=_unit("length"),
    )
    expression: str = Field(
        default="", max_length=1000, description="Start from a formula in x, y, z, such as 'exp(-x**2) * sin(3*z)'."
    )
    values_file: str = Field(
        default="",
        description="Start from a file of one value per vertex (txt, npy, npz, mat, h5), or from a saved field.",
    )

    @field_validator("vertex", mode="before")
    @classmethod
    def _one_vertex(cls, value: Any) -> Any:
        return (value,) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [name for name in ("vertex", "expression", "values_file") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} both say where to start from")
        if self.radius is not None and (self.expression or self.values_file):
            raise ValueError("radius belongs to a bump around a vertex, and the start is given otherwise")
        return self


class EvolutionOptions(EquationOptions):
    """What every equation in time takes."""

    duration: float | None = Field(
        default=None,
        gt=0,
        description="Time to run; chosen from the size of the shape when not given.",
        json_schema_extra=_unit("time"),
    )
    time_step: float | None = Field(
        default=None,
        gt=0,
        description="Length of a step, shortened a little so that whole steps fill the duration.",
        json_schema_extra=_unit("time"),
    )
    save_every: int | None = Field(
        default=None,
        ge=1,
        description="Keep every m-th step, besides the first and the last; about 50 frames when not given.",
        json_schema_extra=_unit("steps"),
    )


class RimOptions(Options):
    """What happens at the rim of an open mesh."""

    boundary: Boundary = Field(
        default="neumann", description="At the rim: no flux (neumann) or values held (dirichlet)."
    )
    boundary_values: str = Field(
        default="0", max_length=1000, description="The values held at the rim, a formula in x, y, z (dirichlet only)."
    )

    @model_validator(mode="after")
    def _values_need_dirichlet(self) -> Self:
        if self.boundary == "neumann" and self.boundary_values != "0":
            raise ValueError("boundary_values are held only with boundary = dirichlet")
        return self


class PoissonOptions(RimOptions, EquationOptions):
    """−Δu = f. The data (vertex, expression, values_file) is the source f."""


class HeatOptions(RimOptions, EvolutionOptions):
    """u_t = D Δu."""

    diffusivity: float = Field(
        default=1.0, gt=0, description="How fast heat spreads, D.", json_schema_extra=_unit("length²/time")
    )
    scheme: Scheme = Field(
        default="crank-nicolson",
        description="Second order (crank-nicolson), or first order and monotone (backward-euler).",
    )
    smooth_start: bool = Field(
        default=True,
        description="Begin Crank-Nicolson with four backward-Euler half-steps, which damp what would ring.",
    )


class WaveOptions(RimOptions, EvolutionOptions):
    """u_tt = c² Δu."""

    speed: float = Field(
        default=1.0, gt=0, description="Speed of the waves, c.", json_schema_extra=_unit("length/time")
    )
    velocity_expression: str = Field(
        default="0",
        max_length=1000,
        description="Initial velocity u_t, a formula in x, y, z.",
        json_schema_extra=_unit("1/time"),
    )


class AdvectOptions(RimOptions, EvolutionOptions):
    """u_t + w·∇u = ν Δu with a tangential velocity w."""

    diffusivity: float | None = Field(
        default=None,
        ge=0,
        description="How fast u spreads, ν; (mean speed)·R/1000 when not given.",
        json_schema_extra=_unit("length²/time"),
    )
    velocity: Literal["rotation", "stream", "gradient", "file"] = Field(
        default="rotation",
        description="Turning about an axis, along the level lines of a formula, up its slope, or from a file.",
    )
    axis: tuple[float, float, float] = Field(
        default=(0.0, 0.0, 1.0), description="Axis of the rotation, through the centroid."
    )
    angular_speed: float = Field(
        default=1.0, description="Speed of the rotation.", json_schema_extra=_unit("radian/time")
    )
    velocity_expression: str = Field(
        default="",
        max_length=1000,
        description="The formula in x, y, z whose level lines or slope the velocity follows.",
    )
    velocity_file: str = Field(
        default="",
        description="File of velocities, three numbers per face or per vertex; their normal part is dropped.",
    )
    divergence_free: bool | None = Field(
        default=None, description="Use the divergence-free part of the velocity; yes for rotation and stream, else no."
    )
    conservative: bool = Field(
        default=False,
        description="Solve u_t + ∇·(u w) = ν Δu instead, which keeps the total of u in a compressing flow.",
    )
    stabilize: bool = Field(
        default=True, description="Add streamline-upwind terms on faces whose Péclet number exceeds 2."
    )
    scheme: Scheme = Field(
        default="crank-nicolson", description="Second order (crank-nicolson) or first (backward-euler)."
    )
    smooth_start: bool = Field(
        default=True,
        description="Begin Crank-Nicolson with four backward-Euler half-steps, which damp what would ring.",
    )

    @model_validator(mode="after")
    def _velocity_is_given(self) -> Self:
        if (self.velocity in ("stream", "gradient")) != bool(self.velocity_expression):
            raise ValueError("velocity_expression goes with velocity = stream or gradient, and they need it")
        if (self.velocity == "file") != bool(self.velocity_file):
            raise ValueError("velocity_file goes with velocity = file, and file needs it")
        if self.angular_speed == 0:
            raise ValueError("angular_speed is zero and turns nothing")
        if not any(self.axis):
            raise ValueError("axis is zero and points nowhere")
        return self


class AllenCahnOptions(EvolutionOptions):
    """u_t = Δu − (u³ − u)/ε²: two phases −1 and 1 separate, then their borders shrink."""

    epsilon: float | None = Field(
        default=None,
        gt=0,
        description="Width of the border between phases; the larger of 2h and R/20 when not given.",
        json_schema_extra=_unit("length"),
    )
    seed: int = Field(
        default=0, ge=0, le=2**31 - 1, description="Seed of the random start used when no other start is given."
    )


class GrayScottOptions(EvolutionOptions):
    """u_t = Dᵤ Δu − u v² + F (1 − u),  v_t = Dᵥ Δv + u v² − (F + k) v: spots and stripes. Time has no unit here."""

    feed: float = Field(default=0.037, ge=0, le=0.2, description="Rate at which u is fed, F.")
    kill: float = Field(default=0.06, ge=0, le=0.2, description="Rate at which v is removed, k.")
    spacing: float | None = Field(
        default=None,
        gt=0,
        description="Distance between stripes; the larger of 8h and R/4 when not given.",
        json_schema_extra=_unit("length"),
    )
    diffusion_ratio: float = Field(default=2.0, ge=1, le=20, description="How much faster u spreads than v, Dᵤ/Dᵥ.")
    seed: int = Field(
        default=0, ge=0, le=2**31 - 1, description="Seed of the random spots used when no other start is given."
    )


EQUATIONS: dict[str, type[EquationOptions]] = {row.key: row.resolve_options() for row in rows_of("equation")}

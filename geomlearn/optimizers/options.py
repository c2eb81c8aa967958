"""Options of the optimizers; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from geomlearn.core.errors import ParameterError
from geomlearn.core.methods import rows_of
from geomlearn.core.options import Options

Triple = tuple[float, float, float]
Scale = Literal["original", "match_rms_adamw", "none"]
Arithmetic = Literal["auto", "bfloat16", "float32", "float64"]
# Jordan et al. 2024: steepest at zero, and never far above one.
MUON_COEFFICIENTS: Triple = (3.4445, -4.7750, 2.0315)


class MatrixOptions(Options):
    """What every optimizer of this room has: how matrices step, and how AdamW steps everything else."""

    lr: float = Field(default=1e-3, ge=0, description="Learning rate of the matrices.")
    weight_decay: float = Field(default=0.1, ge=0, description="Decoupled decay: a step shrinks weights by lr × this.")
    maximize: bool = Field(default=False, description="Climb instead of descend.")
    foreach: bool | None = Field(
        default=None, description="Step equal shapes in one batch; by default on GPUs, and on CPUs for small matrices."
    )
    fallback: Literal["adamw", "error"] = Field(
        default="adamw", description="Vectors and scalars: stepped by AdamW, or refused at construction."
    )
    fallback_lr: float | None = Field(
        default=None,
        ge=0,
        description="Learning rate of AdamW at the start, scheduled like the matrices'; theirs if absent.",
    )
    fallback_weight_decay: float | None = Field(
        default=None,
        ge=0,
        description="Decay of what AdamW steps; if absent none for vectors, that of matrices for matrices.",
    )
    fallback_betas: tuple[float, float] = Field(
        default=(0.9, 0.999), description="AdamW: decay of the two running means."
    )
    fallback_eps: float = Field(default=1e-8, ge=0, description="AdamW: added to the root of the second mean.")

    @model_validator(mode="after")
    def _check_fallback_betas(self) -> MatrixOptions:
        check_betas("fallback_betas", self.fallback_betas)
        return self


class MomentumOptions(MatrixOptions):
    """Optimizers whose only memory is one running mean of the gradient."""

    momentum: float = Field(default=0.95, ge=0, lt=1, description="Decay of the running mean of the gradient.")
    nesterov: bool = Field(default=True, description="Step along the mean as it would be after one more such gradient.")
    lr_scale: Scale = Field(
        default="match_rms_adamw",
        description="Step by shape: as large as AdamW's (match_rms_adamw), √max(1, rows/columns) (original), or lr.",
    )
    parts: int = Field(
        default=1, ge=1, description="Blocks of rows stepped each by itself: 3 for fused queries, keys and values."
    )
    stacked: bool = Field(
        default=False, description="More than two dimensions mean a stack of matrices (experts), not a convolution."
    )


class MuonOptions(MomentumOptions):
    """Muon: the polar factor of the momentum."""

    ns_steps: int = Field(
        default=5, ge=1, le=99, description="Newton–Schulz steps.", json_schema_extra={"unit": "steps"}
    )
    ns_coefficients: Triple = Field(
        default=MUON_COEFFICIENTS, description="a, b, c of the odd polynomial aσ + bσ³ + cσ⁵."
    )
    ns_dtype: Arithmetic = Field(
        default="auto",
        description="Arithmetic of the iteration; auto: bfloat16 where the hardware has it, else float32.",
    )
    eps: float = Field(default=1e-7, ge=0, description="Smallest Frobenius norm divided by.")


class AuONOptions(MomentumOptions):
    """AuON: the momentum over its norm and the root mean square of its hyperbolic cosines."""

    variant: Literal["normalized", "brake"] = Field(
        default="normalized",
        description="normalized: as first published; brake: the raw momentum over the scalar alone.",
    )
    gamma: float = Field(
        default=1.0, ge=0, le=20, description="Sharpness of the hyperbolic cosine; published 1 and 1.5."
    )
    gamma_unit: Literal["frobenius", "rms"] = Field(
        default="frobenius",
        description="Entries are measured against the matrix's norm (published) or typical entry (ours).",
    )
    ns_steps: int = Field(
        default=0,
        ge=0,
        le=99,
        description="Newton–Schulz steps before the scalar.",
        json_schema_extra={"unit": "steps"},
    )
    ns_coefficients: Triple = Field(
        default=MUON_COEFFICIENTS, description="a, b, c of the odd polynomial aσ + bσ³ + cσ⁵."
    )
    ns_dtype: Arithmetic = Field(default="auto", description="Arithmetic of the Newton–Schulz steps, as in Muon.")


class HybridAuONOptions(AuONOptions):
    """AuON behind Newton–Schulz steps."""

    variant: Literal["normalized", "brake"] = Field(
        default="brake",
        description="brake: the released pair, with five steps and γ = 1.5; normalized: published with one.",
    )
    gamma: float = Field(
        default=1.5, ge=0, le=20, description="Sharpness of the hyperbolic cosine; published 1 and 1.5."
    )
    ns_steps: int = Field(
        default=5,
        ge=1,
        le=99,
        description="Newton–Schulz steps before the scalar.",
        json_schema_extra={"unit": "steps"},
    )


class ROOTOptions(MomentumOptions):
    """ROOT: outliers clipped off the momentum, then a polar factor with coefficients made for its shape."""

    ns_steps: int = Field(
        default=5, ge=1, le=99, description="Newton–Schulz steps.", json_schema_extra={"unit": "steps"}
    )
    clip_quantile: float | None = Field(
        default=0.9,
        gt=0,
        le=1,
        description="Entries beyond this quantile of |momentum| are clipped to it; none to keep all.",
    )
    threshold: float | None = Field(default=None, gt=0, description="A fixed threshold instead of the quantile.")
    coefficients: Literal["table", "auto", "muon"] | dict[str, Triple] = Field(
        default="table",
        description="By shape: the table, fitted first where it has none (auto), Muon's, or {'64x128': (a, b, c)}.",
    )
    ns_dtype: Arithmetic = Field(default="auto", description="Arithmetic of the iteration, as in Muon.")
    eps: float = Field(default=1e-7, ge=0, description="Smallest Frobenius norm divided by.")

    @model_validator(mode="after")
    def _check_thresholds(self) -> ROOTOptions:
        if self.threshold is not None and self.clip_quantile is not None:
            raise ValueError("threshold and clip_quantile both say where to clip; set clip_quantile to none")
        return self


class DCTAdamWOptions(MatrixOptions):
    """DCT-AdamW: Adam's moments kept for the few cosine modes that hold most of the gradient."""

    weight_decay: float = Field(default=0.01, ge=0, description="Decoupled decay: a step shrinks weights by lr × this.")
    rank: int = Field(default=64, ge=1, description="Modes kept per matrix; from the smaller side on, plain AdamW.")
    betas: tuple[float, float] = Field(default=(0.9, 0.999), description="Decay of the two running means.")
    eps: float = Field(default=1e-8, ge=0, description="Added to the root of the second mean.")
    update_gap: int = Field(
        default=1, ge=1, description="Steps between choices of modes.", json_schema_extra={"unit": "steps"}
    )
    score_p: Literal[1, 2] = Field(
        default=2, description="Modes are ranked by the ℓ2 norm of their coefficients (optimal), or ℓ1 as published."
    )
    scores: Literal["exact", "sketch"] = Field(
        default="exact",
        description="Modes are ranked by all rows of the gradient, or by 64 sums of rows with random signs.",
    )
    basis: Literal["dct2", "dct3", "hadamard", "random"] = Field(
        default="dct2", description="The orthogonal matrix of modes."
    )
    transform: Literal["auto", "matmul", "fft"] = Field(
        default="auto", description="Coefficients by a matrix product or by a fast transform; auto takes the faster."
    )
    product_dtype: Arithmetic = Field(
        default="auto", description="Arithmetic of the products with modes, as Muon's ns_dtype."
    )
    rotate: bool = Field(
        default=True, description="Carry the moments of modes that stay; otherwise columns keep stale ones."
    )
    state_reset: Literal["zero", "per-column-step"] = Field(
        default="zero",
        description="New modes start from zero (published), or also with a bias correction of their own.",
    )
    residual: Literal["drop", "signsgd", "error-feedback"] = Field(
        default="drop",
        description="What the modes miss: forgotten, stepped by its sign, or added to the next gradient.",
    )
    max_dim: int = Field(
        default=32_000, ge=1, description="Matrices with a side this long or longer step by plain AdamW."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the random basis.")

    @model_validator(mode="after")
    def _check(self) -> DCTAdamWOptions:
        check_betas("betas", self.betas)
        if self.basis in ("hadamard", "random", "dct3") and self.transform == "fft":
            raise ValueError(f"the basis {self.basis} has no fast transform; use matmul")
        return self


class GradientNormalizedOptions(Options):
    """Gradient-normalized Newton: trust radius γ found by doubling and halving."""

    gamma0: float = Field(default=1.0, gt=0, description="First trust radius.")
    gamma_min: float = Field(default=1e-14, gt=0, description="A trust radius below this ends the search as stalled.")
    max_iter: int = Field(default=200, ge=1, description="Most iterations.", json_schema_extra={"unit": "steps"})
    max_trials: int = Field(default=60, ge=1, le=1000, description="Most trial steps per iteration.")
    tol: float = Field(default=1e-8, ge=0, description="Stop once the dual norm of the gradient is below this.")
    solver: Literal["cholesky", "cg", "rank1"] = Field(
        default="cholesky", description="How the regularized Newton system is solved."
    )
    cg_tol: float = Field(
        default=0.1, gt=0, lt=1, description="CG: largest relative residual; min with the gradient's norm."
    )
    cg_max_iter: int = Field(
        default=500, ge=1, description="CG: most products per solve.", json_schema_extra={"unit": "steps"}
    )


class GradientNormalizedNewtonOptions(GradientNormalizedOptions):
    """Gradient-normalized Newton in training: whole batches, curvature by Hessian products."""

    hessian: Literal["exact", "fisher", "zero"] = Field(
        default="exact",
        description="Curvature: exact, of the gradients per sample, or none (normalized gradient descent).",
    )
    solver: Literal["cholesky", "cg"] = Field(default="cg", description="How the regularized Newton system is solved.")


# In training, gns is an optimizer of torch with options of its own beside those of the row.
OPTIMIZERS: dict[str, type[MatrixOptions | GradientNormalizedNewtonOptions]] = {
    **{row.key: row.resolve_options() for row in rows_of("optimizer")},
    "gns": GradientNormalizedNewtonOptions,
}


def parse_options(key: str, text: str) -> dict[str, Any]:
    """The hyper-parameters in "rank=32, residual=signsgd" for the optimizer of this key, checked.

    Raises
    ------
    ParameterError   a part is not NAME=VALUE, or the optimizer refuses it.
    """
    values: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not equals:
            raise ParameterError(f"{part!r} is no option of {key}.", "Write NAME=VALUE, as in rank=32.")
        values[name.replace("-", "_")] = None if value == "none" else value
    options = OPTIMIZERS[key](**values)
    return {name: getattr(options, name) for name in values}


def check_betas(name: str, betas: tuple[float, float]) -> None:
    """Refuse decay rates outside [0, 1)."""
    if not all(0 <= beta < 1 for beta in betas):
        raise ValueError(f"{name} = {betas} must lie in [0, 1)")

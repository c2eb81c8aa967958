"""AuON: momentum in a unit ball at linear cost, with Newton–Schulz steps in front for its hybrid."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from geomlearn.optimizers.momentum import MomentumOptimizer
from geomlearn.optimizers.newton_schulz import arithmetic, newton_schulz, step_scale
from geomlearn.optimizers.options import AuONOptions, HybridAuONOptions

_NORM_EPS, _BRAKE_EPS = 1e-7, 1e-8
# cosh(20) squared still fits single precision with room for the sum.
_LARGEST_ARGUMENT = 20.0


class AuON(MomentumOptimizer):
    """Momentum over its Frobenius norm and over the root mean square of cosh of its entries.

    M ← μM + (1−μ)g,  G = (1−μ)g + μM,  X = G/‖G‖,  R = √mean cosh²(γX)          (equation 1)
    normalized:  W ← (1 − lr·wd)·W − lr·s·X/R        brake:  W ← (1 − lr·wd)·W − lr·s·G/R

    R is one number between √(1 + γ²/N) and √(1 + sinh²γ/N) for N entries: 1 up to some 1e-4 for real layers. The
    direction, singular vectors and condition of the momentum stay as they are, so `normalized` is momentum-normalized
    SGD and `brake` is SGD with Nesterov momentum, each up to that factor. Compare with them before crediting R.

    Units    lr: Frobenius norm of a step is lr·s with "original" (s = √max(1, m/n)) or "none" for `normalized`;
             its root mean square is 0.2·lr with "match_rms_adamw" (s = 0.2·√(mn)). `brake` inherits the gradient's.
    Rates    the published 0.08 ("original", decay 0.01, AdamW 0.008 beside it) is 0.08·√max(1, m/n)/(0.2·√(mn)) here,
             7.8e-4 for 512×512; 0.08 itself does not learn. With "original" give `fallback_lr`, or vectors take 0.08.
    Use when    products of weight matrices with themselves are too dear, and normalized momentum is wanted.
    Avoid when  the gain of Muon is wanted: singular values are not evened out.
    Source   Maity 2025, arXiv 2509.24320 (v1: `normalized`; its repository since 2026: `brake`, γ = 1.5).
    Differs  1. The hybrid's printed R lacks a root; the root is used everywhere. 2. `lr_scale` beside the published
             √max(1, m/n), which is "original". 3. `gamma_unit="rms"` (ours) measures entries by their typical size, so
             that heavy tails do brake. 4. Convolutions as (out, −1). 5. No step at all where the momentum is zero.
    """

    options_model: ClassVar[type[AuONOptions]] = AuONOptions

    def direction(self, mean: Tensor, group: dict[str, Any]) -> Tensor:
        """The braked step of each matrix in G (…, m, n)."""
        polar = None
        if group["ns_steps"]:
            dtype = arithmetic(mean, group["ns_dtype"])
            polar = newton_schulz(mean, group["ns_steps"], group["ns_coefficients"], dtype=dtype).to(mean.dtype)
        return braked(mean, polar, group["variant"], group["gamma"], group["gamma_unit"])

    def scale(self, rows: int, columns: int, group: dict[str, Any]) -> float:
        """Step length by shape; a normalized step has norm 1 where a polar factor has √min(m, n)."""
        if group["lr_scale"] == "match_rms_adamw" and not group["ns_steps"]:
            return 0.2 * math.sqrt(rows * columns) if group["variant"] == "normalized" else 1.0
        return step_scale(rows, columns, group["lr_scale"])


class HybridAuON(AuON):
    """AuON behind Newton–Schulz steps: O = polar(G) takes the place of the normalized momentum.

    brake:       step along O/R(O/‖O‖), as in its repository with five steps and γ = 1.5: the default
    normalized:  step along O/R(O), as first published with one Newton–Schulz step and γ = 1

    With five steps it is Muon up to the factor R − 1 ≈ 3e-5; with one, the condition number hardly changes.

    Use when    a step between normalized momentum (no steps) and Muon (five) is wanted.
    Avoid when  Muon itself is affordable: R adds nothing to it.
    Source   Maity 2025, arXiv 2509.24320.
    Differs  As `AuON`; Newton–Schulz sees convolutions as (out, −1), its repository iterates on 3×3 kernels.
    """

    options_model: ClassVar[type[HybridAuONOptions]] = HybridAuONOptions


def braked(
    mean: Tensor,
    polar: Tensor | None,
    variant: Literal["normalized", "brake"],
    gamma: float,
    gamma_unit: Literal["frobenius", "rms"] = "frobenius",
) -> Tensor:
    """Divide G (…, m, n), or its approximate polar factor, as the variant says, by R of equation 1."""
    unit = mean / (_norm(mean) + _NORM_EPS)
    if polar is None:
        numerator, measured = (unit, unit) if variant == "normalized" else (mean, unit)
    else:
        numerator = polar
        measured = polar if variant == "normalized" else polar / (_norm(polar) + _NORM_EPS)
    return numerator / (brake(measured, gamma, gamma_unit) + _BRAKE_EPS)


def brake(entries: Tensor, gamma: float, gamma_unit: Literal["frobenius", "rms"] = "frobenius") -> Tensor:
    """R = √mean cosh²(γ|X|) of each matrix X (…, m, n), shape (…, 1, 1): equation 1.

    With "rms", γ is multiplied by √N: entries of a matrix of unit norm are then measured by their typical size, and
    Gaussian ones give √(½(1 + e^{2γ²})).
    """
    if gamma_unit == "rms":
        gamma = gamma * math.sqrt(entries.shape[-2] * entries.shape[-1])
    argument = gamma * (entries.abs() if entries.is_complex() else entries)
    if gamma_unit == "rms":
        argument.clamp_(-_LARGEST_ARGUMENT, _LARGEST_ARGUMENT)
    # cosh² = 1 + sinh² keeps R − 1 where it is far below the precision of 1.
    return (1 + argument.sinh_().square_().mean(dim=(-2, -1), keepdim=True)).sqrt()


def _norm(matrices: Tensor) -> Tensor:
    return torch.linalg.vector_norm(matrices, dim=(-2, -1), keepdim=True)

"""ROOT: Muon made robust, by clipping outliers of the momentum and by coefficients made for each shape."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from geomlearn.optimizers.calibration import coefficients_for, fitted_for, parsed, whose_coefficients
from geomlearn.optimizers.momentum import MomentumOptimizer, pieces
from geomlearn.optimizers.newton_schulz import arithmetic, newton_schulz
from geomlearn.optimizers.options import ROOTOptions


class ROOT(MomentumOptimizer):
    """Orthogonalized momentum whose few largest entries are clipped first.

    M ← μM + (1−μ)g,  G = (1−μ)g + μM,  ε = q-quantile of |G_ij|,
    O = sign(G)·max(|G| − ε, 0),  B = G − O (outliers go, clamp(G, −ε, ε) stays),
    X = polar(B) by Newton–Schulz with (a, b, c) for the shape,  W ← (1 − lr·wd)·W − lr·s·X.

    Units    lr as for `Muon`; `threshold` in the gradient's.
    Use when    gradients have heavy tails, or layers are elongated and the polar factor should be accurate.
    Avoid when  gradients are clean: clipping at the published q = 0.9 alone turns the polar factor (cosine to the
                unclipped one about 0.86 for a low-rank signal); 0.99 or `clip_quantile=None` costs less.
    Source   He et al. 2025, arXiv 2511.20626, and its released example (Nesterov momentum, decay, step scale).
    Differs  1. Coefficients are fitted to recorded momenta and Gaussian spectra with a ceiling of 1.3 on what the
             polynomial makes of any singular value; the published ones reach 3.3. 2. Shapes the table lacks take a near
             one's, or Muon's; "auto" fits them when the optimizer is made, some seconds each.
             3. Running means instead of sums, which changes nothing for a quantile. 4. No 1e-9 on ε.
    """

    options_model: ClassVar[type[ROOTOptions]] = ROOTOptions

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; see the base. Names of shapes among its coefficients are checked here."""
        coefficients = param_group.get("coefficients", self.defaults["coefficients"])
        for key in coefficients if isinstance(coefficients, dict) else ():
            parsed(key)
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        if group["coefficients"] == "auto" and group["kind"] != "adamw":
            shapes = {_sides(pieces(param, group)) for param in group["params"] if self.takes(param, group)}
            group["coefficients"] = fitted_for(shapes, group["ns_steps"])

    def note_on(self, param: Tensor, group: dict[str, Any]) -> str:
        """Whose coefficients the iteration takes for this shape."""
        rows, columns = pieces(param, group).shape[-2:]
        return whose_coefficients((rows, columns), group["coefficients"], group["ns_steps"])

    def direction(self, mean: Tensor, group: dict[str, Any]) -> Tensor:
        """The polar factor of what clipping leaves of each matrix in G (…, m, n)."""
        steps = group["ns_steps"]
        coefficients = coefficients_for(_sides(mean), group["coefficients"], steps)
        kept = robust_part(mean, group["clip_quantile"], group["threshold"])
        dtype = arithmetic(mean, group["ns_dtype"])
        return newton_schulz(kept, steps, coefficients, eps=group["eps"], dtype=dtype)


def robust_part(matrices: Tensor, clip_quantile: float | None = 0.9, threshold: float | None = None) -> Tensor:
    """B = G − T_ε(G): each matrix G (…, m, n) with its entries clipped to size ε.

    ε is `threshold`, or the `clip_quantile` quantile of the sizes; with neither, B = G.
    """
    limit: Tensor | float
    if threshold is not None:
        limit = threshold
    elif clip_quantile is not None:
        limit = entry_quantile(matrices, clip_quantile)
    else:
        return matrices
    if matrices.is_complex():
        size = matrices.abs()
        return matrices * (limit / size.clamp(min=torch.finfo(size.dtype).tiny)).clamp(max=1)
    if isinstance(limit, Tensor):
        return torch.minimum(torch.maximum(matrices, -limit), limit)
    return matrices.clamp(-limit, limit)


def _sides(matrices: Tensor) -> tuple[int, int]:
    return matrices.shape[-2], matrices.shape[-1]


def soft_threshold(matrices: Tensor, limit: Tensor | float) -> Tensor:
    """T_ε(G) = sign(G)·max(|G| − ε, 0): the outliers, and the proximal map of ε‖·‖₁."""
    size = matrices.abs()
    return matrices.sgn() * (size - limit).clamp(min=0)


def entry_quantile(matrices: Tensor, q: float) -> Tensor:
    """The q-quantile of the sizes of the entries of each matrix (…, m, n), shape (…, 1, 1), interpolated linearly.

    As `torch.quantile`, by selection instead of sorting and without its limit of 2²⁴ entries.
    """
    sizes = matrices.abs().flatten(-2)
    last = sizes.shape[-1] - 1
    rank = math.floor(q * last)
    if sizes.is_cuda or torch.compiler.is_compiling():
        places = (rank, min(rank + 1, last))
        lower, upper = (sizes.kthvalue(place + 1, dim=-1, keepdim=True).values for place in places)
    else:
        # Selecting one place is tens of times faster in numpy; the next in order is the least of those behind it.
        ordered = torch.from_numpy(np.partition(sizes.numpy(), rank, axis=-1))
        lower = ordered[..., rank, None]
        upper = ordered[..., rank + 1 :].amin(-1, keepdim=True) if rank < last else lower
    return torch.lerp(lower, upper, q * last - rank)[..., None]

"""Muon: step along the polar factor of the momentum."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from geomlearn.optimizers.momentum import MomentumOptimizer
from geomlearn.optimizers.newton_schulz import arithmetic, newton_schulz
from geomlearn.optimizers.options import MuonOptions


class Muon(MomentumOptimizer):
    """Orthogonalized momentum: every direction of a weight matrix moves equally far.

    M ← μM + (1−μ)g,  G = (1−μ)g + μM,  X = polar(G) by five Newton–Schulz steps,
    W ← (1 − lr·wd)·W − lr·s·X with s from the shape (`lr_scale`).

    Units    lr: root-mean-square change of an entry per step is 0.2·lr with "match_rms_adamw", as AdamW's; with
             "original", lr is the change of the spectral norm for wide matrices.
    Rates    the published 0.02 ("original") is 0.02·√max(1, m/n)/(0.2·√max(m, n)) here, 0.0044 for 512×512.
    Use when    hidden matrices and convolutions dominate the model.
    Avoid when  parameters are embeddings, output heads, norms or biases (group them with `kind="adamw"`), or matrices
                so large that five products with themselves cost more than the model's own step.
    Source   Jordan et al. 2024; Liu et al. 2025, arXiv 2502.16982 (`match_rms_adamw`); `torch.optim.Muon`.
    Differs  from torch.optim.Muon: 1. convolutions step as (out, −1). 2. Vectors step by AdamW in the same object.
             3. float32 on CPUs without bfloat16 products. 4. Equal shapes step in one batch. 5. Complex matrices.
             6. `lr_scale` defaults to match_rms_adamw, so that one lr serves matrices and vectors.
    """

    options_model: ClassVar[type[MuonOptions]] = MuonOptions

    def direction(self, mean: Tensor, group: dict[str, Any]) -> Tensor:
        """polar(G) of each matrix in G (…, m, n)."""
        dtype = arithmetic(mean, group["ns_dtype"])
        return newton_schulz(mean, group["ns_steps"], group["ns_coefficients"], eps=group["eps"], dtype=dtype)

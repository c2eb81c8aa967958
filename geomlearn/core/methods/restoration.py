"""Rows of the method table: restoration with learned priors."""

from __future__ import annotations

from geomlearn.core.methods.method import Method

_LPN = "Fang, Buchanan & Sulam, What's in a Prior? Learned Proximal Networks for Inverse Problems"

ROWS = (
    Method(
        key="lpn",
        title="Learned proximal networks",
        kind="restoration",
        target="geomlearn.restoration.learned_proximal:LearnedProximal",
        options="geomlearn.restoration.options:LpnOptions",
        paper=_LPN,
        year=2023,
        arxiv="2310.14344",
        summary="A denoiser that is exactly the proximal map of a prior, and the prior itself as a number.",
        equation=(
            "f = ∇ψ,  ψ convex;  R(x) = ⟨y, x⟩ − ½‖x‖² − ψ(y)  at  y = f⁻¹(x)",
            "min E[1 − exp(−‖f(x + σε) − x‖²/γ²)],  γ ↓:  f → prox of −σ² log p",
        ),
        use="examples are at hand, and what is restored should be sure to converge or be told how unusual it is.",
        avoid="the least mean squared error is all that counts: a plain network has fewer constraints.",
        needs=("torch",),
        benchmark="restoration lpn",
    ),
    Method(
        key="plug-and-play",
        title="Plug-and-play proximal gradient and ADMM",
        kind="restoration",
        target="geomlearn.restoration.plug_and_play:restore",
        options="geomlearn.restoration.options:RestoreOptions",
        paper=_LPN,
        year=2023,
        arxiv="2310.14344",
        summary="Fields, bodies and images from a part, a blur or a few sensors, with a learned prior.",
        equation=(
            "x ← prox_{ηwR}(x − η Aᵀ(Ax − b)),  0 < η < 1/‖AᵀA‖",
            "x ← argmin ½‖Ax − b‖² + ½ρ‖x − z + u‖²;  u ← u + x − z;  z ← prox_{wR/ρ}(x + u)",
        ),
        use="signals are incomplete or blurred, and others of their kind are at hand.",
        avoid="only noise is to be removed: the proximal map does that in one step.",
        needs=("torch",),
        benchmark="restoration lpn",
    ),
)

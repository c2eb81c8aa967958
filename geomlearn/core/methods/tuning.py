"""Rows of the method table: knobs that are learned."""

from __future__ import annotations

from geomlearn.core.methods.method import Method

ROWS = (
    Method(
        key="maid",
        title="MAID, adaptively inexact descent for bilevel problems",
        kind="tuning",
        target="geomlearn.tuning.maid:solve_bilevel",
        options="geomlearn.tuning.options:MaidOptions",
        paper="Salehi, Mukherjee, Roberts & Ehrhardt, An Adaptively Inexact Method for Bilevel Optimization",
        year=2023,
        arxiv="2308.10098",
        summary="Regularization weights learned from examples by descent that is as exact as each step needs.",
        equation=(
            "min_θ g(x̂(θ)),  x̂(θ) = argmin_x h(x, θ);  z = −Jᵀ H⁻¹ ∇g,  ‖z − ∇f‖ ≤ ω",
            "θ ← θ − α z  once  U⁺(θ − α z) − U⁻(θ) + λ α ‖z‖² ≤ 0",
        ),
        use="some weights or filters are to be learned from examples, and each lower solve costs.",
        avoid="the lower problem is not smooth and strongly convex, or one weight is sought: a grid does.",
        needs=("torch",),
        benchmark="tuning maid",
    ),
    Method(
        key="stn",
        title="Self-tuning networks, STN and Δ-STN",
        kind="tuning",
        target="geomlearn.tuning.self_tuning.trainer:SelfTuning",
        options="geomlearn.tuning.options:SelfTuningOptions",
        paper="MacKay, Vicol, Lorraine, Duvenaud & Grosse, Self-Tuning Networks",
        year=2019,
        arxiv="1903.03088",
        summary="Dropout, noise and weight decay tuned within one training, on validation samples.",
        equation=(
            "Ŵ(λ) = W_e + diag(Vλ) W_h,  b̂(λ) = b_e + (Cλ) ⊙ b_h",
            "φ ← φ − α ∇_φ f(λ + ε, ŵ_φ(λ + ε));  (λ, σ) ← (λ, σ) − α ∇[F(ŵ_φ(λ + ε)) − τ H(ε)]",
        ),
        use="samples are few and several knobs of regularization are unknown.",
        avoid="a knob acts on validation too, as a learning rate does: search it.",
        needs=("torch",),
        benchmark="tuning stn",
    ),
)

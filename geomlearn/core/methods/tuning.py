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
)

"""Rows of the method table: trained operators adapted to new samples, and several adaptations as one."""

from __future__ import annotations

from geomlearn.core.methods.method import Method

_ROOM = "geomlearn.operators.adaptation"

ROWS = (
    Method(
        key="sorsa",
        title="Singular Values and Orthonormal Regularized Singular Vectors Adaptation (SORSA)",
        kind="adaptation",
        target=f"{_ROOM}.sorsa:Sorsa",
        options=f"{_ROOM}.options:SorsaOptions",
        paper="Cao, SORSA: Singular Values and Orthonormal Regularized Singular Vectors Adaptation",
        year=2024,
        arxiv="2409.00055",
        summary="Train the top singular triples of each weight, kept orthonormal by a penalty; the rest is frozen.",
        equation=(
            "W = W_r + U diag(s) Vᵀ, U and V the largest singular vectors of W at the start, W_r frozen.",
            "loss + γ · mean(‖UᵀU − I‖_F, ‖VᵀV − I‖_F)",
        ),
        use="a trained model meets a new regime with few samples, and its singular structure should stay readable.",
        avoid="there are samples enough to train all weights: full fine-tuning errs less.",
        needs=("torch",),
        benchmark="adaptation adapting",
    ),
    Method(
        key="lora",
        title="Low-rank adaptation (LoRA)",
        kind="adaptation",
        target=f"{_ROOM}.lora:Lora",
        options=f"{_ROOM}.options:LowRankOptions",
        paper="Hu et al., LoRA: Low-Rank Adaptation of Large Language Models",
        year=2021,
        arxiv="2106.09685",
        summary="Add a product of two thin matrices to each weight, zero at the start.",
        equation=("W + (α/r) B A, B = 0 at the start.",),
        use="adapters are exchanged with other programs: PEFT reads and writes them.",
        avoid="the model should start from what it knows best: pissa and sorsa change the largest parts first.",
        needs=("torch",),
        benchmark="adaptation adapting",
    ),
    Method(
        key="pissa",
        title="Principal singular values and vectors adaptation (PiSSA)",
        kind="adaptation",
        target=f"{_ROOM}.lora:Pissa",
        options=f"{_ROOM}.options:LowRankOptions",
        paper="Meng, Wang & Zhang, PiSSA: Principal Singular Values and Singular Vectors Adaptation",
        year=2024,
        arxiv="2404.02948",
        summary="LoRA that starts at the largest singular triples of each weight, taken out of the frozen part.",
        equation=("W_r + B A, B = U √σ and A = √σ Vᵀ at the start.",),
        use="few steps must do: it moves faster than LoRA from the start.",
        avoid="the singular vectors are to stay orthonormal: sorsa is the same model with a penalty.",
        needs=("torch",),
        benchmark="adaptation adapting",
    ),
    Method(
        key="dora",
        title="Weight-decomposed low-rank adaptation (DoRA)",
        kind="adaptation",
        target=f"{_ROOM}.lora:Dora",
        options=f"{_ROOM}.options:LowRankOptions",
        paper="Liu et al., DoRA: Weight-Decomposed Low-Rank Adaptation",
        year=2024,
        arxiv="2402.09353",
        summary="LoRA for the directions of the rows of each weight, and their magnitudes beside it.",
        equation=("W' = m (W + B A) / ‖W + B A‖ by rows.",),
        use="outputs change scale in the new regime.",
        avoid="adapters are to be summed: its difference depends on the weight it was trained on in no linear way.",
        needs=("torch",),
        benchmark="adaptation adapting",
    ),
)

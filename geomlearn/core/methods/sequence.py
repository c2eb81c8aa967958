"""Rows of the method table: sequence layers and rollouts."""

from __future__ import annotations

from geomlearn.core.methods.method import Method

ROWS = (
    Method(
        key="ptd",
        title="Perturb, then diagonalize",
        kind="sequence",
        target="geomlearn.operators.sequence.systems.ptd:perturb_then_diagonalize",
        options="geomlearn.operators.sequence.options:PTDOptions",
        paper="Yu et al., Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
        year=2023,
        arxiv="2310.01698",
        summary="Find E for one state size and diagonalize A + E.",
        use=(
            "a diagonal layer should start from HiPPO itself, uniformly over frequencies. Avoid when n ≤ 2: A "
            "diagonalises as it is, and E = 0 is returned."
        ),
        window="Fields",
        benchmark="sequence layers",
    ),
    Method(
        key="s4",
        title="S4 (diagonal plus low rank)",
        kind="sequence",
        target="geomlearn.operators.sequence.layer:SSMLayer",
        options="geomlearn.operators.sequence.options:SSMOptions",
        paper="Gu, Goel & Ré, Efficiently Modeling Long Sequences with Structured State Spaces",
        year=2021,
        arxiv="2111.00396",
        summary="A linear state-space model from (B, L, H) to (B, L, H), with a skip D u for each channel.",
        use=(
            "long sequences are to be mixed along time in O(L log L), trained whole, and run step by step later. "
            "Avoid when what to remember depends on the content: the dynamics do not."
        ),
        needs=("torch",),
        window="Fields",
        benchmark="sequence layers",
    ),
    Method(
        key="s4d",
        title="S4D (LegS, Lin, Inv)",
        kind="sequence",
        target="geomlearn.operators.sequence.layer:SSMLayer",
        options="geomlearn.operators.sequence.options:SSMOptions",
        paper="Gu et al., On the Parameterization and Initialization of Diagonal State Space Models",
        year=2022,
        arxiv="2206.11893",
        summary="A linear state-space model from (B, L, H) to (B, L, H), with a skip D u for each channel.",
        use=(
            "long sequences are to be mixed along time in O(L log L), trained whole, and run step by step later. "
            "Avoid when what to remember depends on the content: the dynamics do not."
        ),
        needs=("torch",),
        window="Fields",
        benchmark="sequence layers",
    ),
    Method(
        key="s5",
        title="S5",
        kind="sequence",
        target="geomlearn.operators.sequence.layer:SSMLayer",
        options="geomlearn.operators.sequence.options:SSMOptions",
        paper="Smith, Warrington & Linderman, Simplified State Space Layers for Sequence Modeling",
        year=2022,
        arxiv="2208.04933",
        summary="A linear state-space model from (B, L, H) to (B, L, H), with a skip D u for each channel.",
        use=(
            "long sequences are to be mixed along time in O(L log L), trained whole, and run step by step later. "
            "Avoid when what to remember depends on the content: the dynamics do not."
        ),
        needs=("torch",),
        window="Fields",
        benchmark="sequence layers",
    ),
    Method(
        key="s4-ptd",
        title="S4-PTD",
        kind="sequence",
        target="geomlearn.operators.sequence.layer:SSMLayer",
        options="geomlearn.operators.sequence.options:SSMOptions",
        paper="Yu et al., Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
        year=2023,
        arxiv="2310.01698",
        summary="A linear state-space model from (B, L, H) to (B, L, H), with a skip D u for each channel.",
        use=(
            "long sequences are to be mixed along time in O(L log L), trained whole, and run step by step later. "
            "Avoid when what to remember depends on the content: the dynamics do not."
        ),
        needs=("torch",),
        window="Fields",
        benchmark="sequence layers",
    ),
    Method(
        key="s5-ptd",
        title="S5-PTD",
        kind="sequence",
        target="geomlearn.operators.sequence.layer:SSMLayer",
        options="geomlearn.operators.sequence.options:SSMOptions",
        paper="Yu et al., Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
        year=2023,
        arxiv="2310.01698",
        summary="A linear state-space model from (B, L, H) to (B, L, H), with a skip D u for each channel.",
        use=(
            "long sequences are to be mixed along time in O(L log L), trained whole, and run step by step later. "
            "Avoid when what to remember depends on the content: the dynamics do not."
        ),
        needs=("torch",),
        window="Fields",
        benchmark="sequence layers",
    ),
    Method(
        key="rollout",
        title="Rollouts of fields on shapes in spectral coefficients",
        kind="sequence",
        target="geomlearn.operators.sequence.rollout.model:RolloutModel",
        options="geomlearn.operators.sequence.rollout.options:RolloutOptions",
        paper="Yu et al., Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
        year=2023,
        arxiv="2310.01698",
        summary="Continues the spectral coefficients (B, T, K) of fields.",
        use=(
            "one forecast is to serve many shapes, or what moves the field is not known or not linear. Avoid when "
            "the equation is linear and known: geomlearn.operators.fields.from_basis has no error in time at all."
        ),
        needs=("torch",),
        window="Fields",
        benchmark="sequence layers",
    ),
    Method(
        key="field-rule",
        title="Closed-form rule of modes, transport and powers",
        kind="sequence",
        target="geomlearn.operators.sequence.rollout.rule:best_rule",
        paper="Brunton, Proctor & Kutz, Discovering Governing Equations from Data",
        year=2016,
        arxiv="1509.03580",
        summary=(
            "Of the rules with one and two delays, with transport and powers or without, the one that rolls best."
        ),
        window="Fields",
        benchmark="sequence layers",
    ),
    Method(
        key="forecast",
        title="One series continued by what its past speaks for",
        kind="sequence",
        target="geomlearn.operators.sequence.forecasting.forecast:forecast_series",
        options="geomlearn.operators.sequence.forecasting.options:ForecastOptions",
        paper="Sashidhar & Kutz, Bagging, Optimized Dynamic Mode Decomposition",
        year=2022,
        arxiv="2107.10878",
        summary="Of standing still, decompositions and a sparse rule, what told the past best continues the series.",
        use=(
            "one trajectory on a mesh, cloud or grid is all there is. Avoid when the equation is known: solve it; or "
            "when many series of its kind are there: train."
        ),
        benchmark="sequence series",
    ),
    Method(
        key="dmd",
        title="Dynamic mode decomposition with delays",
        kind="sequence",
        target="geomlearn.operators.sequence.rollout.propagators:fit_dmd",
        paper="Schmid, Dynamic Mode Decomposition; Arbabi & Mezić, Ergodic Theory, DMD and Koopman Spectra",
        year=2017,
        arxiv="1611.06664",
        summary="Fit one propagator to series of frames (T, k).",
        window="Fields",
        benchmark="sequence layers",
    ),
)

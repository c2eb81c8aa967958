"""Rows of the method table: correspondence."""

from __future__ import annotations

from geomlearn.core.methods.method import Method

ROWS = (
    Method(
        key="functional-map",
        title="Functional map",
        kind="matching",
        target="geomlearn.matching.functional_map:functional_map",
        options="geomlearn.matching.options:FunctionalMapOptions",
        paper="Ovsjanikov et al., Functional Maps; Ren et al., Continuous and Orientation-preserving Correspondence",
        year=2012,
        arxiv="1806.04455",
        summary=(
            "The matrix C that best carries descriptors of A to descriptors of B and commutes with what a map "
            "should keep."
        ),
        equation=(
            "C = argmin ‖C F_a − F_b‖² + w Σ ‖C X_i − Y_i C‖² + w ‖M ∘ C‖²",
            "F = Φ⁺ d, of descriptors d",
        ),
        use="shapes deform into each other nearly isometrically.",
        avoid="the shapes are symmetric and neither landmarks nor orientation tell left from right.",
        window="Match",
        benchmark="matching errors",
    ),
    Method(
        key="zoomout",
        title="ZoomOut, sampled and bijective",
        kind="refinement",
        target="geomlearn.matching.zoomout.zoomout:zoomout",
        options="geomlearn.matching.options:ZoomOutOptions",
        paper="Melzi et al., ZoomOut: Spectral Upsampling for Efficient Shape Correspondence",
        year=2019,
        arxiv="1904.07865",
        summary="Alternate between point maps and functional maps of growing size.",
        equation=(
            "map_ba(i) ← argmin_j ‖(Φ_b C)_i − (Φ_a)_j‖",
            "C ← Φ_b⁺ Φ_a[map_ba],  k ← k + step",
        ),
        use="a coarse functional map is roughly right and the shapes are near-isometric.",
        avoid="parts are missing: low modes of a part and of the whole do not correspond.",
        window="Match",
        benchmark="matching errors",
    ),
    Method(
        key="match",
        title="From two shapes to a correspondence",
        kind="matching",
        target="geomlearn.matching.match:match_shapes",
        options="geomlearn.matching.options:MatchOptions",
        paper="Ren et al., Discrete Optimization for Shape Matching",
        year=2021,
        summary="A first functional map from what looks alike on both shapes, grown until it knows every vertex.",
        equation=(
            "C ← functional map in k_solve modes",
            "C, map ← ZoomOut up to k_end modes",
            "kept: CᵀC nearest to I",
        ),
        use="whole shapes deform into each other with little stretch: poses of a body, animals of a kind.",
        avoid=(
            "they are joined differently (hands glued to hips); where one is a part of the other, use the method "
            "registration."
        ),
        window="Match",
        benchmark="matching errors",
    ),
    Method(
        key="diffumatch",
        title="DiffuMatch",
        kind="matching",
        target="geomlearn.matching.diffumatch.diffumatch:diffumatch",
        options="geomlearn.matching.diffumatch.options:DiffuMatchOptions",
        paper=(
            "Pierson, Li, Dai & Ovsjanikov, Category-Agnostic Spectral Diffusion Priors for Non-rigid Shape Matching"
        ),
        year=2025,
        arxiv="2507.23715",
        summary=(
            "Features trained on this pair alone, with a diffusion prior over |C| in place of the wish for isometry."
        ),
        equation=(
            "min ‖C F_a − F_b‖² + λ ‖M ∘ C‖²,  x = |C| + σ n",
            "M² = E[(x − D(x; σ)) x] / (2 σ² E[x²])",
        ),
        use="shapes are not isometric but of one kind, and their parts look alike from their low modes.",
        avoid="poses differ much or shapes are near-isometric: match by descriptors had the lower error there.",
        needs=("torch",),
        window="Match",
        benchmark="matching priors",
    ),
)

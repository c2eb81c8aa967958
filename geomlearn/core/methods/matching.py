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
        summary="First maps from learned features and from descriptors are judged, and the likeliest is refined.",
        equation=(
            "C ← likeliest first map",
            "C, map ← ZoomOut up to k_end modes",
            "verdict ← P(error ≤ 5 | evidence)",
        ),
        use="whole shapes deform into each other with little stretch: poses of a body, animals of a kind.",
        avoid=(
            "they are joined differently (hands glued to hips); where one is a part of the other, use the method "
            "registration."
        ),
        window="Match",
        benchmark="matching worlds",
    ),
    Method(
        key="learned-features",
        title="Learned features",
        kind="matching",
        target="geomlearn.matching.learned.learned:match_by_features",
        options="geomlearn.matching.learned.options:LearnedMatchOptions",
        paper="Sharp, Attaiki, Crane & Ovsjanikov, DiffusionNet",
        year=2022,
        arxiv="2012.00888",
        summary="A network trained once on free bodies and animals names places on a template at every point.",
        equation=(
            "p(x) = softmax(net(WKS, HKS, coordinates))",
            "map(x) = argmin_y ‖p(x) Ψ − p(y) Ψ‖,  Ψ template modes",
        ),
        use="people or four-legged animals in any pose, scanned or remeshed.",
        avoid="shapes of other kinds: the features say so, and the strategy auto goes on without them.",
        benchmark="matching worlds",
    ),
    Method(
        key="registration",
        title="Registration of a part",
        kind="matching",
        target="geomlearn.matching.registration.match_part:match_part",
        options="geomlearn.matching.registration.options:RegistrationOptions",
        paper="Huang, Adams, Wicke & Guibas, Non-rigid registration under isometric deformations",
        year=2008,
        summary="A part is laid on the whole in space, turned as a rigid body and then bent as rigidly as possible.",
        equation=("min Σ ‖x_i − nearest(x_i)‖² + stiffness Σ ‖(x_i − x_j) − R_i (p_i − p_j)‖²",),
        use="something is missing on one side: cuts, holes, scans from one view.",
        avoid="bodies differ: the part keeps its lengths.",
        window="Match",
        benchmark="matching parts",
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
    Method(
        key="sparse-transport",
        title="Sparsity-constrained optimal transport",
        kind="transport",
        target="geomlearn.matching.sparse_transport:sparse_transport",
        options="geomlearn.matching.sparse_transport.options:SparseTransportOptions",
        paper="Liu, Puigcerver & Blondel, Sparsity-Constrained Optimal Transport",
        year=2022,
        arxiv="2209.15466",
        summary="A soft map in which every target hears from at most k sources, with areas as masses.",
        equation=(
            "min ⟨C, T⟩ + γ/2 ‖T‖²,  T1 = a, Tᵀ1 = b, ‖t_j‖₀ ≤ k",
            "t_j = P_k((α − c_j)/γ; b_j),  max_α ⟨α, a⟩ − Σ Ω*(α − c_j)",
        ),
        use="soft maps with few candidates and their weights are wanted, or tokens shall choose few experts.",
        avoid="marginals must be exact and the plan k-sparse at once: between few and enough k they contradict.",
        benchmark="matching sparse_transport",
    ),
)

"""Rows of the method table: optimizers, regularizers, alignment and initialization."""

from __future__ import annotations

from geomlearn.core.methods.method import Method

ROWS = (
    Method(
        key="muon",
        title="Muon",
        kind="optimizer",
        target="geomlearn.optimizers.muon:Muon",
        options="geomlearn.optimizers.options:MuonOptions",
        paper="Jordan et al., Muon; Liu et al., Muon is Scalable for LLM Training",
        year=2024,
        arxiv="2502.16982",
        summary="Orthogonalized momentum: every direction of a weight matrix moves equally far.",
        equation=(
            "M ← μM + (1−μ)g,  G = (1−μ)g + μM,  X = polar(G) by five Newton–Schulz steps,",
            "W ← (1 − lr·wd)·W − lr·s·X with s from the shape (lr_scale).",
        ),
        use="hidden matrices and convolutions dominate the model.",
        avoid=(
            'parameters are embeddings, output heads, norms or biases (group them with kind="adamw"), or matrices '
            "so large that five products with themselves cost more than the model's own step."
        ),
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="auon",
        title="AuON",
        kind="optimizer",
        target="geomlearn.optimizers.auon:AuON",
        options="geomlearn.optimizers.options:AuONOptions",
        paper="Maity, AuON",
        year=2025,
        arxiv="2509.24320",
        summary="Momentum over its Frobenius norm and over the root mean square of cosh of its entries.",
        equation=(
            "M ← μM + (1−μ)g,  G = (1−μ)g + μM,  X = G/‖G‖,  R = √mean cosh²(γX)",
            "normalized:  W ← (1 − lr·wd)·W − lr·s·X/R        brake:  W ← (1 − lr·wd)·W − lr·s·G/R",
        ),
        use="products of weight matrices with themselves are too dear, and normalized momentum is wanted.",
        avoid="the gain of Muon is wanted: singular values are not evened out.",
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="hybrid-auon",
        title="Hybrid AuON",
        kind="optimizer",
        target="geomlearn.optimizers.auon:HybridAuON",
        options="geomlearn.optimizers.options:HybridAuONOptions",
        paper="Maity, AuON",
        year=2025,
        arxiv="2509.24320",
        summary="AuON behind Newton–Schulz steps: O = polar(G) takes the place of the normalized momentum.",
        equation=("M ← μM + g,  O = polar(M) by Newton–Schulz,  W ← (1 − lr·wd)·W − lr·s·O / R(O / ‖O‖).",),
        use="a step between normalized momentum (no steps) and Muon (five) is wanted.",
        avoid="Muon itself is affordable: R adds nothing to it.",
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="root",
        title="ROOT",
        kind="optimizer",
        target="geomlearn.optimizers.root:ROOT",
        options="geomlearn.optimizers.options:ROOTOptions",
        paper="He et al., ROOT: Robust Orthogonalized Optimizer",
        year=2025,
        arxiv="2511.20626",
        summary="Orthogonalized momentum whose few largest entries are clipped first.",
        equation=(
            "M ← μM + (1−μ)g,  G = (1−μ)g + μM,  ε = q-quantile of |G_ij|,",
            "O = sign(G)·max(|G| − ε, 0),  B = G − O (outliers go, clamp(G, −ε, ε) stays),",
            "X = polar(B) by Newton–Schulz with (a, b, c) for the shape,  W ← (1 − lr·wd)·W − lr·s·X.",
        ),
        use="gradients have heavy tails, or layers are elongated and the polar factor should be accurate.",
        avoid=(
            "gradients are clean: clipping at the published q = 0.9 alone turns the polar factor (cosine to the "
            "unclipped one about 0.86 for a low-rank signal); 0.99 or clip_quantile=None costs less."
        ),
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="dct-adamw",
        title="DCT-AdamW",
        kind="optimizer",
        target="geomlearn.optimizers.low_rank.dct_low_rank:DCTAdamW",
        options="geomlearn.optimizers.options:DCTAdamWOptions",
        paper="Modoranu et al., SVD-Free Low-Rank Adaptive Gradient Optimization",
        year=2025,
        arxiv="2505.17967",
        summary="AdamW whose two running means keep, for each matrix, rank columns of its cosine transform.",
        equation=(
            "With G the gradient (m, n), m ≥ n (else transposed), Q the cosine basis of size n, E = 0 or the error:",
            "A ← G + E;  S = A Q;  every update_gap steps I ← the rank columns of S with the largest norm;  a = S_I",
            'E ← A − a Q_Iᵀ  (residual = "error-feedback")',
            "m ← β₁m + (1−β₁)a,  v ← β₂v + (1−β₂)a²,  u = m̂ / (√v̂ + ε)",
            'W ← (1 − lr·wd)·W − lr·u Q_Iᵀ    [− lr·sign(A − a Q_Iᵀ) for residual = "signsgd"]',
        ),
        use=(
            "optimizer memory binds, and the shorter side of the matrices has a meaningful order (frequencies, "
            "mesh-ordered features), so that cosines of it hold the gradient."
        ),
        avoid=(
            "full AdamW fits: low rank costs accuracy, also in the paper (perplexity 13.7 beside 11.7); or "
            "columns are unordered, where cosines hold no more than random modes do."
        ),
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="gns",
        title="Gradient-normalized smoothness",
        kind="optimizer",
        target="geomlearn.optimizers.newton.gradient_normalized:gns_minimize",
        options="geomlearn.optimizers.options:GradientNormalizedOptions",
        paper="Semenov, Jaggi & Doikov, Gradient-Normalized Smoothness",
        year=2025,
        arxiv="2506.13710",
        summary="Newton's method with a trust radius that finds itself.",
        equation=(
            "x⁺ = x − (H + ‖g‖/γ)⁻¹ g, so that ‖x⁺ − x‖ ≤ γ.",
            "Accepted if f(x) − f(x⁺) ≥ γ/8 · ‖g⁺‖²/‖g‖: γ doubles; else γ halves and x stays.",
        ),
        use=(
            "a few thousand parameters at most are fitted to a whole batch: heads, registrations, small residual "
            'problems; solver="cg" for more.'
        ),
        avoid="batches are drawn at random: two looks at one point must agree (a warning says when they do not).",
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="orth-conv",
        title="Orthogonal convolutions",
        kind="regularizer",
        target="geomlearn.regularizers.orthogonal_conv:orthogonal_conv",
        options="geomlearn.regularizers.options:OrthogonalConvOptions",
        paper="Achour, Malgouyres & Mamalet, Existence, Stability and Scalability of Orthogonal CNNs",
        year=2022,
        arxiv="2108.05623",
        summary=(
            "L_orth(K): zero exactly when the layer's matrix has orthonormal rows, or columns, at every input size."
        ),
        equation=(
            "With P = ⌊(k−1)/S⌋·S and Z = conv(K, K; padding P, stride S),",
            "L_orth = ‖Z − I_r0‖²_F − max(0, M − C·S^d)",
            "‖residual of the layer's matrix‖²_F = N^d · L_orth",
        ),
        use="layers should neither stretch nor shrink signals or gradients: Lipschitz bounds, deep plain stacks.",
        avoid=(
            "the kernel is square (M = C·S^d): most starts stall near 0.1 with few singular values at 0; or "
            "padding is reflective, under which the layer expands all the same."
        ),
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="lambda-orth",
        title="λ-orthogonality",
        kind="regularizer",
        target="geomlearn.regularizers.lambda_orthogonality:lambda_orthogonality",
        options="geomlearn.regularizers.options:LambdaOrthogonalityOptions",
        paper="Ricci et al., λ-Orthogonality Regularization for Compatible Representation Learning",
        year=2025,
        arxiv="2509.16664",
        summary="A penalty that sets in once a matrix is farther than λ from orthogonal.",
        equation=("L_λ = σ(α(r − λ))·r,  r = ‖W Wᵀ − I‖_F,  σ the logistic function.",),
        use="a map should adapt but keep the geometry of what it maps: feature spaces, functional maps.",
        avoid="the map must be orthogonal (parametrize it), or W starts far from orthogonal: r is O(√m) there.",
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="align",
        title="Alignment of model versions",
        kind="alignment",
        target="geomlearn.regularizers.alignment:align_features",
        options="geomlearn.regularizers.options:AlignmentOptions",
        paper="Ricci et al., λ-Orthogonality Regularization for Compatible Representation Learning",
        year=2025,
        arxiv="2509.16664",
        summary="Learn the maps between the feature spaces of two models from features of the same items.",
        equation=(
            "minimise w₁‖F(old) − B(new)‖² + w₂‖B(new) − old‖² + w₃ L_C + L_λ(W) over the maps F and B,",
            "L_C = contrastive(F(old), B(new)) + contrastive(F(old), old).",
        ),
        use="a new model is better, and an index of old features should stay searchable without recomputing it.",
        avoid="the new model is worse, or the maps need only be orthogonal: procrustes is exact and immediate.",
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
    Method(
        key="critical",
        title="Critical initialization",
        kind="initialization",
        target="geomlearn.initialization.critical:init_critical",
        options="geomlearn.initialization.options:CriticalOptions",
        paper="Roberts, Yaida & Hanin, The Principles of Deep Learning Theory",
        year=2021,
        arxiv="2106.10165",
        summary=(
            "Draw weights N(0, C_W/fan_in) and biases N(0, C_b) for every dense and convolutional layer, in place."
        ),
        equation=(
            "W ~ N(0, C_W / fan-in), b ~ N(0, C_b), so that K* = C_b + C_W ⟨σ²⟩ stays and",
            "χ∥ = C_W ⟨zσσ'⟩/K* = 1,  χ⊥ = C_W ⟨σ'²⟩ = 1: neither signals nor gradients grow or die.",
        ),
        use="a deep network has no normalization layers.",
        avoid="every layer is normalized, or Adam trains a shallow one: they hide the difference.",
        needs=("torch",),
        window="Learn",
        benchmark="optimizers compare",
    ),
)

"""Rows of the method table: Laplacians, eigenbases, descriptors and distances."""

from __future__ import annotations

from geomlearn.core.methods.method import Method

ROWS = (
    Method(
        key="laplacian",
        title="Cotan, tufted and point-cloud Laplacians",
        kind="laplacian",
        target="geomlearn.spectral.laplacian:build_laplacian",
        paper="Sharp & Crane, A Laplacian for Nonmanifold Triangle Meshes",
        year=2020,
        summary="Assemble stiffness and lumped mass.",
        window="Spectrum",
        benchmark="spectral eigenbasis",
    ),
    Method(
        key="block-lanczos",
        title="Shift-invert block Lanczos",
        kind="eigenbasis",
        target="geomlearn.spectral.eigenbasis:eigenbasis",
        options="geomlearn.spectral.options:EigenbasisOptions",
        paper="Grimes, Lewis & Simon, A Shifted Block Lanczos Algorithm",
        year=1994,
        summary="The k smallest eigenpairs of L φ = λ M φ.",
        use=(
            "any method needs functions on a shape. Avoid when k is more than a tenth of the vertices: the upper "
            "modes then belong to the mesh, not to the shape."
        ),
        window="Spectrum",
        benchmark="spectral eigenbasis",
    ),
    Method(
        key="self-tuned-laplacian",
        title="Self-tuned Laplacian of bare points",
        kind="laplacian",
        target="geomlearn.spectral.learned_eigenbasis.self_tuned:self_tuned_laplacian",
        paper="Zelnik-Manor & Perona, Self-Tuning Spectral Clustering; Berry & Harlim, Variable Bandwidth Diffusion",
        year=2004,
        arxiv="1406.5064",
        summary="Assemble the self-tuned Laplacian.",
        use="points are all there is, in any d, however unevenly they were sampled.",
        avoid="a surface has faces, or is a cloud in space: build_laplacian is more exact there.",
        window="Spectrum",
        benchmark="spectral learned_eigenbasis",
    ),
    Method(
        key="learned-eigenbasis",
        title="Learned eigenbasis, a network for each shape",
        kind="eigenbasis",
        target="geomlearn.spectral.learned_eigenbasis.fit:fit_points",
        options="geomlearn.spectral.learned_eigenbasis.options:FitOptions",
        paper="Velich et al., Learning Eigenstructures of Unstructured Data Manifolds",
        year=2026,
        arxiv="2512.01103",
        summary=(
            "Optimise a network so that prefixes of its columns reconstruct random probes on samplings of the points."
        ),
        use=(
            "the shape is a cloud in any dimension and a function of position is wanted that can be "
            "differentiated, or evaluated on other samplings of it."
        ),
        avoid="only this one surface matters: eigenbasis is faster and exact.",
        needs=("torch",),
        window="Spectrum",
        benchmark="spectral learned_eigenbasis",
    ),
    Method(
        key="amortised-eigenbasis",
        title="Learned eigenbasis, one network for all clouds",
        kind="eigenbasis",
        target="geomlearn.spectral.learned_eigenbasis.amortised.model:EigenbasisModel",
        options="geomlearn.spectral.learned_eigenbasis.options:BasisModelOptions",
        paper="Velich et al., Learning Eigenstructures of Unstructured Data Manifolds",
        year=2026,
        arxiv="2512.01103",
        summary="A trained network with what it was trained on.",
        needs=("torch",),
        window="Spectrum",
        benchmark="spectral learned_eigenbasis",
    ),
    Method(
        key="hks",
        title="Heat kernel signature",
        kind="descriptor",
        target="geomlearn.spectral.descriptors:heat_kernel_signature",
        options="geomlearn.spectral.options:HeatKernelOptions",
        paper="Sun, Ovsjanikov & Guibas, A Concise and Provably Informative Multi-Scale Signature",
        year=2009,
        summary="How much of a unit of heat placed at x is still there after time t, over the shape's average.",
        equation=("HKS(x, t) = Σ exp(−t λ_i) φ_i(x)² / Σ exp(−t λ_i).",),
        use=(
            "a first guess of what corresponds to what, for large features. Avoid alone on symmetric shapes: left "
            "and right have equal signatures."
        ),
        window="Spectrum",
        benchmark="matching errors",
    ),
    Method(
        key="wks",
        title="Wave kernel signature",
        kind="descriptor",
        target="geomlearn.spectral.descriptors:wave_kernel_signature",
        options="geomlearn.spectral.options:WaveKernelOptions",
        paper="Aubry, Schlickewei & Cremers, The Wave Kernel Signature",
        year=2011,
        summary="The probability of finding a quantum particle of about energy exp(e) at x.",
        equation=(
            "WKS(x, e) = Σ exp(−(e − ln λ_i)²/2s²) φ_i(x)² / Σ exp(−(e − ln λ_i)²/2s²), over the modes above zero.",
        ),
        use="the first guess must see small features too; the usual choice for functional maps.",
        window="Spectrum",
        benchmark="matching errors",
    ),
    Method(
        key="heat-distance",
        title="Geodesics in heat",
        kind="geodesic",
        target="geomlearn.spectral.geodesics:HeatGeodesics",
        paper="Crane, Weischedel & Wardetzky, Geodesics in Heat",
        year=2013,
        arxiv="1204.6216",
        summary="Set up once per shape (two factorisations), then every source costs two solves.",
        equation=(
            "Heat flows from the source for a short time t: (M + t L) u = δ. Its gradient points away from the source;",
            "the distance is the function whose gradient is nearest to that direction X = −∇u/|∇u|: L d = −div X.",
        ),
        use=(
            "many sources on one shape; errors of about 1 % at 5 k vertices. Avoid for exact polyhedral "
            "distances, and on coarse meshes."
        ),
        window="Spectrum",
        benchmark="spectral geodesics",
    ),
)

"""The table of methods: literal rows, resolved only when asked."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Method:
    """One row: where a method lives and where it comes from.

    Attributes
    ----------
    key      the word used in the command line, Python, the window and files.
    title    the name its authors use.
    kind     laplacian · eigenbasis · descriptor · geodesic · matching · refinement · score · equation · sequence ·
             optimizer · regularizer · alignment · initialization · operator.
    target   "module:name" of the function that computes it.
    options  "module:name" of its option model, or empty when it has none.
    paper, year, arxiv   the source; arXiv id empty where the paper has none.
    benchmark  the script that measures it.
    """

    key: str
    title: str
    kind: str
    target: str
    options: str
    paper: str
    year: int
    arxiv: str
    benchmark: str

    def resolve(self) -> Any:
        """The function itself; imports its module."""
        return _load(self.target)

    def resolve_options(self) -> Any:
        """The option model, or None; imports its module only."""
        return _load(self.options) if self.options else None


# Two or three lines a row; the formatter would make eleven of them.
# fmt: off
METHODS: tuple[Method, ...] = (
    Method("laplacian", "Cotan, tufted and point-cloud Laplacians", "laplacian",
           "geomlearn.spectral.laplacian:build_laplacian", "",
           "Sharp & Crane, A Laplacian for Nonmanifold Triangle Meshes",
           2020, "", "benchmarks/eigenbasis.py"),
    Method("block-lanczos", "Shift-invert block Lanczos", "eigenbasis",
           "geomlearn.spectral.eigenbasis:eigenbasis", "geomlearn.spectral.options:EigenbasisOptions",
           "Grimes, Lewis & Simon, A Shifted Block Lanczos Algorithm",
           1994, "", "benchmarks/eigenbasis.py"),
    Method("self-tuned-laplacian", "Self-tuned Laplacian of bare points", "laplacian",
           "geomlearn.spectral.learned_eigenbasis.self_tuned:self_tuned_laplacian", "",
           "Zelnik-Manor & Perona, Self-Tuning Spectral Clustering; Berry & Harlim, Variable Bandwidth Diffusion",
           2004, "1406.5064", "benchmarks/learned_eigenbasis.py"),
    Method("learned-eigenbasis", "Learned eigenbasis, a network for each shape", "eigenbasis",
           "geomlearn.spectral.learned_eigenbasis.fit:fit_points",
           "geomlearn.spectral.learned_eigenbasis.options:FitOptions",
           "Velich et al., Learning Eigenstructures of Unstructured Data Manifolds",
           2026, "2512.01103", "benchmarks/learned_eigenbasis.py"),
    Method("amortised-eigenbasis", "Learned eigenbasis, one network for all clouds", "eigenbasis",
           "geomlearn.spectral.learned_eigenbasis.amortised.model:EigenbasisModel",
           "geomlearn.spectral.learned_eigenbasis.options:BasisModelOptions",
           "Velich et al., Learning Eigenstructures of Unstructured Data Manifolds",
           2026, "2512.01103", "benchmarks/learned_eigenbasis.py"),
    Method("hks", "Heat kernel signature", "descriptor",
           "geomlearn.spectral.descriptors:heat_kernel_signature", "geomlearn.spectral.options:HeatKernelOptions",
           "Sun, Ovsjanikov & Guibas, A Concise and Provably Informative Multi-Scale Signature",
           2009, "", "benchmarks/matching.py"),
    Method("wks", "Wave kernel signature", "descriptor",
           "geomlearn.spectral.descriptors:wave_kernel_signature", "geomlearn.spectral.options:WaveKernelOptions",
           "Aubry, Schlickewei & Cremers, The Wave Kernel Signature",
           2011, "", "benchmarks/matching.py"),
    Method("heat-distance", "Geodesics in heat", "geodesic",
           "geomlearn.spectral.geodesics:HeatGeodesics", "",
           "Crane, Weischedel & Wardetzky, Geodesics in Heat",
           2013, "1204.6216", "benchmarks/geodesics.py"),
    Method("functional-map", "Functional map", "matching",
           "geomlearn.matching.functional_map:functional_map", "geomlearn.matching.options:FunctionalMapOptions",
           "Ovsjanikov et al., Functional Maps; Ren et al., Continuous and Orientation-preserving Correspondence",
           2012, "1806.04455", "benchmarks/matching.py"),
    Method("zoomout", "ZoomOut, sampled and bijective", "refinement",
           "geomlearn.matching.zoomout.zoomout:zoomout", "geomlearn.matching.options:ZoomOutOptions",
           "Melzi et al., ZoomOut: Spectral Upsampling for Efficient Shape Correspondence",
           2019, "1904.07865", "benchmarks/matching.py"),
    Method("match", "From two shapes to a correspondence", "matching",
           "geomlearn.matching.match:match_shapes", "geomlearn.matching.options:MatchOptions",
           "Ren et al., Discrete Optimization for Shape Matching",
           2021, "", "benchmarks/matching.py"),
    Method("diffumatch", "DiffuMatch", "matching",
           "geomlearn.matching.diffumatch.diffumatch:diffumatch",
           "geomlearn.matching.diffumatch.options:DiffuMatchOptions",
           "Pierson, Li, Dai & Ovsjanikov, Category-Agnostic Spectral Diffusion Priors for Non-rigid Shape Matching",
           2025, "2507.23715", "benchmarks/priors.py"),
    Method("poisson", "Poisson equation", "equation",
           "operators.fields.equations.poisson:poisson", "operators.fields.options:PoissonOptions",
           "Dziuk, Finite Elements for the Beltrami Operator",
           1988, "", "benchmarks/fields.py"),
    Method("heat", "Heat equation", "equation",
           "operators.fields.equations.heat:heat", "operators.fields.options:HeatOptions",
           "Crank & Nicolson; Rannacher, Finite Element Solution of Diffusion Problems with Irregular Data",
           1984, "", "benchmarks/fields.py"),
    Method("wave", "Wave equation", "equation",
           "operators.fields.equations.wave:wave", "operators.fields.options:WaveOptions",
           "Newmark, A Method of Computation for Structural Dynamics",
           1959, "", "benchmarks/fields.py"),
    Method("advect", "Advection and diffusion", "equation",
           "operators.fields.equations.advect:advect", "operators.fields.options:AdvectOptions",
           "Brooks & Hughes, Streamline Upwind/Petrov–Galerkin Formulations",
           1982, "", "benchmarks/fields.py"),
    Method("allen-cahn", "Allen–Cahn equation", "equation",
           "operators.fields.equations.allen_cahn:allen_cahn", "operators.fields.options:AllenCahnOptions",
           "Shen & Yang, Numerical Approximations of Allen–Cahn and Cahn–Hilliard Equations",
           2010, "", "benchmarks/fields.py"),
    Method("gray-scott", "Gray–Scott reaction and diffusion", "equation",
           "operators.fields.equations.gray_scott:gray_scott", "operators.fields.options:GrayScottOptions",
           "Pearson, Complex Patterns in a Simple System",
           1993, "patt-sol/9304003", "benchmarks/fields.py"),
    Method("ptd", "Perturb, then diagonalize", "sequence",
           "operators.sequence.systems.ptd:perturb_then_diagonalize", "operators.sequence.options:PTDOptions",
           "Yu et al., Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
           2023, "2310.01698", "benchmarks/sequences.py"),
    Method("s4", "S4 (diagonal plus low rank)", "sequence",
           "operators.sequence.layer:SSMLayer", "operators.sequence.options:SSMOptions",
           "Gu, Goel & Ré, Efficiently Modeling Long Sequences with Structured State Spaces",
           2021, "2111.00396", "benchmarks/sequences.py"),
    Method("s4d", "S4D (LegS, Lin, Inv)", "sequence",
           "operators.sequence.layer:SSMLayer", "operators.sequence.options:SSMOptions",
           "Gu et al., On the Parameterization and Initialization of Diagonal State Space Models",
           2022, "2206.11893", "benchmarks/sequences.py"),
    Method("s5", "S5", "sequence",
           "operators.sequence.layer:SSMLayer", "operators.sequence.options:SSMOptions",
           "Smith, Warrington & Linderman, Simplified State Space Layers for Sequence Modeling",
           2022, "2208.04933", "benchmarks/sequences.py"),
    Method("s4-ptd", "S4-PTD", "sequence",
           "operators.sequence.layer:SSMLayer", "operators.sequence.options:SSMOptions",
           "Yu et al., Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
           2023, "2310.01698", "benchmarks/sequences.py"),
    Method("s5-ptd", "S5-PTD", "sequence",
           "operators.sequence.layer:SSMLayer", "operators.sequence.options:SSMOptions",
           "Yu et al., Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
           2023, "2310.01698", "benchmarks/sequences.py"),
    Method("rollout", "Rollouts of fields on shapes in spectral coefficients", "sequence",
           "operators.sequence.rollout.model:RolloutModel", "operators.sequence.rollout.options:RolloutOptions",
           "Yu et al., Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
           2023, "2310.01698", "benchmarks/sequences.py"),
    Method("field-rule", "Closed-form rule of modes, transport and powers", "sequence",
           "operators.sequence.rollout.rule:best_rule", "",
           "Brunton, Proctor & Kutz, Discovering Governing Equations from Data",
           2016, "1509.03580", "benchmarks/sequences.py"),
    Method("dmd", "Dynamic mode decomposition with delays", "sequence",
           "operators.sequence.rollout.propagators:fit_dmd", "",
           "Schmid, Dynamic Mode Decomposition; Arbabi & Mezić, Ergodic Theory, DMD and Koopman Spectra",
           2017, "1611.06664", "benchmarks/sequences.py"),
    Method("muon", "Muon", "optimizer",
           "geomlearn.optimizers.muon:Muon", "geomlearn.optimizers.options:MuonOptions",
           "Jordan et al., Muon; Liu et al., Muon is Scalable for LLM Training",
           2024, "2502.16982", "benchmarks/optimizers.py"),
    Method("auon", "AuON", "optimizer",
           "geomlearn.optimizers.auon:AuON", "geomlearn.optimizers.options:AuONOptions",
           "Maity, AuON",
           2025, "2509.24320", "benchmarks/optimizers.py"),
    Method("hybrid-auon", "Hybrid AuON", "optimizer",
           "geomlearn.optimizers.auon:HybridAuON", "geomlearn.optimizers.options:HybridAuONOptions",
           "Maity, AuON",
           2025, "2509.24320", "benchmarks/optimizers.py"),
    Method("root", "ROOT", "optimizer",
           "geomlearn.optimizers.root:ROOT", "geomlearn.optimizers.options:ROOTOptions",
           "He et al., ROOT: Robust Orthogonalized Optimizer",
           2025, "2511.20626", "benchmarks/optimizers.py"),
    Method("dct-adamw", "DCT-AdamW", "optimizer",
           "geomlearn.optimizers.low_rank.dct_low_rank:DCTAdamW", "geomlearn.optimizers.options:DCTAdamWOptions",
           "Modoranu et al., SVD-Free Low-Rank Adaptive Gradient Optimization",
           2025, "2505.17967", "benchmarks/optimizers.py"),
    Method("gns", "Gradient-normalized smoothness", "optimizer",
           "geomlearn.optimizers.newton.gradient_normalized:gns_minimize",
           "geomlearn.optimizers.options:GradientNormalizedOptions",
           "Semenov, Jaggi & Doikov, Gradient-Normalized Smoothness",
           2025, "2506.13710", "benchmarks/optimizers.py"),
    Method("orth-conv", "Orthogonal convolutions", "regularizer",
           "geomlearn.regularizers.orthogonal_conv:orthogonal_conv",
           "geomlearn.regularizers.options:OrthogonalConvOptions",
           "Achour, Malgouyres & Mamalet, Existence, Stability and Scalability of Orthogonal CNNs",
           2022, "2108.05623", "benchmarks/optimizers.py"),
    Method("lambda-orth", "λ-orthogonality", "regularizer",
           "geomlearn.regularizers.lambda_orthogonality:lambda_orthogonality",
           "geomlearn.regularizers.options:LambdaOrthogonalityOptions",
           "Ricci et al., λ-Orthogonality Regularization for Compatible Representation Learning",
           2025, "2509.16664", "benchmarks/optimizers.py"),
    Method("align", "Alignment of model versions", "alignment",
           "geomlearn.regularizers.alignment:align_features", "geomlearn.regularizers.options:AlignmentOptions",
           "Ricci et al., λ-Orthogonality Regularization for Compatible Representation Learning",
           2025, "2509.16664", "benchmarks/optimizers.py"),
    Method("critical", "Critical initialization", "initialization",
           "geomlearn.initialization.critical:init_critical", "geomlearn.initialization.options:CriticalOptions",
           "Roberts, Yaida & Hanin, The Principles of Deep Learning Theory",
           2021, "2106.10165", "benchmarks/optimizers.py"),
    Method("lsm", "Latent Spectral Model", "operator",
           "operators.latent_spectral.grid_model:LatentSpectral",
           "operators.latent_spectral.options:LatentSpectralOptions",
           "Wu et al., Solving High-Dimensional PDEs with Latent Spectral Models",
           2023, "2301.12664", "benchmarks/operator_learning.py"),
    Method("lsm-points", "Latent Spectral Model on points of the plane", "operator",
           "operators.latent_spectral.irregular_model:LatentSpectralIrregular",
           "operators.latent_spectral.options:LatentSpectralIrregularOptions",
           "Wu et al., Solving High-Dimensional PDEs with Latent Spectral Models",
           2023, "2301.12664", "benchmarks/operator_learning.py"),
    Method("lsm-shapes", "Latent Spectral Model on meshes and clouds", "operator",
           "operators.latent_spectral.shape_model:LatentSpectralShapes",
           "operators.latent_spectral.options:LatentSpectralShapesOptions",
           "Wu et al., Solving High-Dimensional PDEs with Latent Spectral Models; extended here",
           2023, "2301.12664", "benchmarks/operator_learning.py"),
    Method("unet", "U-Net", "operator",
           "operators.baselines.unet:UNet",
           "operators.baselines.options:UNetOptions",
           "Ronneberger, Fischer & Brox, U-Net",
           2015, "1505.04597", "benchmarks/operator_learning.py"),
    Method("fno", "Fourier neural operator", "operator",
           "operators.baselines.fno:FNO",
           "operators.baselines.options:FNOOptions",
           "Li et al., Fourier Neural Operator for Parametric Partial Differential Equations",
           2021, "2010.08895", "benchmarks/operator_learning.py"),
    Method("geo-fno", "Geo-FNO", "operator",
           "operators.baselines.fno:GeoFNO",
           "operators.baselines.options:GeoFNOOptions",
           "Li et al., Fourier Neural Operator with Learned Deformations",
           2022, "2207.05209", "benchmarks/operator_learning.py"),
    Method("transolver", "Transolver", "operator",
           "operators.baselines.transolver:Transolver",
           "operators.baselines.options:TransolverOptions",
           "Wu et al., Transolver: A Fast Transformer Solver for PDEs on General Geometries",
           2024, "2402.02366", "benchmarks/operator_learning.py"),
    Method("laplace-spectral", "Spectral operator on the Laplace–Beltrami basis", "operator",
           "operators.baselines.laplace_spectral:LaplaceSpectral",
           "operators.baselines.options:LaplaceSpectralOptions",
           "Chen et al., Learning Neural Operators on Riemannian Manifolds",
           2023, "2302.08166", "benchmarks/operator_learning.py"),
    Method("deeponet", "DeepONet", "operator",
           "operators.baselines.deeponet:DeepONet",
           "operators.baselines.options:DeepONetOptions",
           "Lu et al., DeepONet",
           2021, "1910.03193", "benchmarks/operator_learning.py"),
)
# fmt: on


def _load(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)

"""Update rules for matrices: Muon, AuON, ROOT, DCT-AdamW, and gradient-normalized Newton for whole batches."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "AuON": "geomlearn.optimizers.auon",
        "DCTAdamW": "geomlearn.optimizers.low_rank.dct_low_rank",
        "GradientNormalizedNewton": "geomlearn.optimizers.newton.closure",
        "HybridAuON": "geomlearn.optimizers.auon",
        "Muon": "geomlearn.optimizers.muon",
        "ROOT": "geomlearn.optimizers.root",
        "gns_minimize": "geomlearn.optimizers.newton.gradient_normalized",
        "matrix_param_groups": "geomlearn.optimizers.parameter_groups",
        "newton_schulz": "geomlearn.optimizers.newton_schulz",
        "optimizer_state_bytes": "geomlearn.optimizers.base",
        "polar_factor": "geomlearn.optimizers.newton_schulz",
    },
)

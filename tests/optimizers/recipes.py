"""The optimizers under the tests they share, each with options under which small problems are solved."""

from geomlearn.optimizers.auon import AuON, HybridAuON
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.root import ROOT

RECIPES = {
    "muon": (Muon, {"lr": 0.1, "weight_decay": 0.0}),
    "auon": (AuON, {"lr": 0.1, "weight_decay": 0.0}),
    "auon-brake": (AuON, {"lr": 0.5, "weight_decay": 0.0, "variant": "brake", "lr_scale": "none", "fallback_lr": 0.1}),
    "hybrid-auon": (HybridAuON, {"lr": 0.1, "weight_decay": 0.0}),
    "dct-adamw": (DCTAdamW, {"lr": 0.1, "weight_decay": 0.0, "rank": 2}),
    "dct-adamw-feedback": (
        DCTAdamW,
        {
            "lr": 0.05,
            "weight_decay": 0.0,
            "rank": 2,
            "residual": "error-feedback",
            "state_reset": "per-column-step",
            "update_gap": 3,
            "scores": "sketch",
        },
    ),
    "root": (ROOT, {"lr": 0.1, "weight_decay": 0.0}),
}

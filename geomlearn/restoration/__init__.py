"""Signals restored with a prior that is learned from examples, and that can be read."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "LearnedProximal": "geomlearn.restoration.learned_proximal",
        "LpnOptions": "geomlearn.restoration.options",
        "LpnTraining": "geomlearn.restoration.options",
        "Prior": "geomlearn.restoration.prior",
        "RestoreOptions": "geomlearn.restoration.options",
        "learn_body_prior": "geomlearn.restoration.learning",
        "learn_field_prior": "geomlearn.restoration.learning",
        "learn_image_prior": "geomlearn.restoration.learning",
        "load_prior": "geomlearn.restoration.prior",
        "restore": "geomlearn.restoration.plug_and_play",
        "restore_blurred": "geomlearn.restoration.signals",
        "restore_bodies": "geomlearn.restoration.signals",
        "restore_part": "geomlearn.restoration.signals",
    },
)

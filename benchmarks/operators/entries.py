"""Who is measured against whom, and how each is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.operators.tasks import MUON, PUBLISHED, TUNED_ADAMW
from geomlearn.operators.models.symmetries import Symmetry
from geomlearn.operators.training.options import TrainingOptions


@dataclass(frozen=True)
class Entry:
    """A line of a table: a model, its options and how it is trained."""

    name: str
    model: str
    options: dict = field(default_factory=dict)
    training: TrainingOptions = PUBLISHED
    epochs: int = 20
    symmetry: Symmetry = "none"

    def as_json(self) -> dict:
        """What makes a training of this entry another than one of a changed entry."""
        training = self.training.model_dump(mode="json", exclude_defaults=True)
        return {"model": self.model, "options": self.options, "training": training, "symmetry": self.symmetry}


_LSM = {"width": 24, "scales": 3, "patch": [8, 8]}
_OURS = {"frequencies": "integer", "start": "identity"}
_UNET = {"width": 24, "scales": 3}
_FNO = {"width": 32, "modes": 8, "padding": 3}
_THEIR_FNO = {"n_modes": [16, 16], "hidden_channels": 32, "n_layers": 4}
_TRANSOLVER = {"width": 32, "layers": 2, "slices": 32}
_PATCH_11 = {"width": 24, "scales": 3, "patch": [11, 11]}
_SHAPES = {"width": 32, "scales": 3}

_SPECTRAL = {"width": 32, "modes": 64}
_SLOWER = TUNED_ADAMW.replace(learning_rate=4e-3)

# Beside equal epochs, rows marked "equal time" get the epochs that fit into the processor seconds of the first row.
ENTRIES: dict[str, list[Entry]] = {
    "heat": [
        Entry("LSM on shapes, ours", "lsm-shapes", {**_SHAPES, **_OURS}, MUON, 30),
        Entry("LSM on shapes, published block, same recipe", "lsm-shapes", _SHAPES, MUON, 30),
        Entry("the same without blocks, equal time", "lsm-shapes", {**_SHAPES, "blocks": False}, MUON, 55),
        Entry("Laplace-Beltrami spectral", "laplace-spectral", _SPECTRAL, _SLOWER, 30),
        Entry("Laplace-Beltrami spectral, equal time", "laplace-spectral", _SPECTRAL, _SLOWER, 85),
        Entry("Transolver, small, equal time", "transolver-shapes", _TRANSOLVER, MUON, 17),
    ],
    "elasticity": [
        Entry("LSM, published block and recipe", "lsm", _PATCH_11, PUBLISHED, 10),
        Entry("LSM, ours, equal time", "lsm", {**_PATCH_11, **_OURS}, MUON, 9, "mirror"),
        Entry("U-Net (LSM without blocks), equal epochs", "unet", _UNET, MUON, 9, "mirror"),
        Entry("U-Net, equal time", "unet", _UNET, MUON, 13, "mirror"),
        Entry("FNO, our recipe, equal time", "fno", {"width": 32, "modes": 12, "padding": 7}, MUON, 6, "mirror"),
    ],
    "darcy": [
        Entry("LSM, published block and recipe", "lsm", _LSM),
        Entry("U-Net (LSM without blocks), published recipe", "unet", _UNET),
        Entry("FNO, published recipe", "fno", _FNO),
        Entry("LSM, ours, equal time", "lsm", {**_LSM, **_OURS}, MUON, 18, "square"),
        Entry("LSM, published block, our recipe, equal time", "lsm", _LSM, MUON, 18, "square"),
        Entry("U-Net, our recipe, equal time", "unet", _UNET, MUON, 26, "square"),
        Entry("FNO, our recipe, equal time", "fno", _FNO, MUON, 17, "square"),
        Entry("Transolver, small, our recipe, equal time", "transolver", _TRANSOLVER, MUON, 10, "square"),
        Entry("neuraloperator's FNO, tuned, equal time", "neuraloperator", _THEIR_FNO, TUNED_ADAMW, 17, "square"),
    ],
}

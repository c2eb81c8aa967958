"""Who is measured against whom, and how each is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

from operator_tasks import MUON, PUBLISHED, TUNED_ADAMW

from operators.models.symmetries import Symmetry
from operators.training.options import TrainingOptions


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
_TRANSOLVER = {"width": 32, "layers": 2, "slices": 32}
_PATCH_11 = {"width": 24, "scales": 3, "patch": [11, 11]}
_SHAPES = {"width": 32, "scales": 3}

# Epochs of the tuned entries fill the processor seconds that the first entry of their task takes.
ENTRIES: dict[str, list[Entry]] = {
    "darcy": [
        Entry("LSM, published block and recipe", "lsm", _LSM),
        Entry("U-Net (LSM without blocks), published recipe", "unet", _UNET),
        Entry("FNO, published recipe", "fno", _FNO),
        Entry("LSM, ours", "lsm", {**_LSM, **_OURS}, MUON, 18, "square"),
        Entry("LSM, published block, our recipe", "lsm", _LSM, MUON, 18, "square"),
        Entry("U-Net, our recipe", "unet", _UNET, MUON, 25, "square"),
        Entry("FNO, tuned", "fno", _FNO, TUNED_ADAMW, 24, "square"),
        Entry("Transolver, small, tuned", "transolver", _TRANSOLVER, TUNED_ADAMW, 12, "square"),
    ],
    "elasticity": [
        Entry("LSM, published block and recipe", "lsm", _PATCH_11),
        Entry("U-Net, published recipe", "unet", _UNET),
        Entry("LSM, ours", "lsm", {**_PATCH_11, **_OURS}, MUON, 18, "mirror"),
        Entry("U-Net, our recipe", "unet", _UNET, MUON, 25, "mirror"),
        Entry("FNO, tuned", "fno", {"width": 32, "modes": 12, "padding": 7}, TUNED_ADAMW, 24, "mirror"),
    ],
    "heat": [
        Entry("LSM on shapes, published block", "lsm-shapes", _SHAPES, TUNED_ADAMW, 20),
        Entry("LSM on shapes, ours", "lsm-shapes", {**_SHAPES, **_OURS}, MUON, 20),
        Entry("the same without blocks", "lsm-shapes", {**_SHAPES, "blocks": False}, MUON, 20),
        Entry("Laplace-Beltrami spectral", "laplace-spectral", {"width": 32, "modes": 64}, MUON, 20),
        Entry("Transolver, small", "transolver-shapes", _TRANSOLVER, TUNED_ADAMW, 20),
    ],
}

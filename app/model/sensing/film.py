"""Localized modes from the moments of a field, learned one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.scene import Scene
from geomlearn.sparse.online_dictionary import OnlineOrthogonalDictionary
from geomlearn.sparse.options import OnlineDictionaryOptions


def learner_for() -> OnlineOrthogonalDictionary:
    """A learner that has seen nothing; it takes a step with every fifth moment."""
    return OnlineOrthogonalDictionary(OnlineDictionaryOptions(batch_size=5))


def seen_by(basis: BasisItem, field: FieldItem, frame: int, k: int) -> np.ndarray:
    """(k c,) coefficients of one moment in the first modes of a basis, function after function."""
    low = basis.basis.truncated(min(k, basis.basis.k))
    return low.project(field.values[frame]).T.ravel()


def modes_item(
    learner: OnlineOrthogonalDictionary, basis: BasisItem, field: FieldItem, label: str, k: int
) -> FieldItem:
    """What was learned, as a field whose moments are modes; the one that moves the field most comes first."""
    low = basis.basis.truncated(min(k, basis.basis.k))
    count = 1 if field.values.ndim == 2 else field.values.shape[2]
    atoms = learner.modes_.reshape(len(learner.modes_), count, low.k)
    values = np.stack([atoms[:, one] @ low.evecs.T for one in range(count)], axis=2)
    order = np.argsort(-np.linalg.norm(learner.modes_, axis=1))
    values = values[order] if count > 1 else values[order][:, :, 0]
    return FieldItem(
        label=label,
        owner=field.owner,
        times=np.arange(len(values), dtype=float),
        values=values,
        names=tuple(f"mode of {name}" for name in field.names),
        style="symmetric",
        parameters={"method": "online-odl", "moments": "mode", "moments_seen": learner.n_seen_},
    )


def show_film_modes(scene: Scene, field: str, basis: str, frames: Sequence[int], *, k: int, label: str) -> Scene:
    """The scene with the modes learned from these moments of a field, in this order."""
    learner, moving, modes = learner_for(), scene.by_label(field), scene.by_label(basis)
    for frame in frames:
        learner.partial_fit(seen_by(modes, moving, frame, k)[None])
    return scene.put([modes_item(learner, modes, moving, label, k)])

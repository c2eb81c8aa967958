"""What a model said, as items of the scene: the shape, the answer, the truth, and the tokens its points listen to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.app.model.commands import Add, Steps
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import SideBySide
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import Script
from geomlearn.app.model.view.geometry import geometry_of
from geomlearn.operators.fields.series import FieldSeries

if TYPE_CHECKING:
    from geomlearn.operators.inspection.inspect import Inspection


def shown(seen: Inspection, model: str, label: str, script: Script) -> tuple[Steps, FieldItem]:
    """The step that puts an inspection on the stage, side by side; and the answer's item, by which it is found again.

    Samples are the moments of these fields, so that the timeline goes through them.
    """
    # Samples on a grid are what the model saw; nothing between them is its answer.
    shape = ShapeItem(label=label, shape=seen.shape, smooth=geometry_of(seen.shape).cells is None)
    times = seen.numbers.astype(float)
    common: dict[str, Any] = {"owner": shape.id, "times": times}
    answer = FieldItem(
        label=f"{label} · answer",
        values=_stacked(seen.answers),
        names=seen.target_names,
        parameters=_parameters(seen, model),
        **common,
    )
    truth = FieldItem(
        label=f"{label} · truth",
        values=_stacked(seen.targets),
        names=seen.target_names,
        parameters={"moments": "sample"},
        **common,
    )
    tokens = FieldItem(
        label=f"{label} · tokens",
        values=np.moveaxis(seen.tokens, 0, -1).astype(float),
        names=tuple(f"strongest token, scale {scale + 1}" for scale in range(len(seen.tokens))),
        role="tokens",
        style="categorical",
        parameters={"moments": "sample"},
        **common,
    )
    items = (shape, answer, truth) + ((tokens,) if len(seen.tokens) else ())
    start = FieldSeries(times, _stacked(seen.inputs), seen.input_names)
    add = Add(items, f"Ask {model}", script)
    return Steps(f"Ask {model}", (add, SideBySide(answer.id, truth.id, start))), answer


def is_answer(item: object) -> bool:
    """Whether a field is a model's answer."""
    return isinstance(item, FieldItem) and "learned" in item.parameters


def tokens_of(scene: Scene, answer: FieldItem) -> FieldItem | None:
    """The tokens that go with an answer."""
    found = [item for item in scene.children(answer.owner, FieldItem) if item.role == "tokens"]
    return found[0] if found else None


def _stacked(values: np.ndarray) -> np.ndarray:
    """(m, n) for one function, (m, n, c) for more."""
    return values[..., 0] if values.shape[-1] == 1 else values


def _parameters(seen: Inspection, model: str) -> dict:
    maps = {f"block {number + 1}": {"before": one, "after": other} for number, (one, other) in enumerate(seen.maps)}
    return {
        "learned": seen.title,
        "model": model,
        "moments": "sample",
        "n_surfaces": seen.n_surfaces,
        "waves": seen.waves,
        "truth_energy": seen.truth_energy,
        "error_energy": seen.error_energy,
        "maps": maps,
    }

"""Files of trained sequence models: weights as safetensors, what they belong to as JSON. Nothing is executed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geomlearn.core.weights import check_fit, fitting, read_weights, weights_kind, write_weights
from geomlearn.operators.sequence.classification.classifier import SequenceClassifier
from geomlearn.operators.sequence.options import SequenceOptions
from geomlearn.operators.sequence.rollout.model import RolloutModel
from geomlearn.operators.sequence.rollout.options import RolloutOptions

FORMAT = "geomlearn-sequence"

SequenceFileModel = SequenceClassifier | RolloutModel


def save_sequence_model(
    path: str | Path, model: SequenceFileModel, facts: Mapping[str, Any] | None = None, *, force: bool = False
) -> Path:
    """Write a model; `facts` (JSON values) say how it was trained.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    kind = (
        {
            "kind": "classifier",
            "n_inputs": model.model.n_inputs,
            "classes": list(model.classes),
            "tokens": model.tokens,
        }
        if isinstance(model, SequenceClassifier)
        else {"kind": "rollout", "equation": model.equation, "pace": model.pace}
    )
    header = {
        "options": model.options.model_dump(mode="json"),
        **kind,
        "facts": dict(facts or {}),
    }
    return write_weights(path, FORMAT, model.state_dict(), header, force=force)


def holds_sequence_model(path: str | Path) -> bool:
    """Whether a file was written by `save_sequence_model`; False for any other, readable or not."""
    return weights_kind(path) == FORMAT


def load_sequence_model(path: str | Path) -> tuple[SequenceFileModel, dict[str, Any]]:
    """The model of a file, and the facts saved with it.

    Raises
    ------
    FormatError   the file is missing or damaged, or holds no sequence model of this version.
    """
    tensors, header = read_weights(path, FORMAT, "sequence model", "geomlearn train rollout or sequence")
    with fitting(path):
        check_fit(lambda: _built(header), tensors)
        model = _built(header)
        model.load_state_dict(tensors)
    return model.eval(), header["facts"]


def _built(header: Mapping[str, Any]) -> SequenceFileModel:
    if header["kind"] == "rollout":
        return RolloutModel(RolloutOptions(**header["options"]), equation=header["equation"], pace=header["pace"])
    options = SequenceOptions(**header["options"])
    return SequenceClassifier(header["n_inputs"], header["classes"], options, tokens=header["tokens"])

"""Files of trained sequence models: weights as safetensors, what they belong to as JSON. Nothing is executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

import geomlearn
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.files import atomic_path, existing_file
from operators.sequence.classification.classifier import SequenceClassifier
from operators.sequence.options import SequenceOptions
from operators.sequence.rollout.model import RolloutModel
from operators.sequence.rollout.options import RolloutOptions

SUFFIX = ".safetensors"
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
        "format": FORMAT,
        "version": geomlearn.__version__,
        "options": model.options.model_dump(mode="json"),
        **kind,
        "facts": dict(facts or {}),
    }
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in model.state_dict().items()}
    with atomic_path(path, force=force) as temporary:
        save_file(tensors, temporary, metadata={"geomlearn": json.dumps(header)})
    return Path(path)


def holds_sequence_model(path: str | Path) -> bool:
    """Whether a file was written by `save_sequence_model`; False for any other, readable or not."""
    try:
        with safe_open(existing_file(path), framework="pt") as file:
            header = json.loads((file.metadata() or {}).get("geomlearn", "null"))
    except (SafetensorError, ValueError, FormatError, OSError):
        return False
    return isinstance(header, dict) and header.get("format") == FORMAT


def load_sequence_model(path: str | Path) -> tuple[SequenceFileModel, dict[str, Any]]:
    """The model of a file, and the facts saved with it.

    Raises
    ------
    FormatError   the file is missing or damaged, or holds no sequence model of this version.
    """
    path = existing_file(path)
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get("geomlearn", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator of its own)
    except (SafetensorError, ValueError) as error:
        raise FormatError(f"{path.name} is no model file: {error}.", "Give a file that `train` wrote.") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FormatError(
            f"{path.name} holds no sequence model.", "Give a file of `train rollout` or `train sequence`."
        )
    try:
        model = _built(header)
        model.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError, ParameterError) as error:
        reason = str(error).splitlines()[0]
        raise FormatError(f"{path.name} does not fit this version of geomlearn: {reason}", "Train it again.") from error
    return model.eval(), header["facts"]


def _built(header: Mapping[str, Any]) -> SequenceFileModel:
    if header["kind"] == "rollout":
        return RolloutModel(RolloutOptions(**header["options"]), equation=header["equation"], pace=header["pace"])
    options = SequenceOptions(**header["options"])
    return SequenceClassifier(header["n_inputs"], header["classes"], options, tokens=header["tokens"])

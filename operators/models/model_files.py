"""Model files: weights and normalisers as safetensors, what they belong to as JSON beside them. Nothing is executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

import geomlearn
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.files import atomic_path, existing_file
from operators.models.field_operator import FieldOperator
from operators.models.shipped import weights_of
from operators.models.signature import Signature
from operators.models.table import model_named

SUFFIX = ".safetensors"
_FORMAT = "geomlearn-operator"


def save_operator(
    path: str | Path, model: FieldOperator, facts: Mapping[str, Any] | None = None, *, force: bool = False
) -> Path:
    """Write a model; `facts` (JSON values) say how it was trained.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    header = {
        "format": _FORMAT,
        "version": geomlearn.__version__,
        "model": model.row.key,
        "options": model.options.model_dump(mode="json"),
        "signature": model.signature.to_json(),
        "normalization": model.normalization,
        "rollout": model.rollout,
        "facts": dict(facts or {}),
    }
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in model.state_dict().items()}
    with atomic_path(path, force=force) as temporary:
        save_file(tensors, temporary, metadata={"geomlearn": json.dumps(header)})
    return Path(path)


def load_operator(path: str | Path) -> tuple[FieldOperator, dict[str, Any]]:
    """The model of a file or of ``shipped:NAME``, and the facts saved with it.

    The file names a row of the table of models; whatever else it names is not looked for.

    Raises
    ------
    FormatError   the file is missing or damaged, no model of this project, or of a kind this version does not have; or
                  nothing of this name is shipped.
    """
    path = existing_file(weights_of(path))
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get("geomlearn", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator of its own)
    except (SafetensorError, ValueError) as error:
        raise FormatError(f"{path.name} is no model file: {error}.", "Give a file that `train` wrote.") from error
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise FormatError(
            f"{path.name} holds weights, but no model of geomlearn.", "Give a file that `geomlearn train` wrote."
        )
    try:
        row = model_named(header["model"])
        options = row.resolve_options()(**header["options"])
        signature = Signature.from_json(header["signature"])
        model = FieldOperator(row, signature, options, header["normalization"], rollout=header["rollout"])
    except (KeyError, TypeError, RuntimeError, ParameterError) as error:
        reason = str(error).splitlines()[0]
        raise FormatError(f"{path.name} does not fit this version of geomlearn: {reason}", "Train it again.") from error
    fault = _fault(model.state_dict(), tensors)
    if fault:
        raise FormatError(f"{path.name} does not fit this version of geomlearn: {fault}.", "Train it again.")
    model.load_state_dict(tensors)
    return model.eval(), header["facts"]


def _fault(wanted: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]) -> str:
    """What is wrong with the weights of a file, or nothing."""
    missing, foreign = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    if any(name.startswith(("input_scale.", "target_scale.")) for name in missing):
        return "its normaliser is missing"
    if missing:
        return f"it lacks {missing[0]} and {len(missing) - 1} more" if missing[1:] else f"it lacks {missing[0]}"
    if foreign:
        return f"{foreign[0]} belongs to another model"
    for name, value in found.items():
        if value.shape != wanted[name].shape:
            return f"{name} has shape {tuple(value.shape)}, expected {tuple(wanted[name].shape)}"
        if value.is_floating_point() and not value.isfinite().all():
            return f"{name} is not finite"
    return ""

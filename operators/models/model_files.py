"""Model files: weights and normalisers as safetensors, what they belong to as JSON beside them. Nothing is executed."""

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
        model.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError, ParameterError) as error:
        reason = str(error).splitlines()[0]
        raise FormatError(f"{path.name} does not fit this version of geomlearn: {reason}", "Train it again.") from error
    return model.eval(), header["facts"]

"""Adapter files: a change of a model without the model, which say whose they are and fit nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.weights import fitting, read_weights, write_weights
from geomlearn.operators.adaptation.attached import Adapter
from geomlearn.operators.adaptation.options import AdaptationOptions

FORMAT = "geomlearn-adapter"


def save_adapter(
    path: str | Path, adapter: Adapter, facts: dict[str, Any] | None = None, *, force: bool = False
) -> Path:
    """Write an adapter; `facts` (JSON values) say how it was trained.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    options = adapter.options
    header = {
        "peft_type": options.method.upper(),
        "base": {"name": adapter.base[0], "sha256": adapter.base[1]},
        "r": options.rank,
        "lora_alpha": options.rank if options.alpha is None else options.alpha,
        "target_modules": list(adapter.weights),
        "options": options.model_dump(mode="json"),
        "facts": dict(facts or {}),
    }
    return write_weights(path, FORMAT, adapter.tensors, header, force=force)


def load_adapter(path: str | Path) -> tuple[Adapter, dict[str, Any]]:
    """The adapter of a file, and the facts saved with it. Whether it fits a model, `attach` says.

    Raises
    ------
    FormatError   the file is missing or damaged, no adapter, or its header contradicts itself.
    """
    tensors, header = read_weights(path, FORMAT, "adapter", "geomlearn adapt")
    with fitting(path):
        options = AdaptationOptions(**header["options"])
        base, weights = header["base"], tuple(header["target_modules"])
        said = (str(header["peft_type"]).lower(), header["r"])
        if said != (options.method, options.rank) or not all(isinstance(name, str) for name in weights):
            raise GeomError("its header contradicts itself", "")
        if not re.fullmatch("[0-9a-f]{64}", str(base["sha256"])):
            raise GeomError("its header does not say which model it belongs to", "")
        adapter = Adapter(options, (str(base["name"])[:200], str(base["sha256"])), weights, tensors)
    strangers = [key for key in tensors if not any(key.startswith(f"{name}.") for name in weights)]
    if strangers:
        raise FormatError(
            f"{Path(path).name} holds {strangers[0][:80]}, which belongs to no layer it names.", "Train it again."
        )
    return adapter, header["facts"]

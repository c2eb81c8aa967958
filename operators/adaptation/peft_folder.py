"""LoRA and DoRA adapters as a folder that the library PEFT reads: a JSON of settings and safetensors beside it."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from geomlearn.core.errors import FormatError, GeomError, ParameterError
from geomlearn.operators.adaptation.attached import Adapter, check_base
from geomlearn.operators.adaptation.low_rank.matrices import chosen
from geomlearn.operators.adaptation.options import AdaptationOptions

_SETTINGS, _WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_BASE = "base_sha256"
_PREFIX = "base_model.model."


def write_peft_folder(folder: str | Path, adapter: Adapter, model: nn.Module) -> Path:
    """Write an adapter for PEFT.

    Raises
    ------
    ParameterError   the method is neither lora nor dora, a layer is neither linear nor a convolution, or the adapter
                     belongs to another model.
    GeomError        the folder exists.
    """
    options = adapter.options
    if options.method not in ("lora", "dora"):
        raise ParameterError(f"PEFT has no folder for {options.method}.", "Train with --method lora or dora.")
    check_base(model, adapter)
    ranks: dict[str, int] = {}
    tensors: dict[str, torch.Tensor] = {}
    for name, module, weight, form in chosen(model, options.targets, options.rank):
        if form.spectral or form.inputs_first:
            raise ParameterError(f"PEFT has no adapter for {name}.", "Leave it out with --targets.")
        a, b = adapter.tensors[f"{name}.{weight}.A"], adapter.tensors[f"{name}.{weight}.B"]
        ranks[name] = len(a)
        kernel = cast(torch.Tensor, module.weight).shape[2:]
        tensors[f"{_PREFIX}{name}.lora_A.weight"] = a.reshape(len(a), -1, *kernel) if kernel else a
        tensors[f"{_PREFIX}{name}.lora_B.weight"] = b.reshape(*b.shape, *[1] * len(kernel))
        if options.method == "dora":
            tensors[f"{_PREFIX}{name}.lora_magnitude_vector"] = adapter.tensors[f"{name}.{weight}.magnitude"]
    settings = {
        "peft_type": "LORA",
        "base_model_name_or_path": adapter.base[0],
        "r": options.rank,
        "lora_alpha": options.scale * options.rank,
        "target_modules": sorted(ranks),
        # Where a layer has a smaller rank, the scale stays the same.
        "rank_pattern": {name: rank for name, rank in ranks.items() if rank != options.rank},
        "alpha_pattern": {name: options.scale * rank for name, rank in ranks.items() if rank != options.rank},
        "use_dora": options.method == "dora",
        "lora_dropout": 0.0,
        "bias": "none",
        "inference_mode": True,
    }
    return _write(Path(folder), settings, tensors, adapter.base[1])


def read_peft_folder(folder: str | Path, model: nn.Module) -> Adapter:
    """The adapter in a folder of PEFT, for a model it fits; one that PEFT made itself does not say which that is.

    Raises
    ------
    FormatError      the folder is none of PEFT, of another method than LoRA and DoRA, does not fit the model, or holds
                     weights that are not finite.
    """
    folder = Path(folder)
    try:
        settings = json.loads((folder / _SETTINGS).read_text())
        with safe_open(folder / _WEIGHTS, framework="pt") as file:
            sha256 = (file.metadata() or {}).get(_BASE, "")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator of its own)
        alpha, rank = float(settings["lora_alpha"]), int(settings["r"])
        names = list(settings["target_modules"])
        kind, dora = settings["peft_type"], bool(settings.get("use_dora"))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise FormatError(f"{folder.name} is no folder of PEFT: {error}.", "Give one with its two files.") from error
    if broken := next((name for name, value in tensors.items() if not value.isfinite().all()), ""):
        raise FormatError(f"{folder.name} is damaged: {broken[:80]} is not finite.", "Train it again.")
    if kind != "LORA":
        raise FormatError(f"{folder.name} holds an adapter of kind {kind}.", "Only LoRA and DoRA are read.")
    options = AdaptationOptions(
        method="dora" if dora else "lora", rank=rank, alpha=None if alpha == rank else alpha, targets=",".join(names)
    )
    rows = chosen(model, options.targets, rank)
    found: dict[str, torch.Tensor] = {}
    for name, _, weight, _ in rows:
        head = f"{_PREFIX}{name}"
        wanted = {"A": "lora_A.weight", "B": "lora_B.weight"} | ({"magnitude": "lora_magnitude_vector"} if dora else {})
        for ours, theirs in wanted.items():
            value = tensors.pop(f"{head}.{theirs}", None)
            if value is None:
                raise FormatError(f"{folder.name} lacks {head}.{theirs}.", "Export the adapter again.")
            found[f"{name}.{weight}.{ours}"] = value if ours == "magnitude" else value.flatten(1)
    if tensors:
        raise FormatError(f"{folder.name} holds {next(iter(tensors))[:80]}, which fits no layer.", "Give its model.")
    base = (str(settings.get("base_model_name_or_path", "")), sha256)
    return Adapter(options, base, tuple(f"{name}.{weight}" for name, _, weight, _ in rows), found)


def _write(folder: Path, settings: dict[str, Any], tensors: dict[str, torch.Tensor], base: str) -> Path:
    if folder.exists():
        raise GeomError(f"{folder.name} exists already.", "Choose another name.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".geomlearn-", dir=folder.parent) as place:
            whole = Path(place) / "folder"
            whole.mkdir()
            (whole / _SETTINGS).write_text(json.dumps(settings, indent=2))
            plain = {key: value.contiguous() for key, value in tensors.items()}
            # PEFT wants no settings but its own; whose the adapter is stands beside its numbers.
            save_file(plain, whole / _WEIGHTS, metadata={"format": "pt", _BASE: base})
            os.replace(whole, folder)  # noqa: PTH105 (a whole folder at once)
    except OSError as error:
        raise GeomError(f"{folder.name} could not be written: {error.strerror or error}.", "Check the disk.") from error
    return folder

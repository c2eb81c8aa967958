"""Checkpoints without pickles: any nest of tensors and plain values in one safetensors file.

Tensors are stored under the path that leads to them ("optimizer/state/3/exp_avg"); everything else lies as JSON in the
file's metadata. The file is written under another name and renamed, so a kill at any moment leaves the last one whole.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path, existing_file

_TENSOR = "__tensor__"


def write_checkpoint(path: str | Path, state: dict[str, Any]) -> Path:
    """Write a nest of dicts, lists, tensors and JSON values, replacing the file that is there."""
    tensors: dict[str, torch.Tensor] = {}
    tree = _take_tensors(state, "", tensors)
    text = json.dumps(tree)
    with atomic_path(path, force=True) as temporary:
        try:
            save_file(tensors, temporary, metadata={"tree": text, "checksum": _checksum(text, tensors)})
        except SafetensorError as error:
            # So it calls what the system says of a full disk.
            raise OSError(str(error)) from error
    return Path(path)


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """The nest that `write_checkpoint` wrote, tensors on the CPU.

    Raises
    ------
    FormatError   the file is missing, damaged to the bit, or no checkpoint of this version.
    """
    path = existing_file(path)
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator of its own)
        if about["checksum"] != _checksum(about["tree"], tensors):
            raise FormatError(f"{path.name} is damaged: its checksum is another.", "Start the run anew.")
        return _put_tensors(json.loads(about["tree"]), tensors.__getitem__)
    except (SafetensorError, KeyError, ValueError, TypeError, RecursionError) as error:
        reason = str(error)[:120]
        raise FormatError(
            f"{path.name} is not a checkpoint of this version of geomlearn: {reason}.", "Start the run anew."
        ) from error


def _checksum(tree: str, tensors: dict[str, torch.Tensor]) -> str:
    digest = hashlib.blake2b(tree.encode(), digest_size=16)
    for name in sorted(tensors):
        tensor = tensors[name].contiguous().reshape(-1)
        digest.update(f"{name} {tensor.dtype} {tuple(tensors[name].shape)}".encode())
        digest.update(tensor.view(torch.uint8).numpy().data if tensor.numel() else b"")
    return digest.hexdigest()


def _take_tensors(node: Any, path: str, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(node, torch.Tensor):
        # A clone: safetensors refuses tensors that share memory, as tied weights do.
        tensors[path] = node.detach().cpu().contiguous().clone()
        return {_TENSOR: path}
    if isinstance(node, dict):
        # JSON knows only text as keys, optimizer states count parameters by number: keep pairs.
        return {"__dict__": [[key, _take_tensors(value, f"{path}/{key}", tensors)] for key, value in node.items()]}
    if isinstance(node, list | tuple):
        return [_take_tensors(value, f"{path}/{index}", tensors) for index, value in enumerate(node)]
    return node


def _put_tensors(node: Any, get: Any) -> Any:
    if isinstance(node, dict):
        if _TENSOR in node:
            return get(node[_TENSOR])
        return {key: _put_tensors(value, get) for key, value in node["__dict__"]}
    if isinstance(node, list):
        return [_put_tensors(value, get) for value in node]
    return node

"""Named arrays out of files of any supported format; nothing in them is ever executed."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError
from geomlearn.core.files import existing_file
from geomlearn.core.h5 import read_h5

ARRAY_SUFFIXES = (".h5", ".hdf5", ".npz", ".npy", ".mat", ".pt", ".pth")


# What torch and its unpickler, which makes tensors and nothing else, raise on altered files.
_DAMAGE = (
    *(pickle.UnpicklingError, OSError, RuntimeError, EOFError, ValueError, LookupError, AttributeError, TypeError),
    *(OverflowError, AssertionError, RecursionError),
)


def read_any(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays and metadata of a file.

    Of HDF5 files also those in groups, by their path. MATLAB's 7.3 files store axes in reverse, which is undone.
    A pair in a .pt file is x and y; of a list of pairs each is one sample.

    Raises
    ------
    FormatError   the file is missing, damaged, of no such format, or would need a pickle to load.
    """
    path = existing_file(path)
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(b"MATLAB 7.3"):
        return {name: array.T for name, array in _hdf5(path)[0].items()}, {}
    if head.startswith(b"\x89HDF"):
        return _hdf5(path)
    if path.suffix.lower() in (".pt", ".pth"):
        return _read_pt(path), {}
    return read_arrays(path)


def _hdf5(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    try:
        return read_h5(path, groups=True)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        reason = str(error)[:120].rstrip(". ")
        raise FormatError(f"{path.name} is damaged: {reason}.", "Export it again.") from error


def _read_pt(path: Path) -> dict[str, np.ndarray]:
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except _DAMAGE:
        raise FormatError(f"{path.name} holds more than tensors, or is damaged.", "Save a dict of tensors.") from None
    return {name: tensor.detach().numpy() for name, tensor in _named(content, path)}


def _named(content: Any, path: Path) -> Iterator[tuple[str, Any]]:
    import torch

    if isinstance(content, torch.Tensor):
        yield "array", _dense(content, path)
        return
    if isinstance(content, list | tuple):
        content = _from_list(content, path)
    if not isinstance(content, dict):
        raise FormatError(f"{path.name} holds no tensors.", "Save a dict of tensors.")
    for name, value in content.items():
        if isinstance(value, list | tuple) and value and all(isinstance(one, torch.Tensor) for one in value):
            value = _stacked(value, str(name), path)
        if isinstance(value, torch.Tensor):
            yield str(name), _dense(value, path)


def _from_list(content: Any, path: Path) -> dict[str, Any]:
    """x and y of a pair of tensors, of a list of such pairs or of dicts, one for each sample."""
    import torch

    if len(content) == 2 and all(isinstance(one, torch.Tensor) for one in content):
        return {"x": content[0], "y": content[1]}
    if content and all(isinstance(one, dict) for one in content):
        names = [name for name in content[0] if all(isinstance(one.get(name), torch.Tensor) for one in content)]
        return {name: [one[name] for one in content] for name in names}
    if content and all(isinstance(one, list | tuple) and len(one) == 2 for one in content):
        return {"x": [one[0] for one in content], "y": [one[1] for one in content]}
    raise FormatError(
        f"{path.name} holds a list of {len(content)}, which does not say what is input and what is target.",
        "Save a pair (inputs, targets), or a dict of tensors.",
    )


def _stacked(values: Any, name: str, path: Path) -> Any:
    import torch

    if len({value.shape for value in values}) > 1:
        raise FormatError(f"The tensors in {name} of {path.name} differ in shape.", "Give all samples one size.")
    return torch.stack(list(values))


def _dense(value: Any, path: Path) -> Any:
    import torch

    if value.is_complex():
        raise FormatError(f"{path.name} holds complex numbers.", "Give real and imaginary parts as channels.")
    value = value.to_dense() if value.layout is not torch.strided else value
    return value.float() if value.dtype is torch.bfloat16 else value

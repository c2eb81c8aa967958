"""Files of weights: safetensors, with a header in JSON that says what they belong to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

import geomlearn
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.files import atomic_path, existing_file

_KEY = "geomlearn"
# Letters of a sentence that a file has a say in.
_LONGEST = 160


def write_weights(
    path: str | Path, kind: str, tensors: Mapping[str, torch.Tensor], header: Mapping[str, Any], *, force: bool = False
) -> Path:
    """Write tensors of any shape and, as JSON beside them, their kind, the version and `header`.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    said = {"format": kind, "version": geomlearn.__version__, **header}
    plain = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    with atomic_path(path, force=force) as temporary:
        try:
            save_file(plain, temporary, metadata={_KEY: json.dumps(said)})
        except SafetensorError as error:
            # So it calls what the system says of a full disk.
            raise OSError(str(error)) from error
    return Path(path)


def read_weights(path: str | Path, kind: str, what: str, maker: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors and the header of a file that `write_weights` made.

    Parameters
    ----------
    what   what the file should hold, "sequence model";  maker  the command that writes such files.

    Raises
    ------
    FormatError   the file is missing or damaged, of another kind, or a weight is not finite.
    """
    path = existing_file(path)
    hint = f"Give a file that `{maker}` wrote."
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(_KEY, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator of its own)
    except (SafetensorError, ValueError, RecursionError) as error:
        raise FormatError(f"{path.name} is no {what}, and no model file at all: {_short(error)}.", hint) from error
    if not isinstance(header, dict) or header.get("format") != kind:
        raise FormatError(f"{path.name} holds no {what}.", hint)
    if not isinstance(header.setdefault("facts", {}), dict):
        raise FormatError(f"{path.name} is damaged: its header says nothing of how it was made.", hint)
    for name, value in tensors.items():
        if (value.is_floating_point() or value.is_complex()) and not value.isfinite().all():
            raise FormatError(f"{path.name} is damaged: {name[:80]} is not finite.", "Train it again.")
    return tensors, header


def check_fit(build: Callable[[], nn.Module], tensors: Mapping[str, torch.Tensor]) -> None:
    """Compare the weights of a file with those of the model its header announces, before any memory is taken for that.

    Parameters
    ----------
    build   makes the model; it is called where tensors have shapes and no content.

    Raises
    ------
    ValueError   a tensor is missing, belongs to no part of the model, or has another shape.
    """
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        wanted = {name: tuple(value.shape) for name, value in build().state_dict().items()}
    missing, foreign = sorted(wanted.keys() - tensors.keys()), sorted(tensors.keys() - wanted.keys())
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise ValueError(f"it lacks {missing[0]}{more}")
    if foreign:
        raise ValueError(f"{foreign[0][:80]} belongs to another model")
    for name, shape in wanted.items():
        found = tuple(tensors[name].shape)
        if found != shape:
            raise ValueError(f"{name} has shape {found}, expected {shape}")


def weights_kind(path: str | Path) -> str:
    """The kind a file says it is; empty for files that `write_weights` did not make, readable or not."""
    try:
        with safe_open(existing_file(path), framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(_KEY, "null"))
    except (SafetensorError, ValueError, RecursionError, FormatError, OSError):
        return ""
    return str(header.get("format", "")) if isinstance(header, dict) else ""


@contextmanager
def fitting(path: str | Path) -> Iterator[None]:
    """Inside, a header or weights that this version cannot use end in a sentence.

    Raises
    ------
    FormatError   in place of what building a model from them raised.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RuntimeError, GeomError) as error:
        raise FormatError(
            f"{Path(path).name} does not fit this version of geomlearn: {_short(error)}.", "Train it again."
        ) from error


def _short(error: Exception) -> str:
    """The first line of what went wrong, which may quote the file at any length."""
    lines = str(error.message if isinstance(error, GeomError) else error).splitlines() or [type(error).__name__]
    plain = "".join(letter if letter.isprintable() else " " for letter in lines[0])
    return (plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]} …").rstrip(".: ")

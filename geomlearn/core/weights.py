"""Files of weights: safetensors, with a header in JSON that says what they belong to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

import geomlearn
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.files import atomic_path, existing_file

_KEY = "geomlearn"


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
        save_file(plain, temporary, metadata={_KEY: json.dumps(said)})
    return Path(path)


def read_weights(path: str | Path, kind: str, what: str, maker: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors and the header of a file that `write_weights` made.

    Parameters
    ----------
    what   what the file should hold, "sequence model";  maker  the command that writes such files.

    Raises
    ------
    FormatError   the file is missing or damaged, or of another kind.
    """
    path = existing_file(path)
    hint = f"Give a file that `{maker}` wrote."
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(_KEY, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator of its own)
    except (SafetensorError, ValueError) as error:
        raise FormatError(f"{path.name} is no {what}, and no model file at all: {error}.", hint) from error
    if not isinstance(header, dict) or header.get("format") != kind:
        raise FormatError(f"{path.name} holds no {what}.", hint)
    return tensors, header


def weights_kind(path: str | Path) -> str:
    """The kind a file says it is; empty for files that `write_weights` did not make, readable or not."""
    try:
        with safe_open(existing_file(path), framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(_KEY, "null"))
    except (SafetensorError, ValueError, FormatError, OSError):
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
    except (KeyError, TypeError, ValueError, RuntimeError, ParameterError) as error:
        reason = str(error).splitlines()[0].rstrip(".:")
        raise FormatError(
            f"{Path(path).name} does not fit this version of geomlearn: {reason}.", "Train it again."
        ) from error

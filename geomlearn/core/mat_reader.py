"""What is read of a MATLAB file of version 4 to 7; as a program, handed to the process that asked.

    python -m geomlearn.core.mat_reader FILE PARENT

The fields of structs are called ``struct/field``, the cells of cell arrays ``name{1}``; SciPy's reader of this format
takes damage badly, which is why it runs in a process of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.announced_matlab import ALWAYS, MOST_PACKED
from geomlearn.core.child_reader import hand_over

_DEEPEST, _MOST = 8, 10_000


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The numbers and texts of a file by name, and its metadata.

    Raises
    ------
    ValueError and others   whatever SciPy finds wrong.
    """
    from scipy.io import loadmat

    content = loadmat(path, squeeze_me=False)
    text = content.pop("metadata", None)
    found: dict[str, Any] = {}
    for name, value in content.items():
        if not name.startswith("__"):
            for key, array in _leaves(name, value, 0):
                found[key] = array
                if len(found) > _MOST:
                    raise ValueError(f"it holds more than {_MOST} arrays")
    return found, json.loads(str(np.ravel(text)[0])) if text is not None else {}


def _leaves(name: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if hasattr(value, "tocsc"):
        yield name, value.tocsc()
    elif not isinstance(value, np.ndarray) or depth > _DEEPEST:
        return
    elif value.dtype.names:
        for i, one in enumerate(value.reshape(-1)):
            many = f"({i + 1})" if value.size > 1 else ""
            for field in value.dtype.names:
                yield from _leaves(f"{name}{many}/{field}", one[field], depth + 1)
    elif value.dtype.kind == "O":
        for i, one in enumerate(value.reshape(-1)):
            yield from _leaves(f"{name}{{{i + 1}}}", one, depth + 1)
    elif value.dtype.kind in "biufcU":
        yield name, value


def main() -> None:
    """The program."""
    hand_over(read, ALWAYS + MOST_PACKED * Path(sys.argv[1]).stat().st_size)


if __name__ == "__main__":
    main()

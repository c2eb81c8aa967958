"""Ask the process that holds the libraries for one step."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np

from geomlearn.core.errors import DeviceError, MeshError

# Step → the distribution it needs, and the module that shows whether it is there.
NEEDS = {
    "decimate": ("fast-simplification", "fast_simplification"),
    "remesh": ("pyacvd", "pyacvd"),
    "reconstruct": ("gpytoolbox", "gpytoolbox"),
    "subsample": ("point-cloud-utils", "point_cloud_utils"),
}
PATIENCE_S = 600.0
_MODULE = "geomlearn.shapes.cleaning.native"
_REFUSED = 3


def present(step: str) -> bool:
    """Whether the library of a step is installed."""
    return find_spec(NEEDS[step][1]) is not None


def call(step: str, name: str, **arrays: Any) -> dict[str, np.ndarray]:
    """The arrays that a step gives for these.

    Parameters
    ----------
    step    one of `NEEDS`.
    name    of the shape, for sentences.
    arrays  arrays and numbers, handed to the step by name.

    Raises
    ------
    DeviceError   its library is not installed.
    MeshError     the library refuses the shape, is brought down by it, or does not end.
    """
    library = NEEDS[step][0]
    if not present(step):
        hint = 'Install it with: python -m pip install "geomlearn[clean]"'
        raise DeviceError(f"To {step} a shape, {library} is needed, which is not installed.", hint)
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    try:
        ran = subprocess.run(
            [sys.executable, "-P", "-m", f"{_MODULE}.child", step, str(os.getpid())],
            input=stream.getvalue(),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MeshError(f"{library} did not end on {name} within ten minutes.", "Ask for less.") from None
    if ran.returncode == _REFUSED:
        reason = ran.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise MeshError(f"{library} cannot {step} {name}: {reason[-1].rstrip('.')}.", "Weld or repair it first.")
    if ran.returncode != 0:
        raise MeshError(f"{name} brings {library} down.", "Weld or repair it first, or ask for less.")
    with np.load(io.BytesIO(ran.stdout), allow_pickle=False) as found:
        return dict(found)

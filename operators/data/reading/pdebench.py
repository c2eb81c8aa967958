"""The layouts of PDEBench: one tensor, a group per sample, or one array per quantity.

Source   Takamoto et al. 2022, arXiv 2210.07182: the files of its data repository.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.operators.data.reading.trajectories import pairs_of_frames
from geomlearn.operators.data.samples import Samples

Arrays = Mapping[str, np.ndarray]
_GAS = ("density", "pressure", "Vx", "Vy", "Vz")
_FLUID = ("velocity", "particles")


def pdebench(arrays: Arrays, options: ReadingOptions) -> Samples | None:
    """Samples of any of the three layouts; None where the arrays are not PDEBench's."""
    if "tensor" in arrays and ({"t-coordinate", "x-coordinate", "nu"} & arrays.keys()):
        return _tensor(arrays, options)
    groups = sorted(name for name in arrays if name.endswith("/data"))
    if groups and all(name.removesuffix("/data").isdigit() for name in groups):
        return _groups(arrays, groups, options)
    gas = [name for name in _GAS if name in arrays and arrays[name].ndim >= 3]
    if len(gas) > 1 and {"t-coordinate", "x-coordinate"} & arrays.keys():
        return pairs_of_frames(np.stack([arrays[name] for name in gas], -1), options, gas, "pdebench")
    if "velocity" in arrays and "t" in arrays and arrays["velocity"].ndim >= 4:
        return _fluid(arrays, options)
    return None


def _tensor(arrays: Arrays, options: ReadingOptions) -> Samples:
    """(N, T, *grid), or (N, 1, x, y) beside the permeability nu (N, x, y) of Darcy flow."""
    tensor = arrays["tensor"]
    if "nu" in arrays and arrays["nu"].shape == (len(tensor), *tensor.shape[2:]):
        return Samples(
            arrays["nu"][..., None],
            tensor[:, -1, ..., None],
            task="pdebench",
            input_names=("nu",),
            target_names=("u",),
            metadata={"read": "nu (n, x, y) to tensor (n, 1, x, y)"},
        )
    if tensor.ndim < 3:
        raise FormatError(f"tensor has shape {tensor.shape}, not (N, frames, grid).", "Say the axes with --axes.")
    return pairs_of_frames(tensor[..., None], options, task="pdebench")


def _groups(arrays: Arrays, groups: list[str], options: ReadingOptions) -> Samples:
    """0000/data, 0001/data, … of (T, *grid, c) each."""
    if len({arrays[name].shape for name in groups}) > 1:
        raise FormatError("The groups of the file hold data of different shapes.", "Keep one size per file.")
    values = np.stack([arrays[name] for name in groups])
    if not 4 <= values.ndim <= 6:
        raise FormatError(f"{groups[0]} has shape {values.shape[1:]}, not (frames, grid, channels).", "Check the file.")
    return pairs_of_frames(values, options, task="pdebench")


def _fluid(arrays: Arrays, options: ReadingOptions) -> Samples:
    """velocity (N, T, x, y, 2) and particles (N, T, x, y, 1), and the force (N, x, y, 2) that acts all the time."""
    found = [name for name in _FLUID if name in arrays and arrays[name].ndim == arrays["velocity"].ndim]
    names = [f"{name}{i}" for name in found for i in range(arrays[name].shape[-1])]
    values = np.concatenate([arrays[name] for name in found], -1)
    return pairs_of_frames(values, options, names, "pdebench", arrays.get("force"))

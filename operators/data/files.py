"""Samples from files: our own, and the layouts in which the field publishes its benchmarks."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError
from geomlearn.core.files import existing_file
from geomlearn.core.h5 import read_h5
from geomlearn.operators.data.layouts import PAIR_LAYOUTS, SINGLE_LAYOUTS
from geomlearn.operators.data.sample_files import FILE, from_arrays, is_ours
from geomlearn.operators.data.samples import AnySamples, Dataset, split

SUFFIXES = (".h5", ".hdf5", ".npz", ".npy", ".mat", ".pt")


def read_dataset(path: str | Path, n_test: int | None = None) -> Dataset:
    """Training and test samples of a file or a folder.

    A folder holds our own ``samples.h5``; or a file with "train" in its name and one with "test"; or the arrays of
    one published benchmark as separate files. Where nothing says what is for testing, `split` does.

    Parameters
    ----------
    n_test   samples for testing, counted from the end; a fifth when None. Not used where the files say it.

    Raises
    ------
    FormatError   the files are missing, damaged, or of a layout that is not known.
    """
    found = read_all(path)
    return found if isinstance(found, Dataset) else split(found, n_test)


def read_all(path: str | Path) -> AnySamples | Dataset:
    """What a file or folder holds: samples, or training and test samples where it says so itself.

    Raises
    ------
    FormatError   as for `read_dataset`.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        halves = _halves(path)
        if halves:
            return Dataset(*(read_samples(half) for half in halves))
    return _read(path)


def read_samples(path: str | Path) -> AnySamples:
    """All samples of a file or a folder, as one set.

    Raises
    ------
    FormatError   as for `read_dataset`; or the file says itself which samples are for testing.
    """
    found = _read(Path(path).expanduser())
    if isinstance(found, Dataset):
        raise FormatError(f"{Path(path).name} holds training and test samples.", "Read it as a data set.")
    return found


def _read(path: Path) -> AnySamples | Dataset:
    if path.is_dir():
        if (path / FILE).is_file():
            return _read(path / FILE)
        members = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        if not members:
            raise FormatError(f"{path.name or path} holds no samples.", f"Make some with `geomlearn data -o {path}`.")
        if len(members) == 1:
            return _read(members[0])
        arrays, metadata = {}, {}
        for file in members:
            held = read_any(file)[0]
            arrays[file.stem] = held.get("array", next(iter(held.values()), None))
        arrays = {name: value for name, value in arrays.items() if value is not None}
    else:
        arrays, metadata = read_any(path)
    if is_ours(metadata):
        return from_arrays(arrays, metadata, path.name)
    arrays = {name: np.asarray(value) for name, value in arrays.items() if np.ndim(value) >= 1}
    for layout in (*PAIR_LAYOUTS, *SINGLE_LAYOUTS):
        found = layout(arrays)
        if found is not None:
            return found
    held = ", ".join(f"{name} {np.shape(value)}" for name, value in list(arrays.items())[:8])
    raise FormatError(
        f"{path.name} has no layout that is known: it holds {held or 'nothing'}.",
        "Save it as .npz with arrays inputs (N, …, c) and targets (N, …, c).",
    )


def read_any(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays and metadata of a file of any supported format; nothing in it is ever executed.

    MATLAB's 7.3 files store axes in reverse, which is undone.
    """
    path = existing_file(path)
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(b"MATLAB 7.3"):
        return _read_mat73(path), {}
    if path.suffix.lower() in (".pt", ".pth"):
        return _read_pt(path), {}
    return read_arrays(path)


def _read_mat73(path: Path) -> dict[str, np.ndarray]:
    try:
        arrays, _ = read_h5(path)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise FormatError(f"{path.name} is damaged: {error}.", "Save it again from MATLAB.") from error
    return {name: array.T for name, array in arrays.items()}


def _read_pt(path: Path) -> dict[str, np.ndarray]:
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        reason = str(error).splitlines()[0][:120]
        raise FormatError(
            f"{path.name} holds more than tensors, or is damaged: {reason}", "Save a dict of tensors."
        ) from None
    if not isinstance(content, dict):
        content = {"array": content}
    return {str(name): value.numpy() for name, value in content.items() if isinstance(value, torch.Tensor)}


def _halves(folder: Path) -> list[Path]:
    """The one file for training and the one for testing, formats counted once; or nothing."""
    halves = []
    for word in ("train", "test"):
        named = {file.stem: file for file in sorted(folder.iterdir()) if word in file.stem and file.suffix in SUFFIXES}
        if len(named) != 1:
            return []
        halves.append(next(iter(named.values())))
    return halves

"""Samples from files and folders: our own, those of public benchmarks, and people's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.files import naming
from geomlearn.operators.data.reading.layouts import PAIRS, samples_of
from geomlearn.operators.data.reading.meshes import MESH_SUFFIXES, holds_mesh, joined, mesh_sample, read_mesh_file
from geomlearn.operators.data.reading.named_arrays import ARRAY_SUFFIXES, read_any
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.operators.data.sample_files import FILE, from_arrays, is_ours
from geomlearn.operators.data.samples import AnySamples, Dataset, ShapeSamples, split

_AS_THEY_COME = ReadingOptions()


def read_dataset(path: str | Path, n_test: int | None = None, options: ReadingOptions = _AS_THEY_COME) -> Dataset:
    """Training and test samples of a file or a folder.

    A folder holds our own ``samples.h5``; a file or folder with "train" in its name and one with "test"; a mesh for
    every sample; or the arrays of one published benchmark as separate files. Where nothing says what is for testing,
    `split` does. How the arrays were understood stands in the samples' metadata under "read".

    Parameters
    ----------
    n_test    samples for testing, counted from the end; a fifth when None. Not used where the files say it.
    options   which arrays and axes are what.

    Raises
    ------
    FormatError   the files are missing, damaged, of a layout that is not known, or it cannot be told what their axes
                  are.
    """
    found = read_all(path, options)
    return found if isinstance(found, Dataset) else split(found, n_test)


def read_all(path: str | Path, options: ReadingOptions = _AS_THEY_COME) -> AnySamples | Dataset:
    """What a file or folder holds: samples, or training and test samples where it says so itself.

    Raises
    ------
    FormatError   as for `read_dataset`.
    """
    path = Path(path).expanduser()
    with naming(path):
        if path.is_dir() and not (path / FILE).is_file():
            halves = _halves(path, options)
            if halves is not None:
                return halves
        return _read(path, options)


def read_samples(path: str | Path, options: ReadingOptions = _AS_THEY_COME) -> AnySamples:
    """All samples of a file or a folder, as one set.

    Raises
    ------
    FormatError   as for `read_dataset`; or the file says itself which samples are for testing.
    """
    with naming(path):
        found = _read(Path(path).expanduser(), options)
    if isinstance(found, Dataset):
        raise FormatError(f"{Path(path).name} holds training and test samples.", "Read it as a data set.")
    return found


def _read(path: Path, options: ReadingOptions) -> AnySamples | Dataset:
    if path.is_dir():
        return _read_folder(path, options)
    if path.suffix.lower() in MESH_SUFFIXES:
        return read_mesh_file(path, options)
    arrays, metadata = read_any(path)
    if is_ours(metadata):
        if options.is_given:
            raise ParameterError(f"{path.name} says itself what its arrays are.", "Leave the reading options out.")
        return from_arrays(arrays, metadata, path.name)
    return _understood(arrays, path.name, options)


def _read_folder(folder: Path, options: ReadingOptions) -> AnySamples | Dataset:
    if (folder / FILE).is_file():
        return _read(folder / FILE, options)
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    surfaces = [file for file in files if file.suffix.lower() in MESH_SUFFIXES]
    if surfaces:
        return joined([read_mesh_file(file, options) for file in surfaces], [file.name for file in surfaces])
    members = [file for file in files if file.suffix.lower() in ARRAY_SUFFIXES]
    if not members:
        raise FormatError(f"{folder.name or folder} holds no samples.", f"Make some with `geomlearn data -o {folder}`.")
    if len(members) == 1:
        return _read(members[0], options)
    contents = [read_any(file)[0] for file in members]
    if holds_mesh(contents[0]):
        names = [file.name for file in members]
        return joined([mesh_sample(held, name, options) for held, name in zip(contents, names, strict=True)], names)
    several = [file.name for file, held in zip(members, contents, strict=True) if len(held) > 1]
    if several:
        raise FormatError(
            f"{folder.name} holds several files with several arrays, {', '.join(several[:4])}: it does not say which "
            "are for training.",
            "Give one file, or name them with train and test.",
        )
    arrays = {file.stem: next(iter(held.values())) for file, held in zip(members, contents, strict=True) if held}
    return _understood(arrays, folder.name, options)


def _understood(arrays: dict[str, Any], name: str, options: ReadingOptions) -> AnySamples | Dataset:
    arrays = {key: np.asarray(value) for key, value in arrays.items() if np.ndim(value) >= 1}
    arrays = {key: value for key, value in arrays.items() if value.dtype.kind in "biuf"}
    found = samples_of(arrays, options)
    if found is not None:
        return found
    held = ", ".join(f"{key} {np.shape(value)}" for key, value in list(arrays.items())[:8])
    known = ", ".join(" and ".join(pair) for pair in PAIRS[:4])
    raise FormatError(
        f"{name} has no layout that is known: it holds {held or 'nothing'}.",
        f"Say which is which with --inputs NAME --targets NAME, or call them {known}.",
    )


def _halves(folder: Path, options: ReadingOptions) -> Dataset | None:
    """The halves of a folder that names them, formats counted once; of several test files the one on the same grid."""
    named: dict[str, list[Path]] = {}
    for word in ("train", "test"):
        entries = [entry for entry in sorted(folder.iterdir()) if word in entry.stem.lower()]
        files = {entry.stem: entry for entry in entries if entry.suffix.lower() in ARRAY_SUFFIXES}
        named[word] = [entry for entry in entries if entry.is_dir()] or list(files.values())
    if not named["train"] or not named["test"]:
        return None
    if len(named["train"]) > 1:
        if all(entry.is_file() for entry in named["train"]) and holds_mesh(read_any(named["train"][0])[0]):
            return Dataset(*(_mesh_files(named[word], options) for word in ("train", "test")))
        which = ", ".join(entry.name for entry in named["train"])
        raise FormatError(f"{folder.name} holds several files for training: {which}.", "Give one of them.")
    train = read_samples(named["train"][0], options)
    tests = {entry.name: read_samples(entry, options) for entry in named["test"]}
    return Dataset(train, _on_the_same_grid(train, tests, folder.name))


def _mesh_files(files: Sequence[Path], options: ReadingOptions) -> AnySamples:
    names = [file.name for file in files]
    return joined([mesh_sample(read_any(file)[0], file.name, options) for file in files], names)


def _on_the_same_grid(train: AnySamples, tests: dict[str, AnySamples], name: str) -> AnySamples:
    if len(tests) == 1:
        return next(iter(tests.values()))
    alike = [key for key, test in tests.items() if _places(test) == _places(train)]
    if len(alike) != 1:
        raise FormatError(
            f"{name} holds several files for testing, {', '.join(tests)}, and {len(alike)} of them on the training "
            "samples' grid.",
            "Give a folder with one file for training and one for testing.",
        )
    left = ", ".join(key for key in tests if key != alike[0])
    chosen = tests[alike[0]]
    read = f"tested on {alike[0]}; {left} is left for evaluate-operator"
    return replace(chosen, metadata={**chosen.metadata, "read": read})


def _places(samples: AnySamples) -> tuple[Any, ...]:
    return (samples.kind, () if isinstance(samples, ShapeSamples) else samples.resolution)

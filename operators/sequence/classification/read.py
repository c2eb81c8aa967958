"""Labelled sequences from whatever a person has, told apart by name and content."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.files import naming
from geomlearn.core.folders import files_in
from geomlearn.core.incoming import plain_suffix, read_text
from geomlearn.operators.sequence.classification.arff import read_arff
from geomlearn.operators.sequence.classification.halves import Half, is_half, labelled, read_halves
from geomlearn.operators.sequence.classification.images import read_images
from geomlearn.operators.sequence.classification.labelled import LabelledDataset, LabelledSequences, split_labelled
from geomlearn.operators.sequence.classification.listops import generate_listops, is_listops, read_listops
from geomlearn.operators.sequence.classification.options import SequenceDataOptions
from geomlearn.operators.sequence.classification.spoken_digits import read_spoken_digits
from geomlearn.operators.sequence.classification.tables import read_table
from geomlearn.operators.sequence.classification.ucr import read_ts

# In the order in which they are preferred where a folder holds several.
_TEXTS = (".ts", ".arff", ".tsv", ".txt", ".csv", "")
# One channel of several, which the archives offer too.
_ONE_CHANNEL = re.compile(r"Dimension\d+_")
# ListOps at full length has 96,000 sequences to learn from; so many need a GPU.
_GENERATED = 10_000


def read_labelled(source: str | Path, options: SequenceDataOptions | None = None) -> LabelledDataset:
    """Training and test sequences.

    "generated:listops"        lists of full length, 500 … 2,000 words, drawn now
    a .tsv file                ListOps as published
    .ts .arff .tsv .txt .csv   series of the UCR and UEA archives; of NAME_TRAIN and NAME_TEST either, the other beside
    a folder of one of these   two files with "train" and "test" in their names
    a folder of .wav files     spoken digits
    .npz, .mat, .h5            images x (N, h, w) and labels y (N,), read pixel by pixel

    Where nothing says what is for testing, a share of every class is drawn.

    Raises
    ------
    FormatError   none of these, or damaged.
    """
    options = options or SequenceDataOptions()
    if str(source) == "generated:listops":
        n = min(options.limit or _GENERATED, 96_000)
        drawn = generate_listops(n, options.data_seed, shortest=options.shortest, longest=options.longest)
        return split_labelled(drawn, options.test_share, options.data_seed)
    # What single precision cannot hold is not finite there, and refused as such.
    with naming(source), np.errstate(over="ignore"):
        return _read(Path(source).expanduser(), options)


def _read(path: Path, options: SequenceDataOptions) -> LabelledDataset:
    if not path.exists():
        train = path.with_name(f"{path.name.removesuffix('.ts')}_TRAIN.ts")
        if not train.is_file():
            raise FormatError(f"There is no file or folder {path}.", "Check the name.")
        return read_halves(train, _series)
    if path.is_dir() and any(file.suffix == ".wav" for file in files_in(path)):
        return read_spoken_digits(path, rate=options.rate)
    if path.is_dir():
        return _of_halves(_train_half(path), options)
    if plain_suffix(path) in _TEXTS:
        return _of_halves(path, options) if is_half(path) else _split(_all(path), options)
    return _split(read_images(path, reading=options.reading, shrink=options.shrink), options)


def _split(data: LabelledSequences, options: SequenceDataOptions) -> LabelledDataset:
    return split_labelled(_limited(data, options), options.test_share, options.data_seed)


def _of_halves(path: Path, options: SequenceDataOptions) -> LabelledDataset:
    """Both files of a set, given either."""
    if not is_listops(read_text(path)):
        return read_halves(path, _series)
    halves = _lists_beside(path)
    return LabelledDataset(*(_limited(read_listops(half), options) for half in halves))


def _all(path: Path) -> LabelledSequences:
    if is_listops(read_text(path)):
        return read_listops(path)
    half = _series(path)
    return labelled(half, half.classes, path.stem)


def _series(path: Path) -> Half:
    text = read_text(path)
    start = text.lstrip()[:1]
    read = {".ts": read_ts, ".arff": read_arff}.get(plain_suffix(path), read_arff if start in "%@" else read_table)
    return read(path, text)


def _limited(data: LabelledSequences, options: SequenceDataOptions) -> LabelledSequences:
    if options.limit is None or options.limit >= data.n:
        return data
    return data.take(np.random.default_rng(options.data_seed).permutation(data.n)[: options.limit])


def _train_half(folder: Path) -> Path:
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and not _ONE_CHANNEL.search(file.name)]
    for suffix in _TEXTS:
        of_kind = [file for file in files if plain_suffix(file) == suffix]
        found = [[file for file in of_kind if word in file.stem.lower()] for word in ("train", "test")]
        if all(len(half) == 1 for half in found):
            return found[0][0]
    raise FormatError(
        f"{folder.name} holds neither recordings nor one file of text for training and one for testing.",
        "Give one file, or a folder of .wav files.",
    )


def _lists_beside(path: Path) -> list[Path]:
    of_kind = [file for file in sorted(path.parent.iterdir()) if plain_suffix(file) == plain_suffix(path)]
    found = [[file for file in of_kind if word in file.stem.lower()] for word in ("train", "test")]
    if any(len(half) != 1 for half in found):
        raise FormatError(f"{path.parent.name} holds no single pair of files of lists.", "Keep a pair to a folder.")
    return [half[0] for half in found]

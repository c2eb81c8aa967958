"""Labelled sequences from whatever a person has, told apart by name and content."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.sequence.classification.images import read_images
from geomlearn.operators.sequence.classification.labelled import LabelledDataset, LabelledSequences, split_labelled
from geomlearn.operators.sequence.classification.listops import generate_listops, read_listops
from geomlearn.operators.sequence.classification.options import SequenceDataOptions
from geomlearn.operators.sequence.classification.spoken_digits import read_spoken_digits
from geomlearn.operators.sequence.classification.ucr import read_ucr

# ListOps at full length has 96,000 sequences to learn from; so many need a GPU.
_GENERATED = 10_000


def read_labelled(source: str | Path, options: SequenceDataOptions | None = None) -> LabelledDataset:
    """Training and test sequences.

    "generated:listops"        lists of full length, 500 … 2,000 words, drawn now
    a .tsv file, or a folder   ListOps as published; a folder may hold files with "train" and "test" in their names
    a folder of .wav files     spoken digits
    a .ts file                 one half of a UCR or UEA data set, its other half beside it
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
    path = Path(source).expanduser()
    if not path.exists():
        raise FormatError(f"There is no file or folder {path}.", "Check the name.")
    if path.suffix.lower() == ".ts":
        return read_ucr(path)
    if path.is_dir() and any(path.glob("*.wav")):
        return read_spoken_digits(path, rate=options.rate)
    if path.is_dir():
        halves = _halves(path)
        return LabelledDataset(*(_limited(read_listops(half), options) for half in halves))
    if path.suffix.lower() == ".tsv":
        return split_labelled(_limited(read_listops(path), options), options.test_share, options.data_seed)
    images = read_images(path, reading=options.reading, shrink=options.shrink)
    return split_labelled(_limited(images, options), options.test_share, options.data_seed)


def _limited(data: LabelledSequences, options: SequenceDataOptions) -> LabelledSequences:
    if options.limit is None or options.limit >= data.n:
        return data
    return data.take(np.random.default_rng(options.data_seed).permutation(data.n)[: options.limit])


def _halves(folder: Path) -> list[Path]:
    found = [sorted(folder.glob(f"*{word}*.tsv")) for word in ("train", "test")]
    if any(len(files) != 1 for files in found):
        raise FormatError(
            f"{folder.name} holds neither recordings nor one .tsv file for training and one for testing.",
            "Give one file, or a folder of .wav files.",
        )
    return [files[0] for files in found]

"""Spoken digits: a folder of wav files named DIGIT_SPEAKER_TAKE.wav, as the free spoken digit data set has them."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.folders import files_in
from geomlearn.operators.sequence.classification.labelled import LabelledDataset, LabelledSequences

_NAME = re.compile(r"(\w+)_(\w+)_(\d+)\.wav")


def read_spoken_digits(folder: Path, *, rate: int | None = None, test_takes: int = 3) -> LabelledDataset:
    """Waveforms (L, 1) in [−1, 1], each scaled to its own largest sample; the first takes are kept for judging.

    Parameters
    ----------
    rate        samples per second to bring them to, low-pass filtered first; None keeps the files' own.
    test_takes  takes 0 … of every speaker and digit that are for judging.

    Raises
    ------
    FormatError      no such files, damaged ones, or files of different rates.
    ParameterError   a rate above that of the files.

    Source   the data set's own convention of judging by the first takes.
    """
    found = [(file, match) for file in files_in(folder) if (match := _NAME.fullmatch(file.name))]
    if not found:
        raise FormatError(f"{folder.name} holds no files DIGIT_SPEAKER_TAKE.wav.", "Give the recordings' folder.")
    waves = [_waveform(file, rate) for file, _ in found]
    words, labels = np.unique([match[1] for _, match in found], return_inverse=True)
    data = LabelledSequences(tuple(waves), labels, tuple(words.tolist()), task="spoken-digits")
    tested = np.array([int(match[3]) < test_takes for _, match in found])
    if tested.all() or not tested.any():
        raise ParameterError(f"Keeping {test_takes} takes for judging leaves one side empty.", "Keep some of them.")
    return LabelledDataset(data.take(np.flatnonzero(~tested)), data.take(np.flatnonzero(tested)))


def _waveform(file: Path, rate: int | None) -> np.ndarray:
    from scipy.io import wavfile
    from scipy.signal import resample_poly

    try:
        with warnings.catch_warnings():
            # Extra chunks in a file are no concern of ours.
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            own, samples = wavfile.read(file)
    except (ValueError, EOFError, OSError) as error:
        raise FormatError(f"{file.name} is no recording: {error}.", "Export it as PCM wav.") from None
    mono = np.asarray(samples, np.float64).reshape(len(samples), -1).mean(axis=1)
    if not mono.size:
        raise FormatError(f"{file.name} holds no sound.", "Record it again.")
    if rate is not None and rate > own:
        raise ParameterError(f"{file.name} has {own} samples per second, fewer than {rate}.", "Ask for at most that.")
    if rate is not None and rate != own:
        mono = resample_poly(mono, rate, own)
    return (mono / max(np.abs(mono).max(), 1e-12))[:, None]

"""Series of fields on shapes, as spectral coefficients: what rollouts are learned from and judged on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.core.fingerprints import fingerprint_of
from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.data.description import fingerprint
from geomlearn.operators.data.files import read_all
from geomlearn.operators.data.samples import Dataset, ShapeSamples, join
from geomlearn.operators.data.series_tasks import pace_of
from geomlearn.operators.fields.field_files import read_field
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.sequence.rollout.modal import ModalFrame, modal_frame
from geomlearn.operators.sequence.rollout.pacing import pace_of_frames
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

_FIELDS = (".npz", ".h5", ".hdf5", ".mat")


@dataclass(frozen=True, eq=False)
class SeriesSet:
    """N series of T frames each, on some shapes.

    Attributes
    ----------
    coefficients  (N, T, k).
    frames        the shapes, each once.
    shape_of      (N,) index of each series' shape.
    missed        (N,) share of each series that k modes cannot hold, ‖u − Σ a φ‖ / ‖u‖ over all frames.
    equation      the word for what moves them; empty when files do not say it.
    pace          time between frames, in the equation's unit on shapes of unit size.
    content       a fingerprint of the fields behind the coefficients.
    """

    coefficients: np.ndarray
    frames: tuple[ModalFrame, ...]
    shape_of: np.ndarray
    missed: np.ndarray
    equation: str = ""
    pace: float = 0.0
    content: str = ""

    @property
    def n(self) -> int:
        return len(self.coefficients)

    @property
    def n_frames(self) -> int:
        return self.coefficients.shape[1]

    def take(self, which: np.ndarray) -> Self:
        """Some of the series, with the shapes they lie on."""
        used, shape_of = np.unique(self.shape_of[which], return_inverse=True)
        return replace(
            self,
            content=f"{self.content}:{fingerprint_of(np.arange(self.n)[which])}",
            coefficients=self.coefficients[which],
            missed=self.missed[which],
            frames=tuple(self.frames[i] for i in used),
            shape_of=shape_of,
        )


BasisOf = Callable[[Shape, int], Basis]


def laplace_basis(shape: Shape, k: int) -> Basis:
    """The k lowest eigenfunctions, from the cache where they are there."""
    from geomlearn.spectral.eigenbasis import eigenbasis
    from geomlearn.spectral.options import EigenbasisOptions

    return eigenbasis(shape, EigenbasisOptions(k=k))


def learned_modes(shape: Shape, k: int) -> Basis:
    """The first k of what the shipped network makes of the bare points in their place, areas included.

    Raises
    ------
    GeomError   as `learned_basis`; more modes than the network has.
    """
    from geomlearn.spectral.learned_eigenbasis.of_shape import learned_basis
    from geomlearn.spectral.learned_eigenbasis.options import LearnedOptions

    return learned_basis(shape, LearnedOptions(k=k, refine=True))


BASES: dict[str, BasisOf] = {"laplace": laplace_basis, "learned": learned_modes}
"""By the word of `RolloutOptions.basis`."""


def series_of_samples(
    samples: ShapeSamples, k: int, *, basis_of: BasisOf = laplace_basis, progress: Progress = SILENT
) -> SeriesSet:
    """Samples whose input is the first frame and whose targets are the others, in k modes.

    Parameters
    ----------
    basis_of   where the eigenfunctions of a shape come from: the Laplacian's, or a learned stand-in.

    Raises
    ------
    ParameterError   samples of one frame only.
    """
    if samples.n_in + samples.n_out < 3:
        raise ParameterError(
            f"These samples have {samples.n_in + samples.n_out} frames, too few to learn how they go on.",
            "Make some with `geomlearn data heat-series`.",
        )
    frames = []
    for index, shape in enumerate(samples.shapes):
        frames.append(modal_frame(shape, basis_of(shape, k), k))
        progress((index + 1) / len(samples.shapes), f"{index + 1} of {len(samples.shapes)} bases")
    coefficients, missed = [], []
    for values, following, shape in zip(samples.inputs, samples.targets, samples.shape_of, strict=True):
        projected, lost = _projected(frames[shape], np.concatenate([values, following], axis=1).T)
        coefficients.append(projected)
        missed.append(lost)
    made = samples.metadata
    pace = pace_of(samples.task, made.get("options", {})) if samples.task.endswith("-series") else 0.0
    equation = samples.task.removesuffix("-series")
    about = equation, pace, fingerprint(samples)
    return SeriesSet(np.stack(coefficients), tuple(frames), samples.shape_of, np.array(missed), *about)


def series_of_field(series: FieldSeries, shape: Shape, k: int, *, basis_of: BasisOf = laplace_basis) -> SeriesSet:
    """One solved field in k modes.

    A last frame that is out of step with the others, as `solve` keeps it where the duration ends, is left out.

    Raises
    ------
    SizeMismatch     the shape has another number of vertices, or there are several functions.
    ParameterError   frames that are not evenly spaced, or values that are not finite.
    """
    if series.values.ndim != 2 or series.n_vertices != shape.n_vertices:
        raise SizeMismatch(
            f"A series of {len(series.names)} functions on {series.n_vertices} vertices was given, and a shape of "
            f"{shape.n_vertices}.",
            "Give one function, on its own shape.",
        )
    if not np.isfinite(series.values).all():
        raise ParameterError("The series holds values that are not finite.", "Cut it off before them.")
    gaps = np.diff(series.times)
    if len(gaps) > 2 and abs(gaps[-1] - gaps[0]) > 0.01 * gaps[0]:
        series = FieldSeries(series.times[:-1], series.values[:-1], series.names, series.metadata)
        gaps = gaps[:-1]
    if len(gaps) and gaps.max() > 1.01 * gaps.min():
        raise ParameterError(
            "The frames are not evenly spaced in time.",
            "Solve with a duration that is a multiple of the frames' spacing.",
        )
    frame = modal_frame(shape, basis_of(shape, k), k)
    coefficients, missed = _projected(frame, series.values)
    equation = str(series.metadata.get("method", ""))
    gap = float(gaps.mean()) if len(gaps) else 0.0
    pace = pace_of_frames(equation, series.metadata.get("parameters", {}), gap, frame.radius)
    content = fingerprint_of(series.times, series.values, shape.vertices, shape.faces)
    return SeriesSet(coefficients[None], (frame,), np.zeros(1, np.int64), np.array([missed]), equation, pace, content)


def read_series(
    path: str | Path, k: int, *, basis_of: BasisOf = laplace_basis, progress: Progress = SILENT
) -> SeriesSet:
    """Series of a folder that `data heat-series` and its kin made, or of a folder of fields that `solve` saved.

    Raises
    ------
    FormatError      neither is there, or a file is damaged or lacks its shape.
    ParameterError   fields of different equations, paces or lengths.
    """
    path = Path(path).expanduser()
    files = sorted(f for f in path.iterdir() if f.suffix.lower() in _FIELDS) if path.is_dir() else [path]
    if not files:
        raise FormatError(f"{path} holds no series.", "Make some with `geomlearn data heat-series`, or `solve`.")
    if files[0].name != "samples.h5" and not files[0].is_file():
        raise FormatError(f"There is no file {path}.", "Check the name.")
    if _holds_field(files[0]):
        parts = []
        for index, file in enumerate(files):
            parts.append(series_of_field(*read_field_and_shape(file), k, basis_of=basis_of))
            progress((index + 1) / len(files), f"{index + 1} of {len(files)} fields")
        return _joined(parts)
    found = read_all(path)
    samples = join([found.train, found.test]) if isinstance(found, Dataset) else found
    if not isinstance(samples, ShapeSamples):
        raise FormatError(f"{path.name} holds samples on {samples.kind}, not on shapes.", "Give series on shapes.")
    return series_of_samples(samples, k, basis_of=basis_of, progress=progress)


def read_field_and_shape(path: str | Path) -> tuple[FieldSeries, Shape]:
    """A field that `solve` saved together with its shape.

    Raises
    ------
    FormatError   the file holds no field, or no shape.
    """
    from geomlearn.core.arrays import read_arrays

    series = read_field(path)
    arrays, metadata = read_arrays(path)
    if "vertices" not in arrays:
        raise FormatError(f"{Path(path).name} holds a field without its shape.", "Save it with `geomlearn solve`.")
    faces = np.asarray(arrays.get("faces", np.zeros((0, 3))), np.int64).reshape(-1, 3)
    return series, Shape(arrays["vertices"], faces, str(metadata.get("source", Path(path).stem)))


def split_series(data: SeriesSet, n_test: int | None = None, *, window: int = 0) -> tuple[SeriesSet, SeriesSet]:
    """Series to train on, and series on shapes that come last (a fifth of them when None) to judge by.

    With a single shape the last series are kept instead. A single series is cut: windows of its first frames to train
    on, and of its last fifth to judge by.

    Parameters
    ----------
    window   frames of a window of a single series; 0 refuses one.

    Raises
    ------
    ParameterError   nothing would be left on one side.
    """
    if data.n == 1 and window:
        return _split_in_time(data, window, n_test)
    count = max(1, round(data.n / 5)) if n_test is None else n_test
    order = np.argsort(data.shape_of, kind="stable") if len(data.frames) > 1 else np.arange(data.n)
    first = data.n - count
    if len(data.frames) > 1:
        while 0 < first < data.n and data.shape_of[order[first]] == data.shape_of[order[first - 1]]:
            first -= 1
    if not 0 < first < data.n:
        raise ParameterError(f"{data.n} series cannot be split in training and test.", "Make more, on more shapes.")
    return data.take(order[:first]), data.take(order[first:])


def _split_in_time(data: SeriesSet, window: int, n_test: int | None) -> tuple[SeriesSet, SeriesSet]:
    """Windows of the first frames, which overlap by three quarters, and of the last ones, which do not overlap.

    None of the first reaches into the last ones.
    """
    # A short series has shorter windows.
    window = min(window, data.n_frames // 2)
    n_test = max(1, round(data.n_frames / 5 / max(window, 1))) if n_test is None else n_test
    first = data.n_frames - n_test * window
    if not n_test > 0 or first < window or not window:
        raise ParameterError(
            f"One series of {data.n_frames} frames does not hold {n_test} windows of {window} frames to judge by.",
            "Give a longer series, or lower history and horizon.",
        )
    early = range(0, first - window + 1, max(1, window // 4))
    return windows(data, early, window), windows(data, range(first, data.n_frames - window + 1, window), window)


def windows(data: SeriesSet, starts: range, window: int) -> SeriesSet:
    """Stretches of `window` frames of a single series, each as a series of its own."""
    cut = np.stack([data.coefficients[0, start : start + window] for start in starts])
    every = np.zeros(len(cut), np.int64)
    content = f"{data.content}:{window}:{starts}"
    return replace(data, coefficients=cut, shape_of=every, missed=data.missed[every], content=content)


def _projected(frame: ModalFrame, values: np.ndarray) -> tuple[np.ndarray, float]:
    values = np.asarray(values, np.float64)
    coefficients = frame.project(values)
    whole = float((values**2 @ frame.weights).sum())
    held = float((coefficients**2).sum())
    return coefficients, float(np.sqrt(max(whole - held, 0.0) / whole)) if whole else 0.0


def _holds_field(path: Path) -> bool:
    from geomlearn.core.arrays import read_arrays

    arrays, _ = read_arrays(path)
    return "values" in arrays and bool({"times", "vertices"} & arrays.keys()) and "n_vertices" not in arrays


def _joined(parts: list[SeriesSet]) -> SeriesSet:
    first = parts[0]
    for part in parts:
        same_pace = abs(part.pace - first.pace) <= 0.02 * first.pace
        if part.equation != first.equation or part.n_frames != first.n_frames or not same_pace:
            raise ParameterError(
                "The fields differ in equation, number of frames or time between them.", "Keep one kind per folder."
            )
    frames = tuple(part.frames[0] for part in parts)
    coefficients = np.concatenate([part.coefficients for part in parts])
    missed = np.concatenate([part.missed for part in parts])
    content = ":".join(part.content for part in parts)
    return SeriesSet(coefficients, frames, np.arange(len(parts)), missed, first.equation, first.pace, content)

"""Pairs of functions: what an operator is learned from and judged on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

import numpy as np

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.shapes.shape import Shape


@dataclass(frozen=True, eq=False)
class Samples:
    """N pairs of functions on a grid, or on points of the plane.

    Attributes
    ----------
    inputs    (N, *grid, c_in) float32, or (N, n, c_in) at points.
    targets   (N, *grid, c_out) float32, or (N, n, c_out).
    points    (N, n, 2) float32 where the points lie, scaled into the unit square; None on grids.
    codes     (N, q) float32 numbers that describe each geometry, or None.
    mask      (N, *grid) bool, where the target has a meaning (elsewhere it is 0), or None.
    task      the word the data goes by.
    input_names, target_names   one per channel.
    metadata  how it was made.

    Raises
    ------
    SizeMismatch   the arrays do not fit together.
    FormatError    a value is not finite.
    """

    inputs: np.ndarray
    targets: np.ndarray
    points: np.ndarray | None = None
    codes: np.ndarray | None = None
    mask: np.ndarray | None = None
    task: str = ""
    input_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("inputs", "targets", "points", "codes"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _finite(name, value, self.task))
        inputs, targets = self.inputs, self.targets
        if inputs.ndim < 3 or inputs.shape[:-1] != targets.shape[:-1] or not len(inputs):
            raise SizeMismatch(
                f"Inputs of shape {inputs.shape} and targets of shape {targets.shape} are no pairs of functions.",
                "Both need (N, *grid, channels) on the same N and grid.",
            )
        if self.points is not None and self.points.shape != (*inputs.shape[:2], 2):
            raise SizeMismatch(
                f"Points have shape {self.points.shape}, expected {(*inputs.shape[:2], 2)}.", "One pair per value."
            )
        if self.mask is not None and self.mask.shape != inputs.shape[:-1]:
            raise SizeMismatch(f"The mask has shape {self.mask.shape}, expected {inputs.shape[:-1]}.", "One per node.")
        if self.codes is not None and (self.codes.ndim != 2 or len(self.codes) != len(inputs)):
            raise SizeMismatch(f"Codes have shape {self.codes.shape}, expected (N, q).", "One row per sample.")
        for name, letter, count in (("input_names", "a", self.n_in), ("target_names", "u", self.n_out)):
            plain = (letter,) if count == 1 else tuple(f"{letter}{i}" for i in range(count))
            names = tuple(getattr(self, name)) or plain
            if len(names) != count:
                raise SizeMismatch(f"{count} channels have {len(names)} names.", "Give one name per channel.")
            object.__setattr__(self, name, names)

    @property
    def kind(self) -> str:
        """ "grid" or "points"."""
        return "grid" if self.points is None else "points"

    @property
    def n_samples(self) -> int:
        return len(self.inputs)

    @property
    def n_in(self) -> int:
        return self.inputs.shape[-1]

    @property
    def n_out(self) -> int:
        return self.targets.shape[-1]

    @property
    def resolution(self) -> tuple[int, ...]:
        """Points along each axis; for points of the plane, how many there are."""
        return self.inputs.shape[1:-1]

    def take(self, which: slice | np.ndarray) -> Self:
        """Some of the samples."""
        arrays = {name: getattr(self, name) for name in ("inputs", "targets", "points", "codes", "mask")}
        return replace(self, **{name: value[which] for name, value in arrays.items() if value is not None})


@dataclass(frozen=True, eq=False)
class ShapeSamples:
    """N pairs of functions, each on one of several shapes.

    Attributes
    ----------
    shapes    the shapes, each once.
    shape_of  (N,) index of each sample's shape.
    inputs    N arrays (n_vertices, c_in) float32.
    targets   N arrays (n_vertices, c_out) float32.

    Raises
    ------
    SizeMismatch   the arrays do not fit the shapes.
    FormatError    a value is not finite.
    """

    shapes: tuple[Shape, ...]
    shape_of: np.ndarray
    inputs: tuple[np.ndarray, ...]
    targets: tuple[np.ndarray, ...]
    task: str = ""
    input_names: tuple[str, ...] = ("a",)
    target_names: tuple[str, ...] = ("u",)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    kind = "shapes"

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape_of", np.asarray(self.shape_of, np.int64))
        for name in ("inputs", "targets"):
            arrays = tuple(_finite(name, array, self.task) for array in getattr(self, name))
            object.__setattr__(self, name, arrays)
        if not len(self.inputs) == len(self.targets) == len(self.shape_of) > 0:
            raise SizeMismatch("Inputs, targets and shapes of samples differ in number.", "Give one of each.")
        if not ((self.shape_of >= 0) & (self.shape_of < len(self.shapes))).all():
            raise SizeMismatch("A sample belongs to a shape that is not there.", "Check the shapes' numbers.")
        for index, (given, wanted) in enumerate(zip(self.inputs, self.targets, strict=True)):
            n = self.shapes[self.shape_of[index]].n_vertices
            if given.shape != (n, len(self.input_names)) or wanted.shape != (n, len(self.target_names)):
                raise SizeMismatch(
                    f"Sample {index} has values {given.shape} and {wanted.shape} on a shape of {n} vertices.",
                    "Give one row per vertex and one column per name.",
                )

    @property
    def n_samples(self) -> int:
        return len(self.inputs)

    @property
    def n_in(self) -> int:
        return len(self.input_names)

    @property
    def n_out(self) -> int:
        return len(self.target_names)

    def take(self, which: slice | np.ndarray) -> Self:
        """Some of the samples, with the shapes they lie on."""
        chosen = np.arange(self.n_samples)[which]
        used, shape_of = np.unique(self.shape_of[chosen], return_inverse=True)
        return replace(
            self,
            shapes=tuple(self.shapes[i] for i in used),
            shape_of=shape_of,
            inputs=tuple(self.inputs[i] for i in chosen),
            targets=tuple(self.targets[i] for i in chosen),
        )


AnySamples = Samples | ShapeSamples
_Some = TypeVar("_Some", bound=AnySamples)


def coarsened(samples: AnySamples, stride: int) -> AnySamples:
    """Every `stride`-th node along each axis of the grid.

    Raises
    ------
    ParameterError   the samples are not on a grid, or fewer than two nodes would be left along an axis.
    """
    if stride == 1:
        return samples
    grid = samples.resolution if isinstance(samples, Samples) and samples.kind == "grid" else ()
    if not grid or min(grid) <= stride or stride < 1:
        places = " × ".join(map(str, grid)) or samples.kind
        raise ParameterError(
            f"Every {stride}-th node of {places} is no grid.",
            "Only grids are thinned; leave two nodes along each axis.",
        )
    arrays = {name: getattr(samples, name) for name in ("inputs", "targets", "mask")}
    keep = (slice(None), *[slice(None, None, stride)] * len(grid))
    return replace(samples, **{name: value[keep] for name, value in arrays.items() if value is not None})


@dataclass(frozen=True)
class Dataset:
    """Samples to train on, those kept for judging, and those a training may choose by, if any."""

    train: AnySamples
    test: AnySamples
    valid: AnySamples | None = None

    def coarsened(self, stride: int) -> Dataset:
        """Every `stride`-th node along each axis of the grid, of all."""
        valid = None if self.valid is None else coarsened(self.valid, stride)
        return Dataset(coarsened(self.train, stride), coarsened(self.test, stride), valid)

    def with_validation(self, seed: int = 0, share: float = 0.1) -> Dataset:
        """A share of the training samples, drawn by `seed`, set aside to choose by; on shapes, whole shapes.

        Raises
        ------
        ParameterError   there are too few training samples.
        """
        if self.valid is not None:
            return self
        train, rng = self.train, np.random.default_rng([seed, 1])
        by_shape = isinstance(train, ShapeSamples) and len(train.shapes) > 1
        groups = train.shape_of if isinstance(train, ShapeSamples) and by_shape else np.arange(train.n_samples)
        order = rng.permutation(np.unique(groups))
        held = np.isin(groups, order[: max(1, round(share * len(order)))])
        if held.all():
            raise ParameterError(
                f"{train.n_samples} training samples leave none to choose by.", "Give more, or use patience = 0."
            )
        return Dataset(train.take(~held), self.test, train.take(held))


def split(samples: AnySamples, n_test: int | None = None) -> Dataset:
    """The last `n_test` samples (a fifth when None) are kept for judging.

    On shapes the split falls between shapes, so that judging happens on shapes never seen.

    Raises
    ------
    ParameterError   nothing would be left on one side.
    """
    n = samples.n_samples
    first = n - (max(1, round(n / 5)) if n_test is None else n_test)
    if isinstance(samples, ShapeSamples) and len(samples.shapes) > 1:
        while 0 < first < n and samples.shape_of[first] in samples.shape_of[:first]:
            first -= 1
    if not 0 < first < n:
        raise ParameterError(
            f"{n} samples cannot be split into training and {n - first} test samples.", "Make more, or test on fewer."
        )
    return Dataset(samples.take(slice(0, first)), samples.take(slice(first, n)))


def join(parts: Sequence[_Some]) -> _Some:
    """One set of several of the same kind; equal shapes are kept once."""
    first = parts[0]
    if isinstance(first, ShapeSamples):
        return replace(first, **_joined_on_shapes([part for part in parts if isinstance(part, ShapeSamples)]))
    arrays = {name: getattr(first, name) for name in ("inputs", "targets", "points", "codes", "mask")}
    present = [name for name, value in arrays.items() if value is not None]
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in present}
    return replace(first, **joined)


def _joined_on_shapes(parts: Sequence[ShapeSamples]) -> dict[str, Any]:
    known: dict[str, int] = {}
    shapes: list[Shape] = []
    shape_of: list[int] = []
    for part in parts:
        for index in part.shape_of:
            shape = part.shapes[index]
            number = known.setdefault(shape.content_hash, len(known))
            shapes += [shape] if number == len(shapes) else []
            shape_of.append(number)
    values = {name: tuple(v for part in parts for v in getattr(part, name)) for name in ("inputs", "targets")}
    return {"shapes": tuple(shapes), "shape_of": np.array(shape_of), **values}


def _finite(name: str, value: np.ndarray, task: str) -> np.ndarray:
    with np.errstate(over="ignore"):  # what single precision cannot hold is not finite there
        value = np.asarray(value, np.float32)
    flat = np.isfinite(value).reshape(len(value), -1).all(axis=1) if value.size else np.ones(0, bool)
    if not flat.all():
        raise FormatError(
            f"The {name} of {task or 'these samples'} hold values that are not finite, first in row {np.argmin(flat)}.",
            "Remove those samples, or fill the gaps.",
        )
    return value

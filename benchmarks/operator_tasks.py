"""The data of the operator benchmarks, and the published recipe on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from operators.data.generate import generate
from operators.data.options import DarcyData, ElasticityData, ShapesData
from operators.data.samples import AnySamples, Dataset
from operators.training.options import TrainingOptions

PUBLISHED = TrainingOptions(
    epochs=20,
    batch_size=10,
    optimizer="adam",
    learning_rate=1e-3,
    weight_decay=1e-4,
    schedule="halving",
    clip_norm=0,
    device="cpu",
)


@dataclass(frozen=True)
class SearchData:
    """Samples to learn from, to choose by, and to tell by, in the order in which they were made: train, test, valid."""

    train: AnySamples
    test: AnySamples
    valid: AnySamples
    normalization: str

    @property
    def for_training(self) -> Dataset:
        """Training samples, with the validation samples as those looked at after each epoch."""
        return Dataset(self.train, self.valid)


def _cut(samples: AnySamples, n_train: int, n_test: int, normalization: str) -> SearchData:
    ends = (0, n_train, n_train + n_test, samples.n_samples)
    train, test, valid = (samples.take(slice(a, b)) for a, b in zip(ends[:-1], ends[1:], strict=True))
    return SearchData(train, test, valid, normalization)


def darcy() -> SearchData:
    """Darcy flow on 29 × 29 nodes, solved on 85 × 85."""
    samples = generate("darcy", 500, DarcyData(resolution=85, stride=3), seed=0)
    return _cut(samples, 300, 100, "point")


def elasticity() -> SearchData:
    """Stress around a hole on 41 × 41 nodes with a mask."""
    return _cut(generate("elasticity", 300, ElasticityData(layout="grid"), seed=0), 200, 50, "channel")


def heat() -> SearchData:
    """Heat on random animals, each shape on one side only."""
    return _cut(generate("heat-on-shapes", 200, ShapesData(), seed=0), 120, 40, "channel")


TASKS: dict[str, Callable[[], SearchData]] = {"darcy": darcy, "elasticity": elasticity, "heat": heat}

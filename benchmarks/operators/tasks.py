"""The data of the operator benchmarks, and the recipes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import DarcyData, ElasticityData, ShapesData
from geomlearn.operators.data.samples import AnySamples, Dataset
from geomlearn.operators.training.options import TrainingOptions

# Published with the decay 1e-4 and the sum of the errors of a batch as loss; ours is their mean, a tenth of it.
PUBLISHED = TrainingOptions(
    epochs=20,
    batch_size=10,
    optimizer="adam",
    learning_rate=1e-3,
    weight_decay=1e-5,
    schedule="halving",
    clip_norm=0,
    device="cpu",
)
TUNED_ADAMW = PUBLISHED.replace(
    optimizer="adamw", schedule="one-cycle", learning_rate=8e-3, weight_decay=1e-4, clip_norm=1.0
)
MUON = PUBLISHED.replace(optimizer="muon", schedule="one-cycle", learning_rate=1e-2, weight_decay=1e-2, clip_norm=1.0)


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


def _cut(samples: AnySamples, *counts: int, normalization: str) -> SearchData:
    ends = itertools.accumulate(counts, initial=0)
    train, test, valid = (samples.take(slice(a, b)) for a, b in itertools.pairwise(ends))
    return SearchData(train, test, valid, normalization)


def darcy(*counts: int) -> SearchData:
    """Darcy flow on 29 × 29 nodes, solved on 85 × 85."""
    counts = counts or (300, 100, 100)
    samples = generate("darcy", sum(counts), DarcyData(resolution=85, stride=3), seed=0)
    return _cut(samples, *counts, normalization="point")


def elasticity(*counts: int) -> SearchData:
    """Stress around a hole on 41 × 41 nodes with a mask."""
    counts = counts or (200, 50, 50)
    samples = generate("elasticity", sum(counts), ElasticityData(layout="grid"), seed=0)
    return _cut(samples, *counts, normalization="channel")


def heat(*counts: int) -> SearchData:
    """Heat on random animals, each shape on one side only."""
    counts = counts or (120, 40, 40)
    return _cut(generate("heat-on-shapes", sum(counts), ShapesData(), seed=0), *counts, normalization="channel")


TASKS: dict[str, Callable[..., SearchData]] = {"darcy": darcy, "elasticity": elasticity, "heat": heat}

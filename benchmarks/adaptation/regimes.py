"""The regimes that operators are adapted to: velocity on a circle (Burgers), of other viscosities than in training."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import BurgersData
from geomlearn.operators.data.samples import Dataset, Samples
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.learning import train_operator
from geomlearn.operators.models.table import model_named
from geomlearn.operators.training.options import TrainingOptions

OLD, RESOLUTION = 0.1, 64
STEPS, EPOCHS, BATCH = 300, 3, 16
N_CHOOSE, N_JUDGE = 64, 100


@cache
def samples(viscosity: float, n: int, seed: int) -> Samples:
    """Samples of a regime; one seed to learn from, one to choose by, one to judge by."""
    options = BurgersData(viscosity=viscosity, resolution=RESOLUTION, solver_resolution=512)
    return generate("burgers", n, options, seed=seed)


@cache
def trained() -> FieldOperator:
    """An FNO trained on 512 samples of the old regime."""
    row = model_named("fno")
    options = row.resolve_options()(width=24, modes=12, layers=3, head_width=48)
    training = TrainingOptions(epochs=40, batch_size=16, learning_rate=3e-3, weight_decay=1e-4, device="cpu")
    data = Dataset(samples(OLD, 512, 0), samples(OLD, N_JUDGE, 2))
    with tempfile.TemporaryDirectory() as folder:
        return train_operator("fno", data, Path(folder), options, training).value


def few(viscosity: float, n: int, seed: int, *, pool: int = 1024, steps: int = STEPS) -> Samples:
    """A few samples of a regime drawn by a seed, over and over: an epoch has as many steps whatever their number."""
    drawn = np.random.default_rng([seed, 7]).permutation(pool)[:n]
    return samples(viscosity, pool, 0).take(np.resize(drawn, BATCH * steps // EPOCHS))


def schedule(rate: float, seed: int) -> TrainingOptions:
    """The same steps for every method and every number of samples."""
    return TrainingOptions(epochs=EPOCHS, batch_size=BATCH, learning_rate=rate, weight_decay=0, seed=seed, device="cpu")

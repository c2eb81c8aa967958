"""The layout of DeepONets: functions at sensors (branch), places (trunk), and values of the answers there.

Source   Lu et al. 2021, arXiv 1910.03193, and the files of its examples.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.data.samples import Dataset, Samples

Arrays = Mapping[str, np.ndarray]
_TRIPLES = (("X0", "X1", "y"), ("branch", "trunk", "y"), ("branch", "trunk", "targets"), ("branch", "trunk", "outputs"))
_HALVES = ("X_train0", "X_train1", "y_train"), ("X_test0", "X_test1", "y_test")


def deeponet(arrays: Arrays) -> Samples | Dataset | None:
    """Samples, or training and test samples; None where the arrays are no DeepONet's.

    Sensors that are the places too become a grid. Otherwise the functions describe each sample by numbers, beside
    the places, as geometries are described to the models on points.
    """
    train, test = _HALVES
    if set(train) <= arrays.keys():
        first = _samples(*(arrays[name] for name in train))
        return Dataset(first, _samples(*(arrays[name] for name in test))) if set(test) <= arrays.keys() else first
    for names in _TRIPLES:
        if set(names) <= arrays.keys():
            return _samples(*(arrays[name] for name in names))
    return None


def _samples(branch: np.ndarray, trunk: np.ndarray, values: np.ndarray) -> Samples:
    trunk = trunk[:, None] if trunk.ndim == 1 else trunk
    values = values[..., 0] if values.ndim == 3 and values.shape[-1] == 1 else values
    if branch.ndim != 2 or trunk.ndim != 2 or values.shape != (len(branch), len(trunk)) or trunk.shape[1] > 2:
        raise FormatError(
            f"Functions {branch.shape}, places {trunk.shape} and answers {values.shape} are no DeepONet data where "
            "all samples are answered at the same places.",
            "Give functions (N, m), places (P, 1) or (P, 2) and answers (N, P).",
        )
    n, places = values.shape
    gaps = np.diff(trunk[:, 0])
    if trunk.shape[1] == 1 and branch.shape[1] == places and gaps.min(initial=1) > 0 and np.ptp(gaps) < 1e-3 * gaps[0]:
        read = f"functions (n, x) to answers (n, x), sensors and places the same {places}"
        return Samples(branch[..., None], values[..., None], task="deeponet", metadata={"read": read})
    low, high = trunk.min(0), trunk.max(0)
    unit = np.zeros((places, 2))
    unit[:, : trunk.shape[1]] = (trunk - low) / np.where(high > low, high - low, 1)
    everywhere = np.broadcast_to(unit, (n, places, 2))
    return Samples(
        everywhere,
        values[..., None],
        everywhere,
        branch,
        task="deeponet",
        input_names=("x", "y"),
        metadata={"read": f"answers at {places} places; {branch.shape[1]} sensor values describe each sample"},
    )

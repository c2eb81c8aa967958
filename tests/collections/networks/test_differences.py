"""Shape differences: none between equal shapes, and larger for shapes that differ more."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.networks.differences import differences, write_differences
from geomlearn.core.arrays import read_arrays


def latent_of(scales: list[float], k: int = 9) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Shapes whose mode 3 is stretched in area, and whose spectrum is scaled there."""
    latent, evals = {}, {}
    for number, scale in enumerate(scales):
        matrix = np.eye(k)
        matrix[3, 3] = scale
        latent[f"s{number}"], evals[f"s{number}"] = matrix, np.arange(float(k))
    return latent, evals


def test_equal_shapes_do_not_differ_from_their_limit():
    found = differences(*latent_of([1.0, 1.0, 1.0]))
    assert found.from_limit == pytest.approx(0, abs=1e-10)
    assert found.distances() == pytest.approx(0, abs=1e-10)
    assert found.spectrum == pytest.approx(np.arange(6.0), abs=1e-10)


def test_distances_grow_with_what_differs(tmp_path):
    found = differences(*latent_of([1.0, 1.1, 1.3]))
    gaps = found.distances()
    assert gaps[0, 1] < gaps[1, 2] < gaps[0, 2]
    assert found.from_limit[2].sum() > found.from_limit[1].sum()
    # Areas of one mode alone: 1.21 − 1 and 1.69 − 1.
    assert found.areas[2, 3, 3] - found.areas[0, 3, 3] == pytest.approx(0.69, abs=1e-10)
    arrays, metadata = read_arrays(write_differences(tmp_path / "limit.npz", found))
    assert arrays["distances"] == pytest.approx(gaps)
    assert metadata["names"] == ["s0", "s1", "s2"]

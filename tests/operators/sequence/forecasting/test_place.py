"""Grids, meshes and clouds as forecasts see them."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.forecasting.place import grid_place, shape_place
from geomlearn.shapes.load import load_shape


@pytest.mark.parametrize("sizes", [(16,), (8, 6), (5, 4, 6)])
@pytest.mark.parametrize("periodic", [True, False])
def test_modes_of_a_grid_are_orthonormal(sizes, periodic):
    place = grid_place(sizes, int(np.prod(sizes)), periodic=periodic)
    np.testing.assert_allclose(place.modes.T @ (place.modes * place.weights[:, None]), np.eye(place.n), atol=1e-10)
    assert (np.diff(place.evals) >= 0).all()
    assert len(place.slopes) == len(sizes)


def test_slopes_of_a_grid_converge_with_fourth_order():
    gaps = []
    for n in (16, 32):
        x = np.arange(n) / n
        place = grid_place((n,), 4, periodic=True)
        gaps.append(np.abs(place.slopes[0] @ np.sin(2 * np.pi * x) - 2 * np.pi * np.cos(2 * np.pi * x)).max())
    assert gaps[0] / gaps[1] == pytest.approx(16, rel=0.1)


def test_a_grid_keeps_its_axes_apart():
    place = grid_place((8, 12), 4, periodic=False)
    field = np.broadcast_to(np.arange(12.0) / 12, (8, 12)).ravel()
    along, across = place.slopes[1] @ field, place.slopes[0] @ field
    assert np.allclose(across, 0)
    assert np.allclose(along.reshape(8, 12)[:, 2:-2], 1)


@pytest.mark.parametrize("as_cloud", [False, True])
def test_slopes_of_a_sphere_lie_along_it(sphere, as_cloud):
    shape = load_shape("builtin:sphere@500")
    shape = shape.replace(faces=np.zeros((0, 3), np.int64)) if as_cloud else shape
    # Ten times as large: slopes are those on a shape of unit size.
    place = shape_place(shape.replace(vertices=10 * shape.vertices), 9)
    unit = shape.vertices / np.linalg.norm(shape.vertices, axis=1)[:, None]
    found = np.stack([slope @ unit[:, 2] for slope in place.slopes], 1)
    truth = np.array([0, 0, 1.0]) - unit[:, 2:] * unit
    assert np.linalg.norm(found - truth) < 0.1 * np.linalg.norm(truth)
    assert place.evals[1:4] == pytest.approx(2, rel=0.05)


def test_what_is_no_grid_is_refused():
    with pytest.raises(ParameterError, match="3 × 9"):
        grid_place((3, 9), 4, periodic=True)

"""Procrustes means and modes of shapes made from a known model."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.morphometrics.shape_model import shape_model
from geomlearn.collections.options import ShapeModelOptions
from geomlearn.core.errors import ParameterError, SizeMismatch


def rotation(random):
    matrix = np.linalg.qr(random.normal(size=(3, 3)))[0]
    return matrix * np.sign(np.linalg.det(matrix))


def made(n_shapes=40, seed=0, moved=True):
    """Shapes of a mean and two modes, in any place and turn; and their true scores."""
    random = np.random.default_rng(seed)
    mean = random.normal(size=(60, 3)) * (3, 2, 1)
    mean -= mean.mean(axis=0)
    modes = random.normal(size=(2, 60, 3))
    # Modes that neither move, turn nor scale the mean, so that alignment leaves them alone.
    turns = [np.cross(mean, axis) for axis in np.eye(3)]
    rigid = np.stack([*(np.broadcast_to(axis, (60, 3)) for axis in np.eye(3)), *turns, mean]).reshape(7, -1)
    basis = np.linalg.qr(rigid.T)[0]
    flat = modes.reshape(2, -1)
    flat = np.linalg.qr((flat - flat @ basis @ basis.T).T)[0].T
    scores = random.normal(size=(n_shapes, 2)) * (0.3, 0.1)
    shapes = mean + (scores @ flat).reshape(n_shapes, 60, 3)
    if moved:
        shapes = np.stack([one @ rotation(random).T + random.normal(size=3) for one in shapes])
    return shapes, scores


@pytest.mark.parametrize("scaling", [True, False])
def test_the_modes_that_made_the_shapes_come_back(scaling):
    shapes, scores = made()
    found = shape_model(shapes, options=ShapeModelOptions(scaling=scaling, explained=0.999)).value
    assert len(found.eigenvalues) == 2
    for mode in range(2):
        # The shapes lie on a curved surface once they are turned: straight modes see 98 % and more of it.
        assert abs(np.corrcoef(found.scores[:, mode], scores[:, mode])[0, 1]) > 0.98


def test_where_shapes_lie_and_how_large_they_are_does_not_matter():
    shapes, _ = made()
    random = np.random.default_rng(1)
    moved = np.stack([random.uniform(0.5, 2) * one @ rotation(random).T + random.normal(size=3) for one in shapes])
    a, b = shape_model(shapes).value, shape_model(moved).value
    relative = a.eigenvalues / a.sizes.mean() ** 2
    np.testing.assert_allclose(b.eigenvalues / b.sizes.mean() ** 2, relative, rtol=1e-6)


def test_scores_and_modes_give_the_shapes_back():
    shapes, _ = made()
    found = shape_model(shapes, options=ShapeModelOptions(explained=1.0)).value
    for number in (0, 17):
        np.testing.assert_allclose(found.shape(found.scores[number]), found.aligned[number], atol=1e-5)
    np.testing.assert_allclose(found.scores.var(axis=0, ddof=1), found.eigenvalues, rtol=1e-9)


def test_modes_are_of_unit_length_under_the_mass():
    shapes, _ = made()
    mass = np.random.default_rng(2).uniform(1, 3, 60)
    found = shape_model(shapes, mass).value
    products = np.einsum("n,pnd,qnd->pq", found.mass, found.modes, found.modes)
    np.testing.assert_allclose(products, np.eye(len(found.modes)), atol=1e-9)
    assert found.total == pytest.approx(found.eigenvalues.sum(), rel=0.02)


def test_distances_are_those_of_corresponding_points():
    shapes, _ = made(6)
    found = shape_model(shapes).value
    expected = np.sqrt(((found.aligned[1] - found.aligned[4]) ** 2).sum(axis=1).mean())
    assert found.distances()[1, 4] == pytest.approx(expected)


def test_size_is_a_mode_when_it_is_not_taken_off():
    shapes, _ = made(moved=False)
    grown = shapes * np.linspace(0.5, 2, len(shapes))[:, None, None]
    with_size = shape_model(grown, options=ShapeModelOptions(scaling=False)).value
    assert abs(np.corrcoef(with_size.scores[:, 0], with_size.sizes)[0, 1]) > 0.999
    assert shape_model(grown).value.eigenvalues[0] < 0.1 * with_size.eigenvalues[0]


def test_what_is_no_collection_is_a_sentence():
    with pytest.raises(SizeMismatch, match=r"Shapes must be \(s, n, 3\)"):
        shape_model(np.zeros((4, 5)))
    with pytest.raises(ParameterError, match="2 shapes have no modes"):
        shape_model(made()[0][:2])
    with pytest.raises(ParameterError, match="all the same"):
        shape_model(np.repeat(made()[0][:1], 4, axis=0))

"""The nearest point of a triangle, and maps sharpened to such points."""

from __future__ import annotations

import numpy as np

from geomlearn.collections.transfer.barycentric import barycentric_map, closest_weights
from geomlearn.shapes.builtin import icosphere
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


def test_the_nearest_point_is_that_of_a_fine_search():
    random = np.random.default_rng(0)
    u, v, point = random.normal(size=(3, 200, 5))
    weights = closest_weights(point, u, v)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights.min() > -1e-12
    found = np.linalg.norm(point - weights[:, 1:2] * u - weights[:, 2:] * v, axis=1)
    s, t = np.meshgrid(np.linspace(0, 1, 101), np.linspace(0, 1, 101))
    inside = s + t <= 1
    grid = np.stack([s[inside], t[inside]], axis=1)
    for one in range(200):
        tried = np.linalg.norm(point[one] - grid[:, :1] * u[one] - grid[:, 1:] * v[one], axis=1).min()
        # The search has steps of a hundredth of the sides.
        assert found[one] <= tried + 1e-9
        assert tried <= found[one] + 0.02 * (np.linalg.norm(u[one]) + np.linalg.norm(v[one]))


def test_of_a_shape_to_itself_each_vertex_stays_where_it_is(monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")
    ball = icosphere(5)
    basis = eigenbasis(ball, EigenbasisOptions(k=49))
    weights = barycentric_map(np.arange(ball.n_vertices), ball, basis, basis)
    np.testing.assert_allclose(weights @ ball.vertices, ball.vertices, atol=1e-6)

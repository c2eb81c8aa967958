"""Local triangles: each place of the surface is covered three times, and what is built on them converges."""

import numpy as np
import pytest

from geomlearn.core.errors import MeshError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.local_triangles import local_triangles
from geomlearn.spectral.options import EigenbasisOptions

EXACT = np.repeat([0, 2, 6, 12, 20], [1, 3, 5, 7, 9])


def strewn(n: int, seed: int = 0) -> np.ndarray:
    """Points strewn evenly at random on the unit sphere."""
    points = np.random.default_rng(seed).normal(size=(n, 3))
    return points / np.linalg.norm(points, axis=1)[:, None]


def worst_eigenvalue(n: int) -> float:
    evals = eigenbasis(Shape(strewn(n)), EigenbasisOptions(k=25), cache=False).evals
    return float(np.abs(evals[1:] / EXACT[1:] - 1).max())


def test_the_surface_is_covered_three_times():
    points = strewn(3000)
    corners = points[local_triangles(points)]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    assert area / 3 == pytest.approx(4 * np.pi, rel=0.01)


def test_eigenvalues_of_a_strewn_cloud_converge():
    # Between first and second order in the spacing: 2.2 % → 0.8 % measured.
    coarse, fine = worst_eigenvalue(2500), worst_eigenvalue(8000)
    assert coarse < 0.035
    assert fine < 0.5 * coarse


def test_tufted_weights_are_why_not_as_they_do_not_converge():
    import robust_laplacian
    import scipy.sparse as sp
    from scipy.sparse.linalg import eigsh

    stiffness, mass = robust_laplacian.point_cloud_laplacian(strewn(8000), n_neighbors=30)
    evals = np.sort(eigsh(sp.csc_matrix(stiffness), 25, sp.csc_matrix(mass), sigma=-0.1)[0])
    assert np.abs(evals[1:] / EXACT[1:] - 1).max() > 3 * worst_eigenvalue(8000)


def test_too_few_points_end_in_a_sentence():
    with pytest.raises(MeshError, match="more than 30"):
        local_triangles(strewn(30))

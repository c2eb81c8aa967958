"""Probe families and the operator behind the default one."""

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.spectral.learned_eigenbasis.options import ProbeOptions
from geomlearn.spectral.learned_eigenbasis.probes import diffusion_time, draw_probes, smoother
from geomlearn.spectral.learned_eigenbasis.projection import prefix_errors
from geomlearn.spectral.learned_eigenbasis.self_tuned import (
    ball_volume,
    nearest_neighbours,
    self_tuned_laplacian,
)

FAMILIES = ("self-tuned", "reference", "schrodinger", "hadamard", "polynomial")


def uneven_sphere(n=700, seed=0):
    """Points on the unit sphere, e³ times denser at one pole than at the other, and their true areas."""
    rng = np.random.default_rng(seed)
    many = rng.standard_normal((40_000, 3))
    many /= np.linalg.norm(many, axis=1)[:, None]
    density = np.exp(1.5 * many[:, 2])
    points = many[rng.choice(len(many), n, replace=False, p=density / density.sum())]
    from scipy.spatial import SphericalVoronoi

    return points, SphericalVoronoi(points, 1.0).calculate_areas()


@pytest.fixture(scope="module")
def sphere():
    return uneven_sphere()


def harmonics(points):
    """The first nine spherical harmonics, orthogonal on the sphere."""
    x, y, z = points.T
    return np.stack([np.ones_like(x), x, y, z, x * y, y * z, z * x, x * x - y * y, 3 * z * z - 1], axis=1)


def overlap(q, functions):
    """Share of the span of the functions that the span of q holds."""
    basis, _ = np.linalg.qr(functions)
    return float(np.square(basis.T @ q).sum() / functions.shape[1])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_every_family_lives_in_every_dimension(family, d):
    points = np.random.default_rng(d).uniform(-0.5, 0.5, (90, d))
    options = ProbeOptions(probes=family, n_probes=7, dimension=min(d, 2))
    functions = draw_probes(points, 8, options, 0, points[:, 0])
    assert functions.shape == (90, 7)
    assert np.isfinite(functions).all()
    assert np.array_equal(functions, draw_probes(points, 8, options, 0, points[:, 0]))


def test_property_8_the_published_smoother_conserves_the_sum(sphere):
    step = smoother(sphere[0], 12, 0.1)
    assert np.abs(step.sum(axis=0) - 1).max() < 1e-6
    white = np.random.default_rng(0).uniform(-1, 1, len(sphere[0]))
    smooth = white.copy()
    for _ in range(25):
        smooth = step @ smooth
    assert smooth.sum() == pytest.approx(white.sum(), abs=1e-6)
    # Columns that sum to one shrink the sum of absolute values, not the largest: sources keep what they are sent.
    assert np.abs(smooth).sum() < 0.7 * np.abs(white).sum()


def test_property_8_the_self_tuned_operator_is_symmetric_semidefinite_and_knows_its_mass(sphere):
    laplacian = self_tuned_laplacian(sphere[0])
    a = laplacian.normalized()
    assert abs(a - a.T).max() < 1e-9 * abs(a).max()
    assert np.linalg.eigvalsh(a.toarray())[0] > -1e-6
    assert np.abs(a @ np.sqrt(laplacian.mass)).max() < 1e-6 * abs(a).max()


def test_the_self_tuned_operator_is_the_laplacian_of_the_sphere(sphere):
    points, areas = sphere
    laplacian = self_tuned_laplacian(points)
    evals, q = np.linalg.eigh(laplacian.normalized().toarray())
    # The sphere's are 0, 2, 2, 2, 6 …; seven hundred uneven points leave a third of error, in groups.
    assert evals[1:4].mean() == pytest.approx(2.0, rel=0.35)
    assert evals[4:9].mean() / evals[1:4].mean() == pytest.approx(3.0, rel=0.1)
    assert laplacian.mass.sum() == pytest.approx(4 * np.pi, rel=0.12)
    assert np.corrcoef(laplacian.mass, areas)[0, 1] > 0.8
    functions = np.sqrt(areas)[:, None] * harmonics(points)
    assert overlap(q[:, :4], functions[:, :4]) > 0.9
    assert overlap(q[:, :9], functions) > 0.9


def test_the_published_probes_fail_where_the_default_ones_hold(sphere):
    """The ablation: infinitely many probes of either family on one uneven sampling, no network."""
    points, areas = sphere
    found = {}
    for family in ("self-tuned", "reference"):
        probes = draw_probes(points, 9, ProbeOptions(probes=family), 0)
        q = np.linalg.svd(probes)[0][:, :9]
        correlation = np.corrcoef(q[:, 0] ** 2, areas)[0, 1]
        found[family] = overlap(q, np.sqrt(areas)[:, None] * harmonics(points)), correlation
    assert found["self-tuned"][0] > 0.9
    assert found["self-tuned"][1] > 0.7
    assert found["reference"][0] < 0.75
    assert found["reference"][1] < 0


@pytest.mark.parametrize("d", [1, 2, 3])
def test_eigenvalues_come_out_in_units_whatever_the_dimension(d):
    """A box has its first eigenvalue at (π / side)²; scale enters as 1 / length²."""
    side = 2.0
    n = {1: 60, 2: 24, 3: 10}[d]
    line = (np.arange(n) + 0.5) / n * side
    points = np.stack(np.meshgrid(*[line] * d), axis=-1).reshape(-1, d)
    points += 0.01 * np.random.default_rng(0).standard_normal(points.shape)
    laplacian = self_tuned_laplacian(points, d)
    evals = np.linalg.eigvalsh(laplacian.normalized().toarray())
    # Free ends at the rim of a small box cost up to a third.
    assert evals[1] == pytest.approx((np.pi / side) ** 2, rel=0.35)
    assert laplacian.mass.sum() == pytest.approx(side**d, rel=0.35)
    larger = self_tuned_laplacian(10 * points, d)
    assert np.allclose(np.linalg.eigvalsh(larger.normalized().toarray())[1:4], evals[1:4] / 100, rtol=1e-6)


def test_all_probes_together_are_the_expectation(sphere):
    points = sphere[0][:200]
    exact = draw_probes(points, 8, ProbeOptions())
    many = draw_probes(points, 8, ProbeOptions(n_probes=40_000))
    covariance, sampled = exact @ exact.T, many @ many.T / 40_000
    # Forty thousand draws leave 1/√40 000 of every entry's scale.
    assert np.abs(covariance - sampled).max() < 0.05 * np.abs(covariance).max()


def test_the_diffusion_time_damps_by_half_where_it_says():
    mass = np.full(100, 0.04)
    options = ProbeOptions(smoothing=0.5)
    # Weyl: λ at mode 10 of a surface of area 4 is 4π · 10 / 4.
    assert diffusion_time(mass, 20, options) == pytest.approx(1 / (np.pi * 10))
    assert ball_volume(2) == pytest.approx(np.pi)


def test_property_11_schrodinger_without_potential_is_the_laplacian_and_with_one_avoids_it():
    points = np.random.default_rng(0).standard_normal((400, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    potential = points[:, 0]
    flat = draw_probes(points, 8, ProbeOptions(probes="schrodinger", n_probes=9), 5, np.zeros(400))
    plain = ProbeOptions(probes="schrodinger", n_probes=9, potential_weight=0)
    assert np.allclose(flat, draw_probes(points, 8, plain, 5, potential))
    masses = {}
    for weight in (0, 3, 10):
        options = ProbeOptions(probes="schrodinger", potential_weight=weight)
        masses[weight] = np.linalg.svd(draw_probes(points, 8, options, 5, potential))[0][:, 0] ** 2
    assert np.corrcoef(masses[3], potential)[0, 1] < -0.5
    # The heavier the potential, the deeper in its valley the mass lies.
    assert masses[10] @ potential < masses[3] @ potential < masses[0] @ potential - 0.3


def test_polynomials_are_spanned_by_as_many_functions():
    points = np.random.default_rng(0).uniform(-1, 1, (60, 1))
    probes = draw_probes(points, 4, ProbeOptions(probes="polynomial", degree=3, n_probes=20))
    powers = torch.from_numpy(points ** np.arange(4))
    assert prefix_errors(powers, torch.from_numpy(probes))[-1].max() < 1e-6 * (probes**2).sum(axis=0).max()


def test_hadamard_functions_are_constant_on_halves():
    points = np.random.default_rng(0).uniform(-1, 1, (64, 2))
    for function in draw_probes(points, 4, ProbeOptions(probes="hadamard", n_probes=20)).T:
        sizes = np.unique(function, return_counts=True)[1]
        assert len(set(sizes.tolist())) == 1
        assert 64 % sizes[0] == 0


def test_neighbours_are_those_of_all_distances_in_high_dimensions_too():
    points = np.random.default_rng(0).standard_normal((50, 40))
    distances, indices = nearest_neighbours(points, 5)
    table = np.linalg.norm(points[:, None] - points[None], axis=2) + 1e9 * np.eye(50)
    assert np.allclose(distances, np.sort(table, axis=1)[:, :5])
    assert (table[np.arange(50)[:, None], indices] == np.sort(table, axis=1)[:, :5]).mean() > 0.999


def test_neighbours_exclude_a_point_itself_even_among_coincident_ones():
    points = np.repeat(np.random.default_rng(0).standard_normal((6, 2)), 4, axis=0)
    _, indices = nearest_neighbours(points, 5)
    assert (indices != np.arange(24)[:, None]).all()


def test_bad_input_is_a_sentence(sphere):
    with pytest.raises(ParameterError, match="need a potential"):
        draw_probes(sphere[0], 5, ProbeOptions(probes="schrodinger"))
    with pytest.raises(SizeMismatch, match="meets 700 points"):
        draw_probes(sphere[0], 5, ProbeOptions(probes="schrodinger"), 0, np.zeros(3))
    with pytest.raises(SizeMismatch, match="at least 3 points"):
        self_tuned_laplacian(np.zeros((2, 3)))
    with pytest.raises(SizeMismatch, match="do not have 9 neighbours"):
        nearest_neighbours(np.zeros((9, 3)), 9)

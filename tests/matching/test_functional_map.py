"""Functional maps: three exact solvers agree, gradients are right, a rigid copy gives the identity."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch, SolverError
from geomlearn.matching.functional_map import (
    Constraints,
    constant_column,
    functional_map,
    map_energy,
    solve_lbfgs,
    solve_normal,
    solve_rows,
)
from geomlearn.matching.options import FunctionalMapOptions
from geomlearn.matching.point_map import functional_map_of, point_map
from geomlearn.matching.terms.energy import product_operators
from geomlearn.matching.terms.orientation import orientation_operators, surface_calculus
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.descriptors import wave_kernel_signature
from tests.matching.blobs import mean_error

K = 12


@pytest.fixture(scope="module")
def described(bent_pair):
    """Descriptors only, of both shapes."""
    return [
        Constraints(basis, wave_kernel_signature(basis)[:, ::10]) for basis in (bent_pair.basis_a, bent_pair.basis_b)
    ]


@pytest.fixture(scope="module")
def oriented(bent_pair, described):
    """Orientation too."""
    return [
        replace(side, orientation=orientation_operators(surface_calculus(shape), side.basis, side.descriptors, K))
        for shape, side in zip((bent_pair.a, bent_pair.b), described, strict=True)
    ]


def energy_of(constraints, **options):
    return map_energy(*constraints, FunctionalMapOptions(k_solve=K, **options))


def test_rows_normal_equations_and_lbfgs_agree(described):
    """Property 6."""
    energy = energy_of(described, w_mask=1, w_products=0, w_orientation=0)
    rows = solve_rows(energy)
    np.testing.assert_allclose(solve_normal(energy), rows, atol=1e-6)
    np.testing.assert_allclose(solve_lbfgs(energy, 20_000), rows, atol=1e-5)


def test_lbfgs_reaches_the_exact_minimum_of_all_terms(oriented):
    energy = energy_of(oriented)
    exact, iterated = solve_normal(energy), solve_lbfgs(energy)
    assert energy.value_and_gradient(iterated)[0] == pytest.approx(energy.value_and_gradient(exact)[0], rel=1e-8)
    np.testing.assert_allclose(iterated, exact, atol=1e-4)


@pytest.mark.parametrize("term", ["w_descriptors", "w_mask", "w_products", "w_orientation"])
def test_the_gradient_of_each_term_is_its_derivative(oriented, term):
    """Property 6."""
    weights = {"w_descriptors": 1e-12, "w_mask": 0.0, "w_products": 0.0, "w_orientation": 0.0} | {term: 1.0}
    energy = energy_of(oriented, **weights)
    generator = np.random.default_rng(0)
    c, direction = generator.standard_normal((2, K, K))
    step = 1e-4
    up, down = (energy.value_and_gradient(c + sign * step * direction)[0] for sign in (1, -1))
    slope = float((energy.value_and_gradient(c)[1] * direction).sum())
    assert (up - down) / (2 * step) == pytest.approx(slope, rel=1e-6)


def test_the_normal_equations_are_the_gradient(oriented):
    energy = energy_of(oriented)
    c = np.random.default_rng(1).standard_normal((K, K))
    matrix, right = energy.normal_equations()
    np.testing.assert_allclose(2 * (matrix @ c.ravel() - right), energy.value_and_gradient(c)[1].ravel(), rtol=1e-8)


def test_products_known_in_more_modes_are_as_good_as_new_ones(described):
    known = [
        replace(side, products=product_operators(side.basis.truncated(K + 5), side.descriptors)) for side in described
    ]
    given, new = (energy_of(sides, w_orientation=0).commutators[0] for sides in (known, described))
    np.testing.assert_allclose(given.operators_a, new.operators_a, atol=1e-12)
    np.testing.assert_allclose(given.operators_b, new.operators_b, atol=1e-12)


def test_terms_have_unit_mean_curvature(oriented):
    """Equal weights pull equally hard: each term alone has a mean diagonal of its weight."""
    for term in ("w_mask", "w_products", "w_orientation"):
        weights = {"w_descriptors": 1e-12, "w_mask": 0.0, "w_products": 0.0, "w_orientation": 0.0} | {term: 3.0}
        matrix, _ = energy_of(oriented, **weights).normal_equations()
        assert np.diag(matrix).mean() == pytest.approx(3.0, rel=1e-6)


def test_a_rigid_copy_gives_the_identity_up_to_signs(rigid_pair):
    """Property 4: |C| = I on a simple spectrum, and the point map is exact for every k ≥ 10."""
    a, b = rigid_pair.basis_a, rigid_pair.basis_b
    back = np.argsort(rigid_pair.truth)
    fmap = functional_map_of(back, a.evecs, b.evecs, b.mass)
    assert np.abs(np.abs(fmap) - np.eye(a.k)).max() < 1e-6
    for k in (10, 17, 40, 60):
        np.testing.assert_array_equal(point_map(fmap[:k, :k], a.evecs, b.evecs), back)


def test_descriptors_alone_solve_a_rigid_copy(rigid_pair):
    bases = rigid_pair.basis_a, rigid_pair.basis_b
    constraints = (Constraints(basis, wave_kernel_signature(basis)[:, ::5]) for basis in bases)
    options = FunctionalMapOptions(k_solve=20, w_orientation=0)
    fmap = functional_map(*constraints, options)
    found = point_map(fmap, *(basis.evecs for basis in bases))
    assert mean_error(rigid_pair.truth[found], np.arange(len(found)), rigid_pair.b) < 1e-9


def test_composition_of_maps_is_the_product_of_matrices(bent_pair):
    """Property 8: truncated, the product misses what leaves the first modes, less with more of them."""
    a, b = bent_pair.basis_a, bent_pair.basis_b
    back = np.argsort(bent_pair.truth)
    generator = np.random.default_rng(0)
    neighbour = np.arange(a.n_vertices)
    for u, v in generator.permutation(bent_pair.a.faces[:, :2])[:60]:
        neighbour[u] = v
    residuals = []
    for k in (10, 30, 100):
        ab = functional_map_of(back, a.evecs[:, :k], b.evecs[:, :k], b.mass)
        aa = functional_map_of(neighbour, a.evecs[:, :k], a.evecs[:, :k], a.mass)
        whole = functional_map_of(neighbour[back], a.evecs[:, :10], b.evecs[:, :10], b.mass)
        residuals.append(np.linalg.norm((ab @ aa)[:10, :10] - whole))
    assert residuals[0] > residuals[1] > residuals[2]


def test_without_any_mask_the_map_is_worse(bent_pair, described):
    """Ablation of the Laplacian term."""
    errors = []
    for weight in (0.0, 1.0):
        options = FunctionalMapOptions(k_solve=25, w_mask=weight, w_products=0, w_orientation=0)
        fmap = functional_map(*described, options)
        found = point_map(fmap, bent_pair.basis_a.evecs, bent_pair.basis_b.evecs)
        errors.append(mean_error(found, np.argsort(bent_pair.truth), bent_pair.a))
    assert errors[1] < 0.7 * errors[0]


@pytest.mark.parametrize("mask", ["resolvent", "laplacian"])
def test_masks_vanish_on_equal_frequencies_and_keep_the_constant(bent_pair, described, mask):
    energy = energy_of(described, mask=mask, w_products=0, w_orientation=0)
    assert energy.mask[0, 0] == pytest.approx(0, abs=1e-12)
    assert (energy.mask >= 0).all()
    np.testing.assert_array_equal(solve_rows(energy)[:, 0], constant_column(bent_pair.basis_a, bent_pair.basis_b)[:K])


def test_the_constant_goes_to_the_constant_scaled_by_area():
    def basis(area, sign):
        return Basis(np.array([0.0, 1.0]), np.array([[sign, 1], [sign, -1]]) / np.sqrt(area), np.full(2, area / 2))

    np.testing.assert_allclose(constant_column(basis(1, 1), basis(4, -1)), [-2, 0])
    split = Basis(np.zeros(2), np.eye(2), np.ones(2))
    assert constant_column(split, split) is None


def test_sentences_for_wrong_sizes(described):
    a, b = described
    with pytest.raises(ParameterError, match="k_solve = 150 exceeds the 100 modes"):
        functional_map(a, b, FunctionalMapOptions(k_solve=150))
    with pytest.raises(SizeMismatch, match="A has 10 descriptors, B has 9"):
        functional_map(a, replace(b, descriptors=b.descriptors[:, 1:]))
    with pytest.raises(SizeMismatch, match="one row per vertex"):
        functional_map(replace(a, descriptors=a.descriptors[1:]), b)
    with pytest.raises(ParameterError, match="solver rows needs"):
        FunctionalMapOptions(solver="rows")
    with pytest.raises(ParameterError, match="one of w_descriptors"):
        FunctionalMapOptions(w_descriptors=0, w_products=0, w_orientation=0)
    with pytest.raises(ParameterError, match="commutators"):
        solve_rows(energy_of(described))


def test_lbfgs_that_is_cut_short_hands_over_its_matrix(described):
    energy = energy_of(described)
    with pytest.raises(SolverError) as caught:
        solve_lbfgs(energy, 2)
    assert caught.value.best.shape == (K, K)


def test_descriptors_that_settle_nothing_still_give_a_map():
    """On a sphere signatures are constant: within rounding the system is singular, or less."""
    matrix = np.diag([1.0, 2.0, -1e-11, 3.0])
    energy = SimpleNamespace(
        mask=np.zeros((2, 2)), first_column=None, normal_equations=lambda: (matrix, np.array([1.0, 2.0, 0.0, 3.0]))
    )
    np.testing.assert_allclose(solve_normal(energy), [[1, 1], [0, 1]], atol=1e-6)


def test_a_system_of_nothing_is_a_sentence_and_no_map_of_zeros():
    energy = SimpleNamespace(
        mask=np.zeros((2, 2)), first_column=None, normal_equations=lambda: (np.zeros((4, 4)), np.zeros(4))
    )
    with pytest.raises(SolverError, match="settle no functional map"):
        solve_normal(energy)

"""Projections on prefixes: the theory they train by, and the batched evaluation against one solve per prefix."""

import numpy as np
import pytest
import torch

from geomlearn.spectral.learned_eigenbasis.projection import (
    mass_of,
    ordered_qr,
    prefix_errors,
    reconstruction_loss,
    variation,
)


@pytest.fixture(scope="module")
def spd():
    """(λ, V) of a symmetric positive definite matrix whose smallest eigenvalues are far apart."""
    rng = np.random.default_rng(3)
    vectors, _ = np.linalg.qr(rng.standard_normal((40, 40)))
    return 1.6 ** np.arange(40), vectors


def on_ellipsoid(evals, vectors, m, rng):
    """m draws uniform on {f : fᵀLf ≤ 1}."""
    n = len(evals)
    ball = rng.standard_normal((n, m))
    ball *= rng.uniform(size=m) ** (1 / n) / np.linalg.norm(ball, axis=0)
    return vectors @ (ball / np.sqrt(evals)[:, None])


def columns_and_probes(n=30, k=7, m=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, k, generator=generator), torch.randn(n, m, generator=generator)


def test_property_1_columns_are_orthonormal_and_masses_a_distribution():
    columns, _ = columns_and_probes(200, 20)
    q = ordered_qr(columns)
    assert (q.mT @ q - torch.eye(20)).abs().max() < 1e-5
    mass = mass_of(q)
    assert (mass >= 0).all()
    assert float(mass.sum()) == pytest.approx(1.0, abs=1e-6)
    first = q[:, 0] / mass.sqrt()
    assert (first.abs() - 1).abs().max() < 1e-5


def test_the_qr_keeps_the_order_and_the_sign_of_what_it_is_given():
    columns, _ = columns_and_probes()
    q = ordered_qr(columns)
    r = q.mT @ columns
    assert (torch.tril(r, -1).abs() < 1e-5).all()
    assert (torch.diagonal(r) > 0).all()


def test_property_3_errors_never_grow_and_a_complete_basis_leaves_none():
    columns, probes = columns_and_probes(12, 12)
    errors = prefix_errors(columns, probes)
    assert (errors.diff(dim=0) <= 1e-12).all()
    assert errors[-1].max() < 1e-6 * probes.double().square().sum(0).max()


def test_property_4_the_principal_components_of_the_ellipsoid_are_the_eigenvectors(spd):
    evals, vectors = spd
    draws = on_ellipsoid(evals, vectors, 20_000, np.random.default_rng(0))
    found = np.linalg.svd(draws, full_matrices=False)[0]
    assert (np.abs((found[:, :6] * vectors[:, :6]).sum(axis=0)) > 0.99).all()
    errors = prefix_errors(torch.from_numpy(vectors[:, :6].copy()), torch.from_numpy(draws)).mean(1).numpy()
    expected = np.cumsum((1 / evals)[::-1])[::-1][1:7] / (len(evals) + 2)
    # 20 000 draws leave about 1 % of chance; 2 % is what the theory is checked to.
    assert np.abs(errors / expected - 1).max() < 0.02


def test_property_5_the_worst_case_after_k_modes_is_the_next_eigenvalue(spd):
    evals, vectors = spd
    inverse = vectors @ np.diag(1 / evals) @ vectors.T
    random, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((40, 40)))
    for k in (1, 3, 8):
        for basis, is_eigen in ((vectors[:, :k], True), (random[:, :k], False)):
            rest = np.eye(40) - basis @ basis.T
            worst = np.linalg.eigvalsh(rest @ inverse @ rest)[-1]
            if is_eigen:
                assert worst == pytest.approx(1 / evals[k], abs=1e-8)
            else:
                assert worst >= 1 / evals[k] - 1e-12


def test_property_6_swapping_two_modes_raises_the_expected_loss(spd):
    evals, vectors = spd
    # The columns of L^{-1/2} are probes whose covariance is exactly L⁻¹.
    probes = torch.from_numpy(vectors / np.sqrt(evals))
    kept = reconstruction_loss(torch.from_numpy(vectors[:, :6].copy()), probes)
    for i in range(5):
        swapped = vectors[:, :6].copy()
        swapped[:, [i, i + 1]] = swapped[:, [i + 1, i]]
        assert reconstruction_loss(torch.from_numpy(swapped), probes) > kept + 1e-6


def test_property_7_equal_weights_make_the_mixed_loss_the_plain_one():
    columns, probes = columns_and_probes()
    plain = prefix_errors(columns, probes)
    mixed = prefix_errors(columns, probes, torch.full((30,), 1 / 30))
    assert (plain - mixed).abs().max() < 1e-5


@pytest.mark.parametrize("weighted", [False, True])
def test_property_7_batched_prefixes_equal_one_least_squares_solve_each(weighted):
    columns, probes = (array.double() for array in columns_and_probes())
    mass = torch.rand(30, generator=torch.Generator().manual_seed(2)).double() + 0.1 if weighted else None
    root = mass.sqrt()[:, None] if weighted else torch.ones(30, 1).double()
    errors = prefix_errors(columns, probes, mass)
    for k in range(1, 8):
        solved = torch.linalg.lstsq(root * columns[:, :k], root * probes).solution
        assert (errors[k - 1] - (probes - columns[:, :k] @ solved).square().sum(0)).abs().max() < 1e-5


def test_batches_are_loops():
    made = [columns_and_probes(seed=seed) for seed in range(3)]
    together = prefix_errors(torch.stack([c for c, _ in made]), torch.stack([p for _, p in made]))
    for row, (columns, probes) in zip(together, made, strict=True):
        assert torch.allclose(row, prefix_errors(columns, probes))


def test_rows_of_zeros_change_nothing():
    columns, probes = columns_and_probes()
    filled = [torch.cat([array, torch.zeros(4, array.shape[1])]) for array in (columns, probes)]
    assert torch.allclose(prefix_errors(*filled), prefix_errors(columns, probes))


def test_gradients_pass_through_the_loss():
    columns, probes = (array.double() for array in columns_and_probes(9, 3, 4))
    mass = torch.linspace(0.5, 1.5, 9).double()
    columns.requires_grad_()
    assert torch.autograd.gradcheck(lambda z: reconstruction_loss(z, probes), columns)
    assert torch.autograd.gradcheck(lambda z: reconstruction_loss(z, probes, mass), columns)


def test_the_variation_tells_collapsed_masses_from_even_ones():
    assert float(variation(torch.ones(50))) == 0
    collapsed = torch.full((50,), 1e-6)
    collapsed[0] = 1.0
    assert float(variation(collapsed)) > 5

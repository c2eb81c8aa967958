"""Comparisons of bases against hand-made cases and against doing it the long way."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.compare import compare_bases, reconstruct, reconstruction_errors, weyl_eigenvalues


def basis(n=40, k=6, seed=0) -> Basis:
    random = np.random.default_rng(seed)
    mass = random.uniform(0.5, 2.0, n)
    evecs = np.linalg.qr(random.normal(size=(n, k)))[0] / np.sqrt(mass)[:, None]
    return Basis(np.arange(k, dtype=float), evecs, mass)


def changed(one: Basis, evecs) -> Basis:
    return Basis(one.evals, evecs, one.mass)


def test_a_basis_agrees_with_itself_and_signs_show():
    one = basis()
    flipped = changed(one, one.evecs * np.array([1, -1, 1, 1, -1, 1]))
    result = compare_bases(one, flipped)
    assert np.allclose(result.products, [1, -1, 1, 1, -1, 1])
    assert np.allclose(result.overlaps, 1.0)


def test_turning_inside_a_plane_changes_the_modes_and_not_the_span():
    one = basis()
    c, s = np.cos(0.7), np.sin(0.7)
    turned = one.evecs.copy()
    turned[:, 2:4] = one.evecs[:, 2:4] @ np.array([[c, -s], [s, c]])
    result = compare_bases(one, changed(one, turned))
    assert np.allclose(result.products, [1, 1, c, c, 1, 1])
    assert np.allclose(result.overlaps, [1, 1, (2 + c**2) / 3, 1, 1, 1])


def test_overlap_is_the_mean_squared_cosine_of_the_principal_angles():
    one, two = basis(seed=1), basis(seed=1)
    two = changed(two, basis(seed=2).evecs * np.sqrt(basis(seed=2).mass / one.mass)[:, None])
    for j in (1, 3, 6):
        root = np.sqrt(one.mass)[:, None]
        cosines = np.linalg.svd((root * one.evecs[:, :j]).T @ (root * two.evecs[:, :j]), compute_uv=False)
        assert compare_bases(one, two).overlaps[j - 1] == pytest.approx((cosines**2).mean())


def test_bases_of_different_shapes_are_refused():
    with pytest.raises(SizeMismatch):
        compare_bases(basis(40), basis(41))


def test_errors_are_those_of_the_functions_rebuilt_the_long_way():
    one = basis()
    values = np.random.default_rng(3).normal(size=(40, 3))
    errors = reconstruction_errors(one, values)
    norm = np.sqrt((one.mass[:, None] * values**2).sum())
    for k in range(one.k + 1):
        rest = values - (reconstruct(one, values, k) if k else 0.0)
        assert errors[k] == pytest.approx(np.sqrt((one.mass[:, None] * rest**2).sum()) / norm)
    assert reconstruction_errors(one, one.evecs[:, 2])[3] == pytest.approx(0.0, abs=1e-7)


def test_weyl_is_met_by_the_sphere():
    """The sphere has area 4π, so the law says λ ≈ i; its l(l+1) with multiplicity 2l+1 sum to that."""
    exact = np.concatenate([np.full(2 * degree + 1, degree * (degree + 1.0)) for degree in range(40)])
    assert np.abs(exact / np.maximum(weyl_eigenvalues(4 * np.pi, len(exact)), 1))[-1] == pytest.approx(1, rel=0.03)

"""Slab by slab and threaded, the products are what numpy computes at once."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from geomlearn.spectral.solver import slabs as module
from geomlearn.spectral.solver.slabs import Slabs


@pytest.fixture(params=[1, 3])
def slabs(request, monkeypatch):
    monkeypatch.setattr(module, "WORTH_A_THREAD", 0)
    monkeypatch.setattr(module, "WIDEST", 300)
    monkeypatch.setattr(module, "n_threads", lambda: request.param)
    with Slabs(1000) as slabs:
        yield slabs


def test_every_product_agrees_with_numpy(slabs) -> None:
    rng = np.random.default_rng(0)
    basis, rows, weights = rng.standard_normal((7, 1000)), rng.standard_normal((4, 1000)), rng.standard_normal((7, 5))
    np.testing.assert_allclose(slabs.products(basis, rows), basis @ rows.T, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(slabs.combine(basis, weights), basis.T @ weights, rtol=1e-12, atol=1e-12)
    less = rows.copy()
    part = slabs.subtract_projection(less, basis)
    np.testing.assert_allclose(less, rows - part.T @ basis, rtol=1e-12, atol=1e-10)
    turned = basis.copy()
    slabs.rotate(turned, weights)
    np.testing.assert_allclose(turned[:5], weights.T @ basis, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(turned[5:], basis[5:])


def test_blas_keeps_to_one_thread_inside_and_is_given_back() -> None:
    def threads() -> set[int]:
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        before = threads()
        with Slabs(1000):
            assert threads() == {1}
        assert threads() == before


def test_blas_is_given_back_after_a_failure() -> None:
    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(ZeroDivisionError), Slabs(1000):
            raise ZeroDivisionError
        assert max(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas") == 2


def test_results_are_the_same_to_the_bit_beside_any_load(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    basis, rows = rng.standard_normal((40, 30_000)), rng.standard_normal((8, 30_000))
    found = []
    for n in (1, 2, 5):
        monkeypatch.setattr(module, "n_threads", lambda n=n: n)
        with Slabs(30_000) as slabs:
            turned = basis.copy()
            slabs.rotate(turned, np.eye(40)[:, ::-1] / 3)
            found.append((slabs.products(basis, rows), slabs.combine(basis, basis[:, :8]), turned))
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, same)

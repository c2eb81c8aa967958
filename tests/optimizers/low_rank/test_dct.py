"""Cosine transforms equal scipy's, modes are chosen optimally, and what stays is copied."""

from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dct as scipy_dct

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.low_rank.dct import dct, in_place_of, inverse_dct, orthogonal_basis, sketch, strongest_modes

F64 = torch.float64


def gaussian(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def basis(name, n, seed=0):
    return orthogonal_basis(name, n, F64, "cpu", seed)


def kept_energy(matrix, q, rank, p=2):
    coefficients = matrix @ q
    modes = strongest_modes(coefficients, rank, p)
    return float(coefficients[:, modes].square().sum() / matrix.square().sum())


@pytest.mark.parametrize("n", [1, 2, 3, 8, 45, 64, 511, 512])
@pytest.mark.parametrize("name", ["dct2", "dct3", "hadamard", "random"])
def test_bases_are_orthogonal(name, n):
    if name == "hadamard" and n & (n - 1):
        with pytest.raises(ParameterError, match="powers of two"):
            basis(name, n)
        return
    q = basis(name, n)
    assert float((q.T @ q - torch.eye(n, dtype=F64)).abs().max()) < 1e-13
    assert basis(name, n).data_ptr() == q.data_ptr()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8, 33, 100, 101])
def test_product_fft_and_scipy_agree(n):
    rows = gaussian(5, n)
    by_product, by_fft = rows @ basis("dct2", n), dct(rows)
    torch.testing.assert_close(by_product, by_fft, rtol=0, atol=1e-12)
    np.testing.assert_allclose(by_fft, scipy_dct(rows.numpy(), type=2, norm="ortho"), atol=1e-12)
    torch.testing.assert_close(inverse_dct(by_fft), rows, rtol=0, atol=1e-12)
    torch.testing.assert_close(rows @ basis("dct3", n), inverse_dct(rows), rtol=0, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 8), st.integers(1, 3), st.integers(0, 10**6))
def test_no_other_modes_leave_less(n, rank, seed):
    rank = min(rank, n)
    matrix, q = gaussian(6, n, seed=seed), basis("dct2", n)
    coefficients = matrix @ q
    best = max(float(coefficients[:, list(some)].square().sum()) for some in combinations(range(n), rank))
    chosen = float(coefficients[:, strongest_modes(coefficients, rank)].square().sum())
    assert chosen == pytest.approx(best, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 10), st.integers(2, 12), st.integers(0, 10**6))
def test_the_contraction_of_equation_2(rows, n, seed):
    matrix = gaussian(rows, n, seed=seed)
    for rank in range(1, n + 1):
        q = basis("random", n, seed)
        modes = strongest_modes(matrix @ q, rank)
        left = matrix - matrix @ q[:, modes] @ q[:, modes].T
        assert float(left.square().sum()) <= (1 - rank / n) * float(matrix.square().sum()) * (1 + 1e-12) + 1e-14


def test_the_contraction_is_attained_by_energy_spread_evenly():
    q = basis("dct2", 16)
    matrix = torch.ones(3, 16, dtype=F64) @ q.T
    assert kept_energy(matrix, q, 4) == pytest.approx(4 / 16, rel=1e-12)


def test_ablation_ranking_by_l1_breaks_the_contraction():
    coefficients = torch.zeros(96, 64, dtype=F64)
    coefficients[:, :16] = 1
    coefficients[0, 16:] = 60
    q = basis("dct2", 64)
    matrix = coefficients @ q.T
    assert kept_energy(matrix, q, 16, p=1) == pytest.approx(0.009, abs=1e-3)
    assert kept_energy(matrix, q, 16, p=2) == pytest.approx(0.33, abs=0.01)
    assert kept_energy(matrix, q, 16, p=1) < 16 / 64 < kept_energy(matrix, q, 16, p=2)


def test_at_full_rank_everything_is_kept_as_by_the_svd():
    matrix = gaussian(20, 12)
    values = torch.linalg.svdvals(matrix).square()
    for rank in (3, 6, 12):
        svd, cosines = float(values[:rank].sum() / values.sum()), kept_energy(matrix, basis("dct2", 12), rank)
        assert rank / 12 <= cosines <= svd + 1e-12
    assert cosines == pytest.approx(1, rel=1e-12)


def test_ablation_cosines_hold_ordered_columns_and_nothing_else():
    # 96×64, 16 modes: what the singular vectors, cosines, and random modes keep.
    generator = torch.Generator().manual_seed(0)
    x = torch.linspace(0, 1, 64, dtype=F64)
    shift, width = torch.rand(96, 1, generator=generator, dtype=F64), 0.15
    smooth = torch.exp(-(((x - shift) / width) ** 2))
    rough = gaussian(96, 8) @ gaussian(8, 64, seed=1) + 0.1 * gaussian(96, 64, seed=2)
    kept = {name: [kept_energy(m, basis(name, 64), 16) for m in (smooth, rough)] for name in ("dct2", "random")}
    assert kept["dct2"][0] > 0.99
    assert kept["random"][0] < 0.6
    assert kept["dct2"][1] == pytest.approx(kept["random"][1], abs=0.06)
    values = torch.linalg.svdvals(rough).square()
    assert float(values[:16].sum() / values.sum()) > 0.99
    for name in ("dct2", "random"):
        assert kept_energy(gaussian(96, 64, seed=3), basis(name, 64), 16) == pytest.approx(0.30, abs=0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(0, 10**6))
def test_modes_that_stay_keep_their_columns_as_the_rotation_of_equation_3_does(rank, seed):
    generator = torch.Generator().manual_seed(seed)
    q, columns = basis("dct2", 12), gaussian(7, rank, seed=seed)
    old, new = (torch.randperm(12, generator=generator)[:rank] for _ in range(2))
    modes, stays = in_place_of(old, new.sort().values, 12)
    assert sorted(modes.tolist()) == sorted(new.tolist())
    rotated = columns @ (q[:, old].T @ q[:, modes])
    torch.testing.assert_close(columns * stays, rotated, rtol=0, atol=1e-13)
    # Exactly: the entries of the rotation are zeros and ones.
    assert torch.equal(columns * stays, columns @ (old[:, None] == modes[None, :]).double())


def test_a_sketch_knows_the_norms_of_equation_4_to_their_deviation():
    matrix = gaussian(512, 40) * torch.linspace(1, 3, 40, dtype=F64)
    exact = matrix.square().sum(0)
    ratios = torch.stack([sketch(matrix, 64, seed).square().sum(0) / exact for seed in range(60)])
    assert float(ratios.mean()) == pytest.approx(1, abs=0.02)
    assert float(ratios.std()) == pytest.approx((2 / 64) ** 0.5, rel=0.15)
    # The same of the coefficients as of the columns: sums of rows turn with them.
    q = basis("dct2", 40)
    torch.testing.assert_close(sketch(matrix @ q, 64), sketch(matrix, 64) @ q, rtol=0, atol=1e-12)


@pytest.mark.parametrize("m", [5, 64, 130, 200])
def test_sketches_of_any_height_take_every_row_once(m):
    rows = torch.eye(m, dtype=F64)
    sums = sketch(torch.stack([rows, 2 * rows]), 64)
    assert torch.equal(sums[0].abs().sum(0), torch.ones(m, dtype=F64))
    assert torch.equal(sums[1], 2 * sums[0])
    assert min(m, 64) <= sums.shape[1] <= 128
    if m <= 64:
        assert torch.equal(sums[0].abs(), rows)


def test_ablation_modes_of_a_sketch_keep_nearly_what_the_best_do():
    # Smooth rows, and rows that are nothing: what 16 of 64 modes keep, ranked by all rows, by 64 sums, by one row.
    x = torch.linspace(0, 1, 64, dtype=F64)
    smooth = torch.exp(-(((x - torch.linspace(0, 1, 512, dtype=F64)[:, None]) / 0.15) ** 2))
    q = basis("dct2", 64)
    for matrix, lost in ((smooth, 0.005), (gaussian(512, 64), 0.02)):
        coefficients = matrix @ q
        whole = float(coefficients.square().sum())
        by = [strongest_modes(some @ q, 16) for some in (matrix, sketch(matrix, 64), matrix[:1])]
        best, sketched, one = (float(coefficients[:, modes].square().sum()) / whole for modes in by)
        assert best - lost < sketched <= best + 1e-12
        assert one <= sketched

"""Newton–Schulz: equation 1 on singular values, the known constants of Muon's polynomial, symmetry, scales."""

from importlib import import_module

import numpy as np
import pytest
import torch

from geomlearn.optimizers.newton_schulz import (
    arithmetic,
    newton_schulz,
    polar_factor,
    step_scale,
    symmetric_product,
    transferred,
)

module = import_module("geomlearn.optimizers.newton_schulz")


def gaussian(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize("shape", [(12, 30), (30, 12), (16, 16)])
def test_singular_vectors_stay_and_values_follow_equation_1(shape):
    matrix = gaussian(*shape)
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    core = u.T @ newton_schulz(matrix) @ vh.T
    torch.testing.assert_close(core, torch.diag(transferred(s / s.norm())), rtol=0, atol=1e-10)


def test_the_known_constants_of_muons_polynomial():
    grid = torch.linspace(0, 1, 20001, dtype=torch.float64)
    assert float(transferred(grid).max()) == pytest.approx(1.2024, abs=1e-3)
    assert float(transferred(grid[grid >= 0.05]).min()) == pytest.approx(0.6818, abs=1e-3)
    assert float(transferred(torch.tensor(1.07e-3, dtype=torch.float64))) == pytest.approx(0.5, abs=5e-3)
    assert float(transferred(torch.ones(1, dtype=torch.float64), steps=1)) == pytest.approx(0.7010, abs=1e-4)


def test_transposes_commute_and_complex_matrices_work():
    matrix = gaussian(8, 20)
    torch.testing.assert_close(newton_schulz(matrix.T), newton_schulz(matrix).T, rtol=0, atol=1e-13)
    both = torch.complex(gaussian(8, 20), gaussian(8, 20, seed=1))
    u, s, vh = torch.linalg.svd(both, full_matrices=False)
    expected = u @ torch.diag(transferred(s / s.norm())).to(both.dtype) @ vh
    torch.testing.assert_close(newton_schulz(both), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", [(21, 30), (3, 16, 16), (4, 19, 25)])
def test_mirrored_blocks_equal_whole_products(shape, monkeypatch):
    x, base = torch.complex(gaussian(*shape), gaussian(*shape, seed=1)), gaussian(*shape[:-1], shape[-2], seed=2)
    base = (base + base.mT).to(x.dtype)
    whole = [x @ x.mH, 0.3 * base + 1.7 * x @ x.mH, newton_schulz(x)]
    monkeypatch.setattr(module, "BLOCK", 5)
    monkeypatch.setattr(module, "SMALLEST", 2)
    blocks = [symmetric_product(x, *more, out=torch.empty_like(base)) for more in ((), (base, 0.3, 1.7))]
    torch.testing.assert_close([*blocks, newton_schulz(x)], whole, rtol=0, atol=1e-11)


def test_batches_equal_loops():
    stack = gaussian(5, 7, 11)
    torch.testing.assert_close(newton_schulz(stack), torch.stack([newton_schulz(one) for one in stack]))
    torch.testing.assert_close(newton_schulz(stack[:1]), newton_schulz(stack)[:1])


def test_stacks_of_tall_matrices_are_laid_out_for_batched_products(monkeypatch):
    # In half precision, batched products of transposed layouts are a thousand times slower.
    seen, product = [], torch.baddbmm

    def watched(*matrices, out, **factors):
        seen.extend(one.is_contiguous() for one in (*matrices, out))
        return product(*matrices, out=out, **factors)

    monkeypatch.setattr(torch, "baddbmm", watched)
    newton_schulz(gaussian(3, 12, 5))
    assert seen
    assert all(seen)


def test_a_polynomial_that_fixes_one_converges_to_the_exact_polar_factor():
    # (15, −10, 3)/8 has p(1) = 1 and p'(1) = p''(1) = 0: cubic convergence, given enough steps.
    matrix = gaussian(6, 9)
    result = newton_schulz(matrix, steps=25, coefficients=(15 / 8, -10 / 8, 3 / 8))
    torch.testing.assert_close(result, polar_factor(matrix), rtol=0, atol=1e-12)


def test_zero_stays_zero_and_rank_one_keeps_its_direction():
    assert torch.equal(newton_schulz(torch.zeros(3, 4)), torch.zeros(3, 4))
    u, v = gaussian(10), gaussian(25, seed=1)
    result = newton_schulz(torch.outer(u, v))
    size = torch.linalg.matrix_norm(result, 2)
    assert float(size) <= 1.3
    torch.testing.assert_close(result, size * torch.outer(u / u.norm(), v / v.norm()), rtol=0, atol=1e-10)


def test_step_scales_by_hand():
    assert step_scale(8, 2, "original") == 2
    assert step_scale(2, 8, "original") == 1
    assert step_scale(100, 25, "match_rms_adamw") == pytest.approx(2.0)
    assert step_scale(100, 25, "none") == 1


def test_steps_matched_to_adamw_have_its_size():
    # Entries of a polar factor have mean square 1/max(m, n); AdamW's steps are about 0.2 in the mean square.
    for shape in ((64, 256), (256, 64), (128, 128)):
        entries = polar_factor(gaussian(*shape)) * step_scale(*shape, "match_rms_adamw")
        assert float(entries.square().mean().sqrt()) == pytest.approx(0.2, rel=1e-6)


def test_arithmetic_follows_the_tensor_and_the_choice():
    assert arithmetic(torch.ones(1, dtype=torch.float64), "auto") is torch.float64
    assert arithmetic(torch.ones(1, dtype=torch.complex128), "auto") is torch.float64
    assert arithmetic(torch.ones(1), "auto") in (torch.float32, torch.bfloat16)
    assert arithmetic(torch.ones(1), "float32") is torch.float32


def test_half_precision_costs_what_it_may():
    matrix = gaussian(64, 128, dtype=torch.float32)
    exact, half = newton_schulz(matrix.double()), newton_schulz(matrix, dtype=torch.bfloat16)
    assert half.dtype is torch.bfloat16
    error = np.sqrt(float((half.double() - exact).square().sum() / exact.square().sum()))
    assert 1e-4 < error < 3e-2

"""Functional maps from features: the limits of the mask's weight, the normal equations, rows apart."""

import torch

from geomlearn.matching.diffumatch.solver import masked_map, raw_map
from geomlearn.matching.terms.energy import laplacian_mask


def coefficients(k: int = 8, c: int = 20, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(k, c, generator=generator, dtype=torch.float64) for _ in range(2))


def positive_mask(k: int = 8) -> torch.Tensor:
    return 0.1 + torch.rand(k, k, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def test_property_3_without_weight_the_masked_map_is_the_raw_one():
    a, b = coefficients()
    raw = raw_map(a, b, ridge=0.0)
    assert torch.linalg.norm(masked_map(a, b, positive_mask(), 1e-9) - raw) < 1e-5 * torch.linalg.norm(raw)


def test_property_3_a_heavy_mask_leaves_nothing():
    a, b = coefficients()
    assert masked_map(a, b, positive_mask(), 1e12).abs().max() < 1e-9


def test_property_3_rows_whose_mask_vanishes_are_as_without_mask():
    a, b = coefficients()
    mask = positive_mask()
    mask[3] = 0
    found, raw = masked_map(a, b, mask, 10.0), raw_map(a, b, ridge=0.0)
    torch.testing.assert_close(found[3], raw[3], rtol=1e-9, atol=1e-9)
    assert (found[2] - raw[2]).norm() > 0.1 * raw[2].norm()


def test_property_3_the_order_of_the_features_does_not_matter():
    a, b = coefficients()
    order = torch.randperm(20, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        masked_map(a[:, order], b[:, order], positive_mask(), 0.3), masked_map(a, b, positive_mask(), 0.3),
        rtol=1e-6, atol=1e-9,
    )  # fmt: skip


def test_larger_features_change_nothing():
    a, b = coefficients()
    torch.testing.assert_close(masked_map(9 * a, 9 * b, positive_mask(), 0.3), masked_map(a, b, positive_mask(), 0.3))


def test_property_4_with_eigenvalue_gaps_it_solves_the_normal_equations_of_commutativity():
    a, b = coefficients()
    evals = torch.linspace(0, 50, 8, dtype=torch.float64).numpy()
    mask = torch.from_numpy(laplacian_mask(evals, evals * 1.1))
    weight = 0.7
    found = masked_map(a, b, mask, weight)
    scale = (a @ a.T).diagonal().mean()
    # Half the gradient of ‖CA − B‖² / s + λ Σ (λ_b − λ_a)² C².
    residual = (found @ a - b) @ a.T / scale + weight * mask * found
    assert residual.norm() < 1e-8


def test_property_5_all_rows_at_once_are_each_row_alone():
    a, b = coefficients()
    mask, weight = positive_mask(), 0.4
    gram, scale = a @ a.T, (a @ a.T).diagonal().mean()
    rows = [torch.linalg.solve(gram / scale + weight * torch.diag(mask[i]), a @ b[i] / scale) for i in range(len(b))]
    torch.testing.assert_close(masked_map(a, b, mask, weight), torch.stack(rows), rtol=1e-6, atol=1e-9)


def test_the_ridge_keeps_a_map_of_few_features_finite():
    a, b = coefficients(c=3)
    assert raw_map(a, b).isfinite().all()
    assert raw_map(a, b).norm() < 1e3

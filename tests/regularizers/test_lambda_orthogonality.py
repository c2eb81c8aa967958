"""The penalty's slope, where it lets a task come to rest, and how much lengths change within λ."""

import math

import pytest
import torch
from scipy.optimize import minimize_scalar

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.regularizers.lambda_orthogonality import (
    gram_distance,
    lambda_orthogonality,
    lambda_orthogonality_hard,
    length_distortion,
    limit_for,
    penalty_slope,
    stationary_distance,
)

F64 = torch.float64


def gaussian(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def rotation(n, seed=0):
    return torch.linalg.qr(gaussian(n, n, seed=seed)).Q


def test_equation_1_by_hand_and_the_distance_is_symmetric():
    matrix = torch.diag(torch.tensor([2.0, 1.0], dtype=F64))
    assert float(gram_distance(matrix)) == pytest.approx(3)
    assert float(lambda_orthogonality(matrix, 2.0, 1.0)) == pytest.approx(3 / (1 + math.exp(-1)))
    other = gaussian(5, 5)
    torch.testing.assert_close(gram_distance(other), gram_distance(other.T))
    assert float(gram_distance(rotation(6))) == pytest.approx(1e-6, rel=1e-3)
    with pytest.raises(SizeMismatch, match="square"):
        gram_distance(gaussian(3, 4))


def test_derivatives_also_at_rotations():
    assert torch.autograd.gradcheck(lambda w: lambda_orthogonality(w, 1.0), gaussian(4, 4).requires_grad_())
    start = rotation(4).requires_grad_()
    lambda_orthogonality(start, 1.0).backward()
    assert torch.isfinite(start.grad).all()


@pytest.mark.parametrize("r", [0.5, 1.9, 2.0, 3.0])
def test_the_slope_of_equation_2(r):
    def value(x):
        return x / (1 + math.exp(-10 * (x - 2)))

    assert penalty_slope(r, 2, 10) == pytest.approx((value(r + 1e-6) - value(r - 1e-6)) / 2e-6, rel=1e-6)
    assert penalty_slope(2, 2, 10) == pytest.approx(0.5 + 10 * 2 / 4)
    assert penalty_slope(r, 2, 10) > 0


def test_a_sharp_penalty_is_the_hard_one_away_from_the_limit():
    for size in (0.5, 1.5):
        matrix = size * rotation(5)
        limit = float(gram_distance(matrix)) * (2 if size < 1 else 0.5)
        soft, hard = lambda_orthogonality(matrix, limit, 1e3), lambda_orthogonality_hard(matrix, limit)
        assert float(soft) == pytest.approx(float(hard), abs=1e-6)


@pytest.mark.parametrize(("sharpness", "expected"), [(10, 1.494), (100, 1.9243)])
def test_equation_3_says_where_a_pull_comes_to_rest(sharpness, expected):
    def energy(r):
        return r / (1 + math.exp(-sharpness * (r - 2))) - 0.1 * r

    found = minimize_scalar(energy, bounds=(0.5, 2), method="bounded", options={"xatol": 1e-10}).x
    assert found == pytest.approx(expected, abs=1e-3)
    assert stationary_distance(2, sharpness, 0.1) == pytest.approx(found, rel=0.03)
    with pytest.raises(ParameterError, match="not held"):
        stationary_distance(2, sharpness, 1e6)


def test_equation_4_by_monte_carlo():
    matrix = torch.eye(64, dtype=F64) + 0.05 * gaussian(64, 64)
    x = gaussian(200_000, 64, seed=1)
    changes = ((x / x.norm(dim=1, keepdim=True)) @ matrix.T).square().sum(1) - 1
    mean, variance = length_distortion(matrix)
    assert float(changes.mean()) == pytest.approx(mean, rel=0.02)
    assert float(changes.var()) == pytest.approx(variance, rel=0.02)


def test_the_published_limit_is_mild():
    assert limit_for(512) == pytest.approx(12, abs=0.05)
    # RMS change of ‖Wx‖² of about √2·r/m: 3.3 % at r = 12 and m = 512.
    signs = torch.cat([torch.ones(256), -torch.ones(256)]).double() * (12 / math.sqrt(512))
    matrix = torch.diag((1 + signs).sqrt())
    assert float(gram_distance(matrix)) == pytest.approx(12)
    assert math.sqrt(length_distortion(matrix)[1]) == pytest.approx(0.033, abs=1e-3)


@pytest.mark.parametrize(("sharpness", "low", "high"), [(100, 1.75, 1.95), (10, 1.0, 1.6), (1, 0.0, 0.9)])
def test_ablation_without_a_task_only_a_sharp_penalty_stops_near_the_limit(sharpness, low, high):
    values = torch.linspace(0.6, 1.7, 64, dtype=F64)
    matrix = (rotation(64) @ torch.diag(values) @ rotation(64, 1)).requires_grad_()
    for _ in range(2500):
        (gradient,) = torch.autograd.grad(lambda_orthogonality(matrix, 2.0, sharpness), matrix)
        with torch.no_grad():
            matrix -= 1e-3 * gradient
    assert low <= float(gram_distance(matrix).detach()) <= high


def test_complex_matrices_have_a_real_penalty_that_unitary_ones_do_not_pay():
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(5, 5, generator=generator, dtype=torch.complex128)
    unitary = torch.linalg.qr(matrix).Q
    assert float(gram_distance(unitary)) == pytest.approx(1e-6, rel=1e-3)
    excess = torch.linalg.svdvals(matrix).square() - 1
    assert float(gram_distance(matrix)) == pytest.approx(float(excess.square().sum().sqrt()), rel=1e-10)
    loss = lambda_orthogonality(matrix.requires_grad_(), 2.0)
    assert loss.dtype is torch.float64
    loss.backward()
    assert torch.isfinite(torch.view_as_real(matrix.grad)).all()


def test_autocast_and_half_precision_keep_the_promised_precision():
    matrix = rotation(64).float()
    exact = float(gram_distance(matrix))
    with torch.autocast("cpu", torch.bfloat16):
        assert float(gram_distance(matrix)) == exact
        assert lambda_orthogonality(matrix, 1.0).dtype is torch.float32
    assert exact < 1e-4
    assert gram_distance(matrix.bfloat16()).dtype is torch.float32

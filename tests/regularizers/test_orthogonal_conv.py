"""The penalty equals the layer's residual at every size, its bound holds, its floors are floors."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.regularizers.layer_spectra import circular_singular_values
from geomlearn.regularizers.orthogonal_conv import (
    orthogonal_conv,
    orthogonal_dense,
    orthogonal_layer,
    singular_value_range,
    spectral_factor,
)
from geomlearn.regularizers.orthogonal_existence import (
    exists,
    infeasibility_floor,
    orthogonal_kernel,
    overlap_stride,
)

pytestmark = pytest.mark.usefixtures("one_thread")

F64 = torch.float64
# (M, C, k, S): rows, columns, square; strides 1 to 3, even kernels.
CASES = [
    (3, 4, 3, 1),
    (8, 2, 3, 1),
    (4, 4, 3, 1),
    (6, 4, 3, 2),
    (20, 4, 3, 2),
    (5, 2, 5, 3),
    (4, 3, 4, 2),
    (3, 3, 2, 1),
]
each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_d = pytest.mark.parametrize("d", [1, 2])


def gaussian(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def residuals(kernel, n, stride):
    return circular_singular_values(kernel, n, stride).flatten() ** 2 - 1


def smallest(k, stride):
    return math.ceil((2 * k - 1) / stride)


@each_d
@each_case
def test_equation_2_the_residual_at_every_size_and_equation_3_its_norm(case, d):
    m, c, k, s = case
    kernel = gaussian(m, c, *(k,) * d)
    loss = float(orthogonal_conv(kernel, s))
    for n in (smallest(k, s), smallest(k, s) + 2):
        squares = residuals(kernel, n, s).square()
        assert float(squares.sum()) / (n**d * loss) == pytest.approx(1, abs=1e-10)
        worst = float(squares.max())
        assert loss / min(m, c * s**d) <= worst * (1 + 1e-9)
        assert worst <= spectral_factor(kernel, s) * loss


def test_below_the_smallest_size_equation_2_fails():
    kernel = gaussian(3, 4, 5, 5)
    assert float(residuals(kernel, 8, 1).square().sum()) / (64 * float(orthogonal_conv(kernel))) != pytest.approx(
        1, abs=1e-3
    )


def test_rectangular_kernels_and_strides_per_axis():
    kernel = gaussian(5, 3, 2, 4)
    ratio = residuals(kernel, (6, 8), (2, 1)).square().sum() / (48 * orthogonal_conv(kernel, (2, 1)))
    assert float(ratio) == pytest.approx(1, abs=1e-10)


def test_dilation_and_groups_of_a_real_layer():
    conv = nn.Conv1d(4, 6, 3, dilation=2, groups=2, padding=2, padding_mode="circular", bias=False, dtype=F64)
    matrix = conv(torch.eye(4 * 12, dtype=F64).reshape(-1, 4, 12)).reshape(48, -1)
    gram = matrix @ matrix.T
    # Each group maps 2 channels to 3: columns; the input is orthonormal under the layer.
    expected = float((gram - torch.eye(48, dtype=F64)).square().sum().detach()) / 12
    assert float(orthogonal_conv(conv.weight.detach(), 1, groups=2)) == pytest.approx(expected, rel=1e-10)


def dense_matrix(layer, size):
    """The matrix of a layer without bias for inputs of `size` per axis, column by column."""
    d = len(layer.stride)
    n = layer.in_channels * size**d
    return layer(torch.eye(n, dtype=F64).reshape(n, layer.in_channels, *(size,) * d)).reshape(n, -1).T.detach()


# (M, C, k, S, dilation): coprime pairs, shared factors, equal ones, rows and columns.
DILATED = [(3, 4, 3, 2, 2), (3, 2, 3, 2, 2), (6, 2, 3, 2, 2), (2, 2, 3, 2, 3), (2, 2, 3, 3, 2), (3, 2, 4, 4, 2)]


@pytest.mark.parametrize("case", DILATED, ids=str)
def test_equation_1_with_stride_and_dilation_is_the_residual_of_the_matrix(case):
    m, c, k, s, dilation = case
    kernel = gaussian(m, c, k)
    n = 8 * dilation
    # Rows of the circular layer by brute force: output i reads x[(s·i + dilation·t) mod s·n].
    matrix = torch.zeros(m, n, c, s * n, dtype=F64)
    for i in range(n):
        for t in range(k):
            matrix[:, i, :, (s * i + dilation * t) % (s * n)] += kernel[:, :, t]
    matrix = matrix.reshape(m * n, -1)
    gram = matrix @ matrix.T if m <= c * s else matrix.T @ matrix
    squares = (gram - torch.eye(len(gram), dtype=F64)).square().sum()
    loss = float(orthogonal_conv(kernel, s, dilation=dilation))
    assert float(squares) / n == pytest.approx(loss, rel=1e-10)
    values = torch.linalg.svdvals(matrix)
    found = circular_singular_values(kernel, n, s, dilation).flatten().sort(descending=True).values
    torch.testing.assert_close(values[: len(found)], found, rtol=0, atol=1e-10)
    assert float((values.square() - 1).abs().max()) ** 2 <= spectral_factor(kernel, s, dilation) * loss


def test_a_stride_and_a_dilation_of_two_are_certified_by_their_true_singular_values():
    # Orthogonal at stride 2 without dilation; under dilation 2 its values run from 0 to 1.41.
    kernel = torch.zeros(4, 2, 3, dtype=F64)
    for row, (channel, tap) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        kernel[row, channel, tap] = 1
    assert float(orthogonal_conv(kernel, 2)) == 0
    values = circular_singular_values(kernel, 8, 2, 2)
    assert float(values.min()) < 1e-12 and float(values.max()) == pytest.approx(2**0.5)
    low, high = singular_value_range(kernel, 2, 2)
    assert low == 0 and high >= 2**0.5
    assert infeasibility_floor(4, 2, 3, 2, 1, 2) == 2 and overlap_stride(2, 2) == (1,)


@pytest.mark.parametrize(("case", "floor"), [((4, 2, 3, 2, 2), 2), ((6, 2, 3, 2, 2), 2), ((3, 2, 3, 4, 2), 0)])
def test_floors_with_dilation_are_what_minimization_reaches(case, floor):
    m, c, k, s, dilation = case
    assert infeasibility_floor(m, c, k, s, 1, dilation) == floor
    kernel = (0.3 * gaussian(m, c, k)).requires_grad_()
    optimizer = torch.optim.Adam([kernel], lr=2e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=900)
    for _ in range(900):
        optimizer.zero_grad()
        loss = orthogonal_conv(kernel, s, dilation=dilation)
        loss.backward()
        optimizer.step()
        schedule.step()
    assert float(loss.detach()) == pytest.approx(floor, abs=1e-3)


@pytest.mark.parametrize(("m", "c", "stride"), [(2, 3, 1), (3, 1, 2), (5, 2, 1)])
def test_three_axes(m, c, stride):
    kernel = gaussian(m, c, 2, 2, 2)
    n = 3 if stride == 1 else 2
    matrix = torch.zeros(m, n, n, n, c, *(stride * n,) * 3, dtype=F64)
    for i, j, k in torch.cartesian_prod(*(torch.arange(n),) * 3).tolist():
        for r, t, u in torch.cartesian_prod(*(torch.arange(2),) * 3).tolist():
            place = [(stride * a + b) % (stride * n) for a, b in ((i, r), (j, t), (k, u))]
            matrix[:, i, j, k, :, place[0], place[1], place[2]] += kernel[:, :, r, t, u]
    matrix = matrix.reshape(m * n**3, -1)
    gram = matrix @ matrix.T if m <= c * stride**3 else matrix.T @ matrix
    squares = (gram - torch.eye(len(gram), dtype=F64)).square().sum()
    assert float(squares) / n**3 == pytest.approx(float(orthogonal_conv(kernel, stride)), rel=1e-10)


@pytest.mark.parametrize("kind", [nn.ConvTranspose1d, nn.ConvTranspose2d])
def test_an_orthogonal_transposed_layer_keeps_lengths(kind):
    layer = kind(4, 3, 3, stride=2, bias=False, dtype=F64)
    layer.weight.data = orthogonal_kernel(4, 3, 3, 2, d=len(layer.stride), dtype=F64)
    assert float(orthogonal_layer(layer).detach()) == pytest.approx(0, abs=1e-12)
    values = torch.linalg.svdvals(dense_matrix(layer, 4))
    torch.testing.assert_close(values, torch.ones_like(values), rtol=0, atol=1e-12)


def test_autocast_keeps_the_precision():
    kernel = orthogonal_kernel(6, 4, 3, 2)
    plain = float(orthogonal_conv(kernel, 2))
    with torch.autocast("cpu", torch.bfloat16):
        assert float(orthogonal_conv(kernel, 2)) == plain
        assert float(orthogonal_dense(kernel.flatten(1))) == pytest.approx(
            float(orthogonal_dense(kernel.flatten(1).double())), rel=1e-5
        )
    assert plain < 1e-10


def test_transposed_convolutions_use_their_weight():
    conv = nn.ConvTranspose1d(6, 3, 4, stride=2, bias=False, dtype=F64)
    forward = nn.Conv1d(3, 6, 4, stride=2, padding=0, bias=False, dtype=F64)
    forward.weight = conv.weight
    ratio = residuals(conv.weight.detach(), 6, 2).square().sum() / (6 * orthogonal_conv(conv.weight, 2))
    assert float(ratio.detach()) == pytest.approx(1, abs=1e-10)


@each_d
@each_case
def test_constructed_kernels_are_orthogonal(case, d):
    m, c, k, s = case
    assert exists(m, c, k, s, d)
    kernel = orthogonal_kernel(m, c, k, s, d=d, dtype=F64, generator=torch.Generator().manual_seed(1))
    assert abs(float(orthogonal_conv(kernel, s))) < 1e-13
    assert float((residuals(kernel, smallest(k, s), s)).abs().max()) < 1e-12
    assert singular_value_range(kernel, s) == pytest.approx((1, 1), abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 10**6))
def test_turning_channels_changes_nothing(case, seed):
    m, c, k, s = case
    kernel = gaussian(m, c, k, seed=seed)
    q, r = torch.linalg.qr(gaussian(m, m, seed=seed + 1)).Q, torch.linalg.qr(gaussian(c, c, seed=seed + 2)).Q
    turned = torch.einsum("nm,mck,ce->nek", q, kernel, r)
    torch.testing.assert_close(orthogonal_conv(turned, s), orthogonal_conv(kernel, s), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("case", "floor"),
    [
        ((8, 2, 1, 2), 6),
        ((10, 1, 3, 4), 1),
        ((3, 1, 1, 2), 2),
        ((20, 1, 3, 4), 7),
        ((4, 2, 1, 2), 2),
    ],
)
def test_floors_are_what_minimization_reaches(case, floor):
    m, c, k, s = case
    assert infeasibility_floor(m, c, k, s) == floor
    assert exists(m, c, k, s) is (floor == 0)
    kernel = (0.3 * gaussian(m, c, k, k)).requires_grad_()
    optimizer = torch.optim.Adam([kernel], lr=2e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=900)
    for _ in range(900):
        optimizer.zero_grad()
        loss = orthogonal_conv(kernel, s)
        loss.backward()
        optimizer.step()
        schedule.step()
    assert float(loss.detach()) == pytest.approx(floor, abs=1e-3)


def test_impossible_kernels_are_refused_with_their_floor():
    with pytest.raises(ParameterError, match="stays at 2 or more"):
        orthogonal_kernel(4, 2, 1, 2)


def trained(m, c, k, s, seed, steps=1500):
    torch.manual_seed(seed)
    kernel = torch.empty(m, c, k, k)
    nn.init.xavier_uniform_(kernel)
    kernel.requires_grad_()
    optimizer = torch.optim.Adam([kernel], lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        orthogonal_conv(kernel, s).backward()
        optimizer.step()
        schedule.step()
    return kernel.detach().double()


@pytest.mark.parametrize("case", [(4, 8, 3, 1), (12, 8, 3, 1), (6, 4, 3, 2), (20, 4, 3, 2)], ids=str)
def test_training_reaches_isometries(case):
    kernel = trained(*case, seed=0, steps=2200)
    assert float(orthogonal_conv(kernel, case[3])) < 1e-4
    values = circular_singular_values(kernel, 8, case[3])
    assert float((values - 1).abs().max()) < 2e-3
    low, high = singular_value_range(kernel, case[3])
    assert low <= float(values.min()) and float(values.max()) <= high


def test_square_kernels_stall_from_some_starts():
    losses = [float(orthogonal_conv(trained(4, 4, 3, 1, seed, 300))) for seed in range(6)]
    assert max(losses) > 0.05


def test_strides_no_shorter_than_the_kernel_make_it_the_flat_penalty_and_shorter_ones_do_not():
    kernel = gaussian(5, 3, 2, 2)
    torch.testing.assert_close(orthogonal_conv(kernel, 2), orthogonal_dense(kernel.flatten(1)))
    # Ablation: rows orthonormal as a flat matrix are no isometry once windows overlap.
    flat = torch.linalg.qr(gaussian(27, 4)).Q.T.reshape(4, 3, 3, 3)
    assert float(orthogonal_dense(flat.flatten(1))) < 1e-20
    values = circular_singular_values(flat, 8, 1)
    assert float(values.max()) > 1.3 and float(values.min()) < 0.6


def test_ablation_without_the_constant_columns_never_reach_zero():
    m, c, k, s = 20, 4, 3, 2
    kernel = orthogonal_kernel(m, c, k, s, dtype=F64)
    overlaps = nn.functional.conv2d(kernel, kernel, stride=s, padding=2)
    overlaps[:, :, 1, 1] -= torch.eye(m, dtype=F64)
    assert float(overlaps.square().sum()) == pytest.approx(m - c * s**2)
    assert abs(float(orthogonal_conv(kernel, s))) < 1e-12


def test_derivatives_are_right():
    kernel = gaussian(3, 2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda k: orthogonal_conv(k, 2), kernel)
    assert torch.autograd.gradcheck(orthogonal_dense, gaussian(4, 3).requires_grad_())


def test_half_precision_is_widened_and_shapes_are_checked():
    kernel = gaussian(3, 4, 3).to(torch.bfloat16)
    assert orthogonal_conv(kernel).dtype is torch.float32
    with pytest.raises(SizeMismatch, match="no convolution"):
        orthogonal_conv(gaussian(3, 4))
    with pytest.raises(SizeMismatch, match="groups"):
        orthogonal_conv(gaussian(3, 4, 3), groups=2)

"""Singular values by frequency equal those of the matrix; what each padding does to an orthogonal kernel."""

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.regularizers.layer_spectra import circular_singular_values, conv_reports, layer_singular_values
from geomlearn.regularizers.orthogonal_existence import orthogonal_kernel

F64 = torch.float64


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("case", [(3, 4, 3, 1, 5), (6, 4, 3, 2, 4), (20, 4, 3, 2, 4), (4, 2, 5, 3, 4), (3, 2, 7, 1, 3)])
def test_by_frequency_equals_by_matrix(d, case):
    m, c, k, s, n = case
    kind = nn.Conv1d if d == 1 else nn.Conv2d
    torch.manual_seed(0)
    conv = kind(c, m, k, s, padding=k // 2 if k // 2 <= n * s else 0, padding_mode="circular", dtype=F64)
    dense = layer_singular_values(conv, s * n)
    fast = circular_singular_values(conv.weight, n, s).flatten().sort(descending=True).values
    torch.testing.assert_close(dense[: len(fast)], fast, rtol=0, atol=1e-10)


def spectrum(m, c, padding_mode, padding, size=8, seed=3):
    conv = nn.Conv2d(c, m, 3, padding=padding, padding_mode=padding_mode, bias=False, dtype=F64)
    generator = torch.Generator().manual_seed(seed)
    # Taps away from the centre: an orthogonal kernel that is more than a 1×1 convolution.
    kernel = torch.zeros(m, c, 3, 3, dtype=F64)
    side = max(m, c)
    q1 = torch.linalg.qr(torch.randn(side, side, generator=generator, dtype=F64)).Q[:m, :c]
    q2 = torch.linalg.qr(torch.randn(c, c, generator=generator, dtype=F64)).Q
    half = (torch.arange(c) % 2).to(F64)
    first, second = q2 @ torch.diag(half) @ q2.T, q2 @ torch.diag(1 - half) @ q2.T
    kernel[:, :, 0, 1], kernel[:, :, 2, 2] = q1 @ first, q1 @ second
    conv.weight.data = kernel
    return layer_singular_values(conv, size), kernel


@pytest.mark.parametrize(("m", "c"), [(3, 4), (6, 4)])
def test_zeros_and_no_padding_never_expand_and_reflection_does(m, c):
    circular, kernel = spectrum(m, c, "circular", 1)
    if m >= c:
        torch.testing.assert_close(circular, torch.ones_like(circular), rtol=0, atol=1e-10)
    top = float(circular_singular_values(kernel, 10).max())
    zero, _ = spectrum(m, c, "zeros", 1)
    valid, _ = spectrum(m, c, "zeros", 0)
    reflect, _ = spectrum(m, c, "reflect", 1)
    assert float(zero.max()) <= top + 1e-10 and float(valid.max()) <= top + 1e-10
    assert float(zero.min()) < 0.9
    assert float(reflect.max()) > 1.2


def test_reports_say_what_can_be_had():
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, padding_mode="circular"),
        nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(8, 16, 1, stride=2),
        nn.Conv1d(8, 4, 3),
        nn.Linear(4, 4),
    )
    model[0].weight.data = orthogonal_kernel(8, 3, 3)
    reports = conv_reports(model)
    assert [(report.name, report.case, report.floor) for report in reports] == [
        ("0", "columns", 0),
        ("1", "square", 0),
        ("2", "rows", 8),
        ("3", "rows", 0),
    ]
    assert reports[0].loss < 1e-10 and reports[0].low > 0.999
    assert "isometry" in reports[0].padding and "expands" in reports[1].padding
    assert "stay orthonormal" in reports[3].padding


def test_other_layers_and_huge_matrices_are_refused():
    with pytest.raises(ParameterError, match="no convolution"):
        layer_singular_values(nn.Linear(3, 3), 4)
    with pytest.raises(ParameterError, match="smaller size"):
        layer_singular_values(nn.Conv2d(8, 8, 3), 200)


def test_reports_name_every_convolution():
    model = nn.Sequential(
        nn.Conv3d(2, 4, 3),
        nn.ConvTranspose2d(4, 3, 3, stride=2),
        nn.Conv1d(2, 4, 3, stride=2, dilation=2),
    ).double()
    model[1].weight.data = orthogonal_kernel(4, 3, 3, 2, dtype=F64)
    reports = conv_reports(model)
    assert [(report.name, report.case, report.floor) for report in reports] == [
        ("0", "columns", 0),
        ("1", "rows", 0),
        ("2", "square", 2),
    ]
    assert "every length" in reports[1].padding
    values = layer_singular_values(model[1], 4)
    assert reports[1].low == pytest.approx(1) and float(values.min()) == pytest.approx(1)
    # No lower bound is claimed where phases of the input are never read.
    assert reports[2].low == 0 and float(layer_singular_values(model[2], 12).min()) < 1e-12

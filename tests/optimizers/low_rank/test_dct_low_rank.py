"""DCT-AdamW: AdamW in rotated coordinates, memory as promised, error feedback, and whole numbers kept whole."""

import io
import math

import pytest
import torch
from torch import nn

from geomlearn.optimizers.base import optimizer_state_bytes
from geomlearn.optimizers.low_rank.dct import orthogonal_basis
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW, adam_direction

pytestmark = pytest.mark.usefixtures("one_thread")

F64 = torch.float64


def gaussian(*shape, seed=0, dtype=F64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def run(param, gradients, **options):
    optimizer = DCTAdamW([param], **options)
    for gradient in gradients:
        param.grad = gradient.to(param.dtype)
        optimizer.step()
    return optimizer


def test_adams_direction_equals_torchs_adam():
    weight, mean, square = nn.Parameter(gaussian(4, 3)), torch.zeros(4, 3, dtype=F64), torch.zeros(4, 3, dtype=F64)
    moved = weight.detach().clone()
    optimizer = torch.optim.Adam([weight], lr=0.1)
    for step in range(1, 6):
        weight.grad = gaussian(4, 3, seed=step)
        optimizer.step()
        moved -= 0.1 * adam_direction(weight.grad, mean, square, step, (0.9, 0.999), 1e-8)
    torch.testing.assert_close(moved, weight.detach(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(12, 8), (8, 12)])
def test_gradients_within_the_modes_step_as_adamw_in_rotated_coordinates(shape):
    q = orthogonal_basis("dct2", 8, F64)
    only = q[:, [0, 2, 5]]
    project = (lambda g: g @ only @ only.T) if shape[0] > shape[1] else (lambda g: only @ only.T @ g)
    gradients = [project(gaussian(*shape, seed=seed)) for seed in range(1, 8)]
    param = nn.Parameter(gaussian(*shape))
    rotate = (lambda w: w @ q) if shape[0] > shape[1] else (lambda w: q.T @ w)
    turned = nn.Parameter(rotate(param.detach()))
    reference = torch.optim.AdamW([turned], lr=0.01, weight_decay=0.1)
    for gradient in gradients:
        # What is zero in exact arithmetic must be so here: Adam divides rounding errors by themselves.
        turned.grad = torch.where(rotate(gradient).abs() < 1e-12, 0.0, rotate(gradient))
        reference.step()
    run(param, gradients, lr=0.01, weight_decay=0.1, rank=3)
    torch.testing.assert_close(rotate(param.detach()), turned.detach(), rtol=0, atol=1e-10)


def test_without_memory_a_step_is_the_sign_of_the_kept_coefficients():
    q, gradient, param = orthogonal_basis("dct2", 6, F64), gaussian(9, 6), nn.Parameter(torch.zeros(9, 6, dtype=F64))
    optimizer = run(param, [gradient], lr=1.0, weight_decay=0.0, rank=2, betas=(0.0, 0.0), eps=0.0)
    modes = optimizer.state[param]["modes"]
    torch.testing.assert_close(param.detach(), -(gradient @ q[:, modes]).sign() @ q[:, modes].T, rtol=0, atol=1e-12)


def test_error_feedback_loses_nothing():
    # With β = 0 and SGD-like bookkeeping: what was kept plus the error equals all that came in.
    q = orthogonal_basis("dct2", 8, F64)
    param, constant = nn.Parameter(torch.zeros(10, 8, dtype=F64)), gaussian(10, 8)
    optimizer = DCTAdamW([param], lr=0.0, weight_decay=0.0, rank=2, residual="error-feedback")
    total = torch.zeros_like(constant)
    distances = []
    for step in range(1, 65):
        before = optimizer.state[param]["error"].clone() if optimizer.state[param] else torch.zeros_like(constant)
        param.grad = constant
        optimizer.step()
        modes, error = optimizer.state[param]["modes"], optimizer.state[param]["error"]
        kept = (constant + before) @ q[:, modes] @ q[:, modes].T
        torch.testing.assert_close(error + kept, constant + before, rtol=0, atol=1e-12)
        total += kept
        torch.testing.assert_close(total, step * constant - error, rtol=0, atol=1e-10)
        distances.append(float((total / step - constant).norm()))
    assert distances[-1] < 0.15 * distances[0]


def test_ablation_signs_of_the_rest_reach_what_dropping_leaves():
    # A gradient whose weaker modes are never among the strongest: dropped, they are never learned.
    q = orthogonal_basis("dct2", 8, F64)
    strong = torch.tensor([10, 9, 8, 1, 1, 1, 1, 1], dtype=F64)
    target = (gaussian(16, 8).sign() * strong) @ q.T

    def final(residual):
        param = nn.Parameter(torch.zeros(16, 8, dtype=F64))
        optimizer = DCTAdamW([param], lr=0.05, weight_decay=0.0, rank=3, residual=residual)
        for step in range(120):
            optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / 120)
            param.grad = param.detach() - target
            optimizer.step()
        return float((param.detach() - target).square().sum())

    assert final("signsgd") < 0.95 * final("drop")


def test_new_modes_overshoot_unless_they_count_their_own_steps():
    q = orthogonal_basis("dct2", 6, F64)
    late = [torch.outer(torch.ones(8, dtype=F64), q[:, 0])] * 400 + [torch.outer(torch.ones(8, dtype=F64), q[:, 3])]
    sizes = {}
    for reset in ("zero", "per-column-step"):
        param = nn.Parameter(torch.zeros(8, 6, dtype=F64))
        optimizer = run(param, late[:-1], lr=1.0, weight_decay=0.0, rank=1, betas=(0.9, 0.99), state_reset=reset)
        before = param.detach().clone()
        param.grad = late[-1]
        optimizer.step()
        sizes[reset] = float(((param.detach() - before) @ q[:, 3]).abs().max())
    assert sizes["zero"] == pytest.approx((1 - 0.9) / math.sqrt(1 - 0.99) * math.sqrt(1 - 0.99**401), rel=1e-3)
    assert sizes["per-column-step"] == pytest.approx(1.0, rel=1e-6)


def test_ablation_stale_moments_are_those_of_other_modes():
    q = orthogonal_basis("dct2", 6, F64)
    gradients = [torch.outer(torch.ones(8, dtype=F64), q[:, mode]) for mode in [0] * 20 + [3]]
    moved = {}
    for rotate in (True, False):
        param = nn.Parameter(torch.zeros(8, 6, dtype=F64))
        optimizer = run(param, gradients, lr=1.0, weight_decay=0.0, rank=1, rotate=rotate)
        moved[rotate] = optimizer.state[param]["exp_avg"][0, 0]
    assert float(moved[True]) == pytest.approx(0.1, rel=1e-9)
    assert float(moved[False]) > 0.8


def test_modes_stay_between_choices():
    param = nn.Parameter(gaussian(10, 8))
    optimizer = DCTAdamW([param], rank=2, update_gap=3)
    chosen = []
    for seed in range(7):
        param.grad = gaussian(10, 8, seed=seed)
        optimizer.step()
        chosen.append(optimizer.state[param]["modes"].tolist())
    assert chosen[0] == chosen[1] == chosen[2] and chosen[3] == chosen[4] == chosen[5]
    assert len({tuple(modes) for modes in chosen}) > 1


@pytest.mark.parametrize("transform", ["matmul", "fft"])
@pytest.mark.parametrize("shape", [(40, 24), (25, 40)])
def test_transforms_agree(transform, shape):
    gradients = [gaussian(*shape, seed=seed) for seed in range(1, 5)]
    params = [nn.Parameter(gaussian(*shape)) for _ in range(2)]
    for param, kind in zip(params, ("auto", transform), strict=True):
        run(param, gradients, lr=0.1, rank=8, transform=kind, residual="signsgd")
    torch.testing.assert_close(*params, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("n", "rank"), [(512, 64), (2048, 256)])
def test_memory_is_the_rank_fraction_of_adams_and_indices(n, rank):
    param = nn.Parameter(torch.zeros(n, n))
    optimizer = DCTAdamW([param], rank=rank)
    param.grad = torch.zeros(n, n)
    optimizer.step()
    assert optimizer_state_bytes(optimizer) == 4 * (2 * n * rank) + 8 * rank + 4
    assert 2 * n * rank == pytest.approx(2 * n * n * rank / n)


def test_indices_survive_saving_in_half_precision():
    gradient = torch.zeros(600, 300, dtype=F64)
    gradient = gradient + 3 * orthogonal_basis("dct2", 300, F64)[:, 257] + orthogonal_basis("dct2", 300, F64)[:, 299]
    param = nn.Parameter(torch.zeros(600, 300, dtype=torch.bfloat16))
    optimizer = run(param, [gradient], rank=2, state_reset="per-column-step")
    assert optimizer.state[param]["modes"].tolist() == [257, 299]
    stream = io.BytesIO()
    torch.save(optimizer.state_dict(), stream)
    stream.seek(0)
    saved = torch.load(stream, weights_only=True)
    assert saved["state"][0]["modes"] == [257, 299]
    again = DCTAdamW([param], rank=2)
    again.load_state_dict(saved)
    assert again.state[param]["modes"].dtype is torch.int64
    assert again.state[param]["modes"].tolist() == [257, 299]
    assert again.state[param]["column_steps"].tolist() == [1, 1]
    # What was saved is a copy: the optimizer that runs on keeps its tensors.
    assert isinstance(optimizer.state[param]["modes"], torch.Tensor)


def test_small_long_and_complex_matrices_step_by_adamw():
    shapes = {"matrix": (20, 10), "small": (20, 4), "long": (200, 10), "vector": (20,)}
    params = {name: nn.Parameter(torch.zeros(shape)) for name, shape in shapes.items()}
    params["complex"] = nn.Parameter(torch.zeros(20, 10, dtype=torch.complex64))
    optimizer = DCTAdamW(params.items(), rank=4, max_dim=100)
    kinds = {row.name: row.kind for row in optimizer.routing()}
    assert kinds == {"matrix": "matrix", **dict.fromkeys(("small", "long", "vector", "complex"), "adamw")}


def test_a_quarter_of_the_rank_needs_no_more_than_half_again_adamws_steps():
    x = torch.linspace(-1, 1, 64, dtype=torch.float32)
    inputs = torch.stack([torch.sin(k * x + k) for k in range(32)], 1)
    targets = torch.stack([torch.cos(3 * x), x**2, torch.exp(-4 * x**2)], 1)

    def steps_to(build):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3))
        optimizer = build(list(model.parameters()))
        for step in range(600):
            optimizer.zero_grad()
            loss = (model(inputs) - targets).square().mean()
            if float(loss.detach()) < 1e-3:
                return step
            loss.backward()
            optimizer.step()
        return 600

    adamw = steps_to(lambda params: torch.optim.AdamW(params, lr=3e-3, weight_decay=0.0))
    ours = steps_to(lambda params: DCTAdamW(params, lr=3e-3, weight_decay=0.0, rank=8))
    assert adamw < 400
    assert ours <= 1.5 * adamw


def test_a_fast_transform_is_asked_for_only_where_there_is_one():
    with pytest.raises(ValueError, match="no fast transform"):
        DCTAdamW([nn.Parameter(torch.zeros(8, 8))], basis="random", transform="fft")

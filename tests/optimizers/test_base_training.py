"""Every optimizer of the room in a training: files, schedules, closures, scalers, hooks, memory."""

import copy
import io
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from geomlearn.optimizers.base import optimizer_state_bytes

sys.path.insert(0, str(Path(__file__).parent))
from recipes import each, flat, make, model_and_loss, quadratic, run

pytestmark = pytest.mark.usefixtures("one_thread")


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_resuming_from_a_file_repeats_the_run_bit_for_bit(name, dtype):
    whole, loss = model_and_loss(dtype=dtype)
    run(make(name, whole.parameters()), loss, 14)

    first, loss = model_and_loss(dtype=dtype)
    optimizer = make(name, first.parameters())
    run(optimizer, loss, 7)
    stream = io.BytesIO()
    torch.save({"model": first.state_dict(), "optimizer": optimizer.state_dict()}, stream)
    stream.seek(0)
    saved = torch.load(stream, weights_only=True)
    second, loss = model_and_loss(seed=0, dtype=dtype)
    second.load_state_dict(saved["model"])
    optimizer = make(name, second.parameters(), lr=7.0)
    optimizer.load_state_dict(saved["optimizer"])
    run(optimizer, loss, 7)
    assert torch.equal(flat(second), flat(whole))


@each
def test_closures_are_called_with_gradients_and_their_loss_returned(name):
    model, loss = model_and_loss()
    optimizer = make(name, model.parameters())

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    values = [float(optimizer.step(closure).detach()) for _ in range(20)]
    assert values[-1] < values[0]


@each
def test_schedulers_drive_matrices_and_vectors_alike(name):
    model, loss = model_and_loss()
    optimizer = make(name, model.parameters(), lr=0.02, fallback_lr=0.01)
    assert len(optimizer.param_groups) == 1
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=12)
    values = []
    for _ in range(12):
        values += run(optimizer, loss, 1)
        scheduler.step()
    assert values[-1] < values[0]
    rate = optimizer.param_groups[0]["lr"]
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    for value in (1.0, 2.0, 3.0):
        plateau.step(value)
    assert optimizer.param_groups[0]["lr"] < rate


@each
def test_vectors_follow_the_schedule_of_one_group_at_their_own_rate(name):
    results = []
    for ours in (True, False):
        matrix, vector = nn.Parameter(torch.ones(3, 4)), nn.Parameter(torch.linspace(-1, 1, 5))
        params = [matrix, vector] if ours else [vector]
        optimizer = (
            make(name, params, lr=0.02, fallback_lr=0.005)
            if ours
            else torch.optim.AdamW(params, lr=0.005, weight_decay=0.0)
        )
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda step: 0.5**step])
        for _ in range(4):
            optimizer.zero_grad()
            (quadratic([vector]) + matrix.sum()).backward()
            optimizer.step()
            scheduler.step()
        results.append(vector.detach().clone())
    torch.testing.assert_close(*results, rtol=1e-6, atol=1e-7)


@each
def test_a_tensor_learning_rate_equals_the_number(name):
    results = []
    for rate in (0.05, torch.tensor(0.05, dtype=torch.float64)):
        model, loss = model_and_loss(dtype=torch.float64)
        run(make(name, model.parameters(), lr=rate, fallback_lr=0.01), loss, 5)
        results.append(flat(model))
    torch.testing.assert_close(*results, rtol=1e-10, atol=1e-12)


@each
def test_copies_and_hooks(name):
    model, loss = model_and_loss()
    optimizer = make(name, model.parameters())
    called = []
    optimizer.register_step_pre_hook(lambda *_: called.append("before"))
    optimizer.register_step_post_hook(lambda *_: called.append("after"))
    run(optimizer, loss, 2)
    assert called == ["before", "after"] * 2
    twin = copy.deepcopy(optimizer)
    assert set(vars(twin)) >= {key for key in vars(optimizer) if not key.startswith("_")}
    assert type(optimizer).__name__ in repr(optimizer)


@each
def test_states_saved_before_an_option_existed_still_load(name):
    whole, loss = model_and_loss()
    run(make(name, whole.parameters()), loss, 3)
    model, loss = model_and_loss()
    optimizer = make(name, model.parameters())
    run(optimizer, loss, 2)
    state = optimizer.state_dict()
    for group in state["param_groups"]:
        del group["foreach"], group["kind"], group["fallback_scale"]
    optimizer.load_state_dict(state)
    run(optimizer, loss, 1)
    # A scale that was not saved is one again: AdamW's vectors may step otherwise, matrices may not.
    matrices = [(a, b) for a, b in zip(model.parameters(), whole.parameters(), strict=True) if a.ndim == 2]
    assert matrices and all(torch.equal(a, b) for a, b in matrices)


@each
def test_the_gradient_scaler_works_and_skips_infinite_steps(name):
    model, loss = model_and_loss()
    optimizer = make(name, model.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    before = flat(model).clone()
    for factor in (1.0, float("inf")):
        optimizer.zero_grad()
        scaler.scale(loss() * factor).backward()
        scaler.step(optimizer)
        scaler.update()
        if factor == 1.0:
            after = flat(model).clone()
    assert not torch.equal(before, after)
    assert torch.equal(flat(model), after)


@each
def test_state_bytes_are_counted(name):
    model, loss = model_and_loss()
    optimizer = make(name, model.parameters())
    assert optimizer_state_bytes(optimizer) == 0
    run(optimizer, loss, 1)
    n_vector = sum(param.numel() for param in model.parameters() if param.ndim < 2)
    n_vectors = sum(param.ndim < 2 for param in model.parameters())
    matrices = sum(
        value.numel() * value.element_size()
        for param in model.parameters()
        if param.ndim >= 2
        for value in optimizer.state[param].values()
    )
    assert optimizer_state_bytes(optimizer) == matrices + 4 * (2 * n_vector + n_vectors)


@each
def test_separable_points_are_learned_by_the_criterion_of_pytorch_optimizer(name):
    # Binary cross-entropy of a 2-2-1 network on 100 separable points falls by a factor of 1.5 in 50 steps.
    torch.manual_seed(42)
    points = torch.cat([torch.randn(50, 2) + 2, torch.randn(50, 2) - 2])
    labels = torch.cat([torch.ones(50, 1), torch.zeros(50, 1)])
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    optimizer = make(name, model.parameters())
    values = run(optimizer, lambda: nn.functional.binary_cross_entropy_with_logits(model(points), labels), 50)
    assert values[0] > 1.5 * values[-1]

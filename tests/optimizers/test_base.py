"""The manners of torch.optim, kept by every optimizer of the room."""

import copy
import io
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.base import optimizer_state_bytes

sys.path.insert(0, str(Path(__file__).parent))
from recipes import RECIPES

pytestmark = pytest.mark.usefixtures("one_thread")

DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.complex64]
SHAPES = {
    "wide": (3, 8),
    "tall": (8, 3),
    "square": (5, 5),
    "vector": (7,),
    "scalar": (),
    "kernel": (6, 2, 3, 3),
    "one": (1, 1),
}
each = pytest.mark.parametrize("name", RECIPES)


def make(name, params, **changes):
    kind, options = RECIPES[name]
    return kind(params, **{**options, **changes})


def model_and_loss(seed=0, dtype=torch.float32, width=12):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(6, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 3))
    model = model.to(dtype)
    inputs = torch.randn(32, 6, generator=generator, dtype=torch.float64).to(dtype)
    targets = torch.tanh(inputs[:, :3])

    def loss():
        return (model(inputs) - targets).square().mean()

    return model, loss


def run(optimizer, loss, steps):
    values = []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        values.append(float(value.detach()))
    return values


def flat(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def quadratic(params):
    """½‖p − 1‖² summed over all, minimal at ones; its value where the parameters stand."""
    return sum((param - 1).abs().square().sum() for param in params) / 2


def quadratic_steps(optimizer, params, steps=60):
    first = float(quadratic(params).detach())
    for _ in range(steps):
        optimizer.zero_grad()
        quadratic(params).backward()
        optimizer.step()
    return first, float(quadratic(params).detach())


@each
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("foreach", [False, True])
def test_a_quadratic_halves_for_every_shape_and_dtype(name, dtype, shape, foreach):
    generator = torch.Generator().manual_seed(1)
    params = [nn.Parameter(torch.randn(SHAPES[shape], generator=generator).to(dtype)) for _ in range(2)]
    optimizer = make(name, params, foreach=foreach)
    before = [param.detach().clone() for param in params]
    first, last = quadratic_steps(optimizer, params)
    assert last < 0.5 * first
    for param, old in zip(params, before, strict=True):
        assert torch.isfinite(torch.view_as_real(param) if param.is_complex() else param).all()
        assert not torch.equal(param, old)
        for key, value in optimizer.state[param].items():
            assert isinstance(value, torch.Tensor), key
            if key.startswith(("exp_avg", "momentum")):
                assert value.dtype is dtype


@each
def test_strided_parameters_step_like_contiguous_ones(name):
    start = torch.randn(6, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    strided, plain = nn.Parameter(start.T.contiguous().T), nn.Parameter(start.clone())
    assert not strided.is_contiguous()
    for param in (strided, plain):
        quadratic_steps(make(name, [param]), [param], 5)
    torch.testing.assert_close(strided, plain, rtol=1e-12, atol=1e-12)


@each
def test_batched_steps_equal_steps_one_by_one(name):
    models = []
    for foreach in (False, True):
        model, loss = model_and_loss(dtype=torch.float64)
        run(make(name, model.parameters(), foreach=foreach), loss, 8)
        models.append(flat(model))
    torch.testing.assert_close(*models, rtol=1e-12, atol=1e-12)


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
def test_gradients_are_left_as_they_are(name):
    model, loss = model_and_loss()
    optimizer = make(name, model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        loss().backward()
        before = [param.grad.clone() for param in model.parameters()]
        optimizer.step()
        assert all(torch.equal(param.grad, old) for param, old in zip(model.parameters(), before, strict=True))


@each
def test_zero_gradients_move_nothing_without_decay_and_shrink_with_it(name):
    for decay, factor in ((0.0, 1.0), (0.5, 0.95)):
        param = nn.Parameter(torch.randn(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0)))
        start = param.detach().clone()
        optimizer = make(name, [param], lr=0.1, weight_decay=decay)
        param.grad = torch.zeros_like(param)
        optimizer.step()
        torch.testing.assert_close(param.detach(), factor * start, rtol=1e-14, atol=0)


@each
def test_parameters_without_gradients_get_no_state(name):
    used, unused = nn.Parameter(torch.ones(3, 4)), nn.Parameter(torch.ones(3, 4))
    optimizer = make(name, [used, unused])
    used.grad = torch.ones_like(used)
    optimizer.step()
    assert optimizer.state[used]
    assert unused not in optimizer.state
    assert torch.equal(unused, torch.ones(3, 4))


@each
def test_maximize_mirrors_minimize(name):
    results = []
    for sign, maximize in ((1, False), (-1, True)):
        model, loss = model_and_loss(dtype=torch.float64)
        run(make(name, model.parameters(), maximize=maximize), lambda loss=loss, sign=sign: sign * loss(), 5)
        results.append(flat(model))
    assert torch.equal(*results)


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
def test_vectors_do_not_decay_unless_asked(name):
    for given, factor in (({}, 1.0), ({"fallback_weight_decay": 0.5}, 0.95)):
        vector = nn.Parameter(torch.ones(3))
        optimizer = make(
            name, [nn.Parameter(torch.ones(2, 3)), vector], lr=0.1, fallback_lr=0.1, weight_decay=0.3, **given
        )
        vector.grad = torch.zeros(3)
        optimizer.step()
        torch.testing.assert_close(vector.detach(), factor * torch.ones(3))


@each
def test_groups_of_unknown_keys_are_refused_and_foreign_ones_understood(name):
    weight = nn.Parameter(torch.ones(2, 3))
    with pytest.raises(ParameterError, match="weight_dacay") as caught:
        make(name, [{"params": [weight], "weight_dacay": 0.1}])
    assert "weight_decay" in caught.value.hint
    group = {"params": [weight], "use_muon": False, "lr": 0.3, "betas": (0.8, 0.9), "eps": 1e-10, "weight_decay": 0.01}
    optimizer = make(name, [group])
    other = nn.Parameter(torch.ones(2, 3))
    reference = torch.optim.AdamW([other], lr=0.3, betas=(0.8, 0.9), eps=1e-10, weight_decay=0.01)
    for _ in range(3):
        for param, one in ((weight, optimizer), (other, reference)):
            param.grad = param.detach() ** 2
            one.step()
    torch.testing.assert_close(weight, other)


@each
def test_the_routing_can_be_told(name):
    params = [("a", nn.Parameter(torch.ones(4, 6))), ("b", nn.Parameter(torch.ones(4)))]
    optimizer = make(name, [{"params": params}, {"params": [("c", nn.Parameter(torch.ones(5, 5)))], "kind": "adamw"}])
    assert [(row.name, row.shape, row.kind) for row in optimizer.routing()] == [
        ("a", (4, 6), "matrix"),
        ("b", (4,), "adamw"),
        ("c", (5, 5), "adamw"),
    ]


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "dct-adamw-feedback"])
@pytest.mark.filterwarnings("ignore")
def test_a_compiled_step_without_breaks_equals_the_plain_one(name):
    torch._dynamo.reset()
    results = []
    for compiled in (False, True):
        params = [nn.Parameter(torch.linspace(-1, 2, 24).reshape(4, 6)), nn.Parameter(torch.ones(3))]
        optimizer = make(name, params, foreach=False)
        step = torch.compile(optimizer.step, fullgraph=True, backend="eager") if compiled else optimizer.step
        for _ in range(2):
            for param in params:
                param.grad = param.detach() ** 3
            step()
        results.append(params[0].detach())
    torch.testing.assert_close(*results, rtol=1e-5, atol=1e-6)


@each
def test_a_learning_rate_of_zero_moves_nothing(name):
    model, loss = model_and_loss()
    before = flat(model).clone()
    run(make(name, model.parameters(), lr=0.0, fallback_lr=0.0), loss, 3)
    assert torch.equal(flat(model), before)


@each
def test_a_tensor_learning_rate_equals_the_number(name):
    results = []
    for rate in (0.05, torch.tensor(0.05, dtype=torch.float64)):
        model, loss = model_and_loss(dtype=torch.float64)
        run(make(name, model.parameters(), lr=rate, fallback_lr=0.01), loss, 5)
        results.append(flat(model))
    torch.testing.assert_close(*results, rtol=1e-10, atol=1e-12)


@each
def test_groups_override_every_option_and_may_come_later(name):
    first, second, third = (nn.Parameter(torch.full((3, 4), 2.0)) for _ in range(3))
    optimizer = make(name, [{"params": [first], "lr": 0.0}, {"params": [second], "weight_decay": 0.25}])
    for param in (first, second, third):
        param.grad = torch.zeros_like(param)
    lr = optimizer.param_groups[1]["lr"]
    optimizer.step()
    optimizer.add_param_group({"params": [third], "weight_decay": 0.5})
    optimizer.step()
    assert torch.equal(first, torch.full((3, 4), 2.0))
    torch.testing.assert_close(second.detach(), torch.full((3, 4), 2 * (1 - 0.25 * lr) ** 2))
    torch.testing.assert_close(third.detach(), torch.full((3, 4), 2 * (1 - 0.5 * lr)))


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
    model, loss = model_and_loss()
    optimizer = make(name, model.parameters())
    run(optimizer, loss, 2)
    state = optimizer.state_dict()
    for group in state["param_groups"]:
        del group["foreach"], group["kind"], group["fallback_scale"]
    optimizer.load_state_dict(state)
    run(optimizer, loss, 1)


@each
def test_sparse_gradients_are_refused_in_a_sentence(name):
    embedding = nn.Embedding(10, 3, sparse=True)
    optimizer = make(name, embedding.parameters())
    embedding(torch.tensor([1, 2])).sum().backward()
    with pytest.raises(RuntimeError, match="needs dense gradients"):
        optimizer.step()


@each
@pytest.mark.parametrize(
    "wrong",
    [
        {"lr": -1.0},
        {"weight_decay": -0.1},
        {"fallback_betas": (0.9, 1.0)},
        {"lr": torch.tensor([0.1, 0.2])},
        {"frobnicate": 1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_wrong_hyperparameters_are_value_errors_that_name_themselves(name, wrong):
    kind, _ = RECIPES[name]
    for error in (ValueError, ParameterError):
        with pytest.raises(error, match=next(iter(wrong))):
            kind([nn.Parameter(torch.ones(2, 2))], **wrong)
    if "frobnicate" not in wrong:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            kind([{"params": [nn.Parameter(torch.ones(2, 2))], **wrong}])


@each
def test_empty_lists_and_bare_tensors_are_refused(name):
    with pytest.raises(ValueError):
        make(name, [])
    with pytest.raises(TypeError):
        make(name, torch.ones(2, 2))
    with pytest.raises(TypeError):
        make(name, [1.0])
    with pytest.raises(TypeError):
        make(name, [{"params": {nn.Parameter(torch.ones(2, 2))}}])


@each
def test_vectors_can_be_refused_and_kinds_be_given(name):
    vector, matrix = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3, 3))
    with pytest.raises(ValueError, match="steps matrices"):
        make(name, [vector], fallback="error")
    with pytest.raises(ValueError, match="steps matrices"):
        make(name, [{"params": [vector], "kind": "matrix"}])
    with pytest.raises(ValueError, match="means nothing"):
        make(name, [{"params": [matrix], "kind": "tensor"}])
    named = make(name, [{"params": [("head.weight", matrix)], "use_muon": False, "lr": 0.3}])
    assert [group["kind"] for group in named.param_groups] == ["adamw"]
    assert named.param_groups[0]["lr"] == 0.3
    assert named.param_groups[0]["param_names"] == ["head.weight"]


@each
def test_what_falls_back_steps_exactly_like_torchs_adamw(name):
    models = []
    for build in (
        lambda params: make(
            name, [{"params": params, "kind": "adamw", "lr": 0.01, "weight_decay": 0.1}], foreach=False
        ),
        lambda params: torch.optim.AdamW(params, lr=0.01, weight_decay=0.1, foreach=False),
    ):
        model, loss = model_and_loss()
        run(build(list(model.parameters())), loss, 6)
        models.append(flat(model))
    assert torch.equal(*models)


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

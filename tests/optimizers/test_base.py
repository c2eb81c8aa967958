"""What every optimizer of the room does with one step: shapes, dtypes, layouts, zero and missing gradients."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from recipes import RECIPES, each, flat, make, model_and_loss, quadratic_steps, run

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
def test_sparse_gradients_are_refused_in_a_sentence(name):
    embedding = nn.Embedding(10, 3, sparse=True)
    optimizer = make(name, embedding.parameters())
    embedding(torch.tensor([1, 2])).sum().backward()
    with pytest.raises(RuntimeError, match="needs dense gradients"):
        optimizer.step()

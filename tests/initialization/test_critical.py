"""Critical weights in a model: their variances, gradients that reach the first layer, and what is measured."""

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.initialization.critical import init_critical, measure_flow
from geomlearn.initialization.criticality import critical_point
from geomlearn.initialization.options import CriticalOptions

pytestmark = pytest.mark.usefixtures("one_thread")


def plain(activation, depth=50, width=128, dtype=torch.float64):
    torch.manual_seed(0)
    layers = [part for _ in range(depth - 1) for part in (nn.Linear(width, width), activation())]
    return nn.Sequential(*layers, nn.Linear(width, width)).to(dtype)


def inputs(width=128, n=8):
    x = torch.randn(n, width, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return x / x.square().mean(1, keepdim=True).sqrt()


def gradient_ratio(model):
    rows = measure_flow(model, inputs())
    return rows[0].gradient / rows[-1].gradient


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
def test_ablation_gradients_reach_the_first_of_fifty_layers_only_at_criticality(activation):
    model = plain(activation)
    default = gradient_ratio(model)
    init_critical(model)
    assert 0.2 < gradient_ratio(model) < 5
    assert default < 1e-6


@pytest.mark.parametrize("activation", [nn.ReLU, nn.GELU, nn.SiLU])
def test_signals_keep_their_size_over_a_hundred_layers(activation):
    model = plain(activation, depth=100, width=256)
    init_critical(model)
    variances = [row.variance for row in measure_flow(model, 2 * inputs(256))]
    assert 0.05 < variances[-1] / variances[0] < 20


def test_layers_get_the_variances_of_the_activation_that_follows():
    model = nn.Sequential(
        nn.Conv2d(8, 64, 3),
        nn.GELU(),
        nn.Flatten(),
        nn.LayerNorm(64),
        nn.Linear(64, 512),
        nn.LeakyReLU(0.2),
        nn.Linear(512, 9),
    )
    done = init_critical(model, CriticalOptions(seed=3))
    assert [(row.name, row.fan_in) for row in done] == [("0", 72), ("4", 64), ("6", 512)]
    gelu, leaky = critical_point("gelu"), done[1].point
    assert done[0].point == gelu and leaky.c_w == pytest.approx(2 / 1.04) and done[2].point == leaky
    assert float(model[0].weight.detach().var()) == pytest.approx(gelu.c_w / 72, rel=0.05)
    assert float(model[4].weight.detach().var()) == pytest.approx(leaky.c_w / 64, rel=0.05)
    assert torch.equal(model[4].bias, torch.zeros(512))
    assert torch.equal(model[3].weight, torch.ones(64))
    before = model[0].weight.clone()
    init_critical(model, CriticalOptions(seed=3))
    assert torch.equal(model[0].weight, before)


def test_functions_need_a_name_and_hopeless_activations_are_refused():
    bare = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    with pytest.raises(ParameterError, match="Name the activation"):
        init_critical(bare)
    assert init_critical(bare, CriticalOptions(activation="tanh"))[0].point.c_w == 1
    with pytest.raises(ParameterError, match="no critical point"):
        init_critical(nn.Sequential(nn.Linear(4, 4), nn.Sigmoid()))
    with pytest.raises(ParameterError, match="no dense"):
        init_critical(nn.LayerNorm(3))


def test_measuring_leaves_the_model_alone_and_sees_what_is_there():
    model = plain(nn.Tanh, depth=3, width=16)
    before = [parameter.clone() for parameter in model.parameters()]
    rows = measure_flow(model, inputs(16))
    assert [row.name for row in rows] == ["0", "2", "4"]
    z = model[0](inputs(16)).detach()
    assert rows[0].variance == pytest.approx(float(z.square().mean()))
    unit = z / z.norm(dim=1, keepdim=True)
    pairs = unit @ unit.T
    assert rows[0].cosine == pytest.approx(float((pairs.sum() - pairs.trace()) / 56))
    assert all(torch.equal(parameter, old) for parameter, old in zip(model.parameters(), before, strict=True))
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not model[0]._forward_hooks

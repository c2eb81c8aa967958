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
        init_critical(nn.Sequential(nn.Linear(4, 4), nn.Sigmoid(), nn.Linear(4, 4)))
    with pytest.raises(ParameterError, match="is not known here"):
        init_critical(nn.Sequential(nn.Linear(4, 4), nn.Hardswish(), nn.Linear(4, 4)))
    with pytest.raises(ParameterError, match="Only the model's last"):
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


def weights(model, **options):
    """C_W of every layer by name."""
    return {row.name: row.point.c_w for row in init_critical(model, CriticalOptions(**options))}


def test_identities_between_layer_and_activation_are_looked_through():
    torch.manual_seed(0)
    parts = [part for _ in range(30) for part in (nn.Linear(128, 128), nn.Identity(), nn.ReLU())]
    model = nn.Sequential(*parts, nn.Linear(128, 128)).double()
    assert set(weights(model).values()) == {2.0}
    variances = [row.variance for row in measure_flow(model, inputs())]
    assert 0.1 < variances[-1] / variances[0] < 10


class Shared(nn.Module):
    """One activation registered before all layers and called between them; a final one of another kind."""

    def __init__(self, final):
        super().__init__()
        self.act = nn.GELU()
        self.layers = nn.ModuleList(nn.Linear(16, 16) for _ in range(4))
        self.final = final

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.act(layer(x))
        return self.final(self.layers[-1](x))


@pytest.mark.parametrize("probed", [False, True])
@pytest.mark.parametrize(
    ("final", "last"), [(nn.Identity(), "gelu"), (nn.Tanh(), "tanh"), (nn.Sigmoid(), "gelu"), (nn.Softmax(-1), "gelu")]
)
def test_a_shared_activation_and_what_stands_at_the_end(final, last, probed):
    model = Shared(final)
    probe = (lambda: model(torch.zeros(2, 16))) if probed else None
    points = [row.point for row in init_critical(model, probe=probe)]
    assert points == [critical_point("gelu")] * 3 + [critical_point(last)]


class Branching(nn.Module):
    """Functions instead of modules, a layer called before the one registered first, a branch on data, a gate."""

    def __init__(self):
        super().__init__()
        self.late, self.early, self.gate = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        x = torch.tanh(self.early(x)) if x.sum() > -1e9 else x
        x = x + nn.functional.gelu(self.late(x), approximate="tanh") * torch.sigmoid(self.gate(x))
        return self.out(x)


def test_functions_branches_and_gates_are_followed_by_a_call():
    model = Branching().train()
    with pytest.raises(ParameterError, match="cannot be followed without data"):
        init_critical(model)
    done = {row.name: row.point for row in init_critical(model, probe=lambda: model(torch.zeros(2, 8)))}
    assert done["early"] == critical_point("tanh")
    assert done["late"] == critical_point("gelu-tanh")
    assert done["gate"] == critical_point("gelu-tanh") and done["out"] == critical_point("gelu-tanh")
    assert model.training and not model.early._forward_hooks and not model.early._forward_pre_hooks


def test_layers_that_layers_read_directly_are_linear():
    model = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.1), nn.Linear(8, 8), nn.ReLU(inplace=True), nn.Linear(8, 8))
    assert list(weights(model).values()) == [1.0, 2.0, 2.0]


def test_learned_slopes_are_those_of_now():
    model = nn.Sequential(nn.Linear(8, 8), nn.PReLU(8, init=0.5), nn.Linear(8, 1)).float()
    assert weights(model)["0"] == pytest.approx(2 / (1 + 0.25), rel=1e-6)


@pytest.mark.parametrize("norm", [torch.nn.utils.parametrizations.weight_norm, torch.nn.utils.weight_norm])
@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated")
def test_weights_under_weight_norm_are_really_set(norm):
    layer = norm(nn.Linear(256, 64))
    model = nn.Sequential(layer, nn.ReLU(), nn.Linear(64, 1))
    init_critical(model)
    model(torch.zeros(1, 256))
    assert float(layer.weight.detach().var()) == pytest.approx(2 / 256, rel=0.05)


def test_weights_that_cannot_be_set_are_refused_by_name_and_left_alone():
    layer = torch.nn.utils.parametrizations.spectral_norm(nn.Linear(64, 64)).eval()
    before = layer.weight.detach().clone()
    with pytest.raises(ParameterError, match="weight of 0 is computed by SpectralNorm"):
        init_critical(nn.Sequential(layer, nn.ReLU(), nn.Linear(64, 1)))
    torch.testing.assert_close(layer.weight.detach(), before)

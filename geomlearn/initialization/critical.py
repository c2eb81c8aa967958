"""Give a model its critical weights, and look at how signals and gradients travel through it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from geomlearn.core.errors import ParameterError
from geomlearn.initialization.criticality import Criticality, critical_point
from geomlearn.initialization.options import CriticalOptions

_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_ACTIVATIONS = (
    nn.Identity,
    nn.ReLU,
    nn.LeakyReLU,
    nn.Tanh,
    nn.GELU,
    nn.SiLU,
    nn.Mish,
    nn.Sigmoid,
    nn.Softplus,
    nn.ELU,
    nn.SELU,
)


@dataclass(frozen=True)
class Initialized:
    """What one layer was given."""

    name: str
    fan_in: int
    point: Criticality


@torch.no_grad()
def init_critical(model: nn.Module, options: CriticalOptions = CriticalOptions()) -> list[Initialized]:  # noqa: B008
    """Draw weights N(0, C_W/fan_in) and biases N(0, C_b) for every dense and convolutional layer, in place.

    Each layer gets the critical point of the activation module that follows it, the last ones that of the layer
    before; `options.activation` is for models that call their activation as a function. Normalization layers,
    embeddings and bare parameters stay as they are.

    Returns
    -------
    What each layer was given, in the model's order. Inputs suit it best with |x|²/n₀ = (K¹ − C_b)/C_W for
    K¹ = `point.start_kernel`.

    Raises
    ------
    ParameterError   the model has no such layer, no activation can be found, or one has no critical point.
    """
    modules = [(name, module) for name, module in model.named_modules() if not any(module.children())]
    layers = [index for index, (_, module) in enumerate(modules) if isinstance(module, _LAYERS)]
    if not layers:
        raise ParameterError("The model has no dense or convolutional layer to initialize.", "Leave init at default.")
    chosen = None if options.activation == "auto" else critical_point(options.activation, options.gamma)
    if chosen is None:
        points = _following(modules, layers, options.gamma)
    generator = torch.Generator().manual_seed(options.seed)
    done = []
    for index in layers:
        name, layer = modules[index]
        point = chosen or points[index]
        fan_in = layer.weight[0].numel()
        noise = torch.randn(layer.weight.shape, generator=generator) * (point.c_w / fan_in) ** 0.5
        layer.weight.copy_(noise)
        if layer.bias is not None:
            layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator) * point.c_b**0.5)
        done.append(Initialized(name, fan_in, point))
    return done


def _following(modules: list[tuple[str, nn.Module]], layers: list[int], gamma: float) -> dict[int, Criticality]:
    """The critical point of the activation after each layer, that of the one before where none follows."""
    places = [index for index, (_, module) in enumerate(modules) if isinstance(module, _ACTIVATIONS)]
    if not places:
        raise ParameterError(
            "No activation module was found among the model's layers.", "Name the activation, for example gelu."
        )
    # By what they say of themselves: LeakyReLU(0.2) and LeakyReLU(0.01) differ, two plain GELUs do not.
    kinds = {repr(modules[place][1]): modules[place][1] for place in places}
    points = {text: critical_point(module, gamma) for text, module in kinds.items()}
    found = {}
    for index in layers:
        after = [place for place in places if place > index]
        found[index] = points[repr(modules[after[0] if after else places[-1]][1])]
    return found


@dataclass(frozen=True)
class LayerFlow:
    """What one layer of a given network does to signals and gradients.

    Attributes
    ----------
    variance   mean square of its outputs;  cosine: mean correlation of the outputs of different inputs.
    gradient   norm of the loss's gradient with respect to its weight.
    """

    name: str
    variance: float
    cosine: float
    gradient: float


def measure_flow(model: nn.Module, inputs: Tensor) -> list[LayerFlow]:
    """Send inputs (b, …) through a network and the mean square of its outputs back; one row per layer, in call order.

    The model's weights and gradients are left as they are. Also for trained networks: beside `theory_flow` it shows
    how far training has moved them.
    """
    outputs: list[tuple[str, nn.Module, Tensor]] = []
    hooks = [
        module.register_forward_hook(
            lambda module, _, output, name=name: outputs.append((name, module, output.detach()))
        )
        for name, module in model.named_modules()
        if isinstance(module, _LAYERS)
    ]
    try:
        with torch.enable_grad():
            loss = model(inputs).square().mean()
    finally:
        for hook in hooks:
            hook.remove()
    rows = []
    for name, module, output in outputs:
        (gradient,) = torch.autograd.grad(loss, module.weight, retain_graph=True)
        flat = nn.functional.normalize(output.flatten(1).double(), dim=1)
        n = len(flat)
        cosine = float(((flat.sum(0).square().sum()) - n) / max(n * (n - 1), 1))
        rows.append(LayerFlow(name, float(output.double().square().mean()), cosine, float(gradient.norm())))
    return rows

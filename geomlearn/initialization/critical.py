"""Give a model its critical weights, and look at how signals and gradients travel through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from geomlearn.core.errors import ParameterError
from geomlearn.core.signal_paths import IDENTITY, LAYERS, Met, Path, followed
from geomlearn.initialization.criticality import Criticality, critical_point
from geomlearn.initialization.options import CriticalOptions


@dataclass(frozen=True)
class Initialized:
    """What one layer was given."""

    name: str
    fan_in: int
    point: Criticality


@torch.no_grad()
def init_critical(
    model: nn.Module,
    options: CriticalOptions = CriticalOptions(),  # noqa: B008 (frozen)
    *,
    probe: Callable[[], object] | None = None,
) -> list[Initialized]:
    """Draw weights N(0, C_W/fan_in) and biases N(0, C_b) for every dense and convolutional layer, in place.

    Each layer gets the critical point of the activation that its outputs meet first, module or function, on the way
    that signals take; a layer that another one reads directly, that of no activation. The last ones, and those
    before a final activation without a critical point such as a sigmoid, get that of the layer called before. A gate
    is no activation here. Normalization layers, embeddings and bare parameters stay as they are.

    Parameters
    ----------
    probe   calls the model on some inputs, so that the way can be seen; without it the way is traced symbolically,
            which models that branch on their data do not allow. `options.activation` names one activation for all.

    Returns
    -------
    What each layer was given, in the model's order. Inputs suit it best with |x|²/n₀ = (K¹ − C_b)/C_W for
    K¹ = `point.start_kernel`.

    Raises
    ------
    ParameterError   the model has no such layer, no activation can be found, one has no critical point, or a weight
                     is computed from others (as under `spectral_norm`) and cannot be set; `weight_norm` can.
    """
    layers = {name: module for name, module in model.named_modules() if isinstance(module, LAYERS)}
    if not layers:
        raise ParameterError("The model has no dense or convolutional layer to initialize.", "Leave init at default.")
    if options.activation == "auto":
        points = _points(followed(model, probe), layers, options.gamma)
    else:
        points = dict.fromkeys(layers, critical_point(options.activation, options.gamma))
    generator = torch.Generator().manual_seed(options.seed)
    done = []
    for name, layer in layers.items():
        point = points[name]
        fan_in = layer.weight[0].numel()
        _set_weight(name, layer, torch.randn(layer.weight.shape, generator=generator) * (point.c_w / fan_in) ** 0.5)
        if layer.bias is not None:
            layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator) * point.c_b**0.5)
        done.append(Initialized(name, fan_in, point))
    return done


def _points(path: Path, layers: Iterable[str], gamma: float) -> dict[str, Criticality]:
    """The critical point of the activation after each layer, that of the layer before where none follows."""
    if all(met is IDENTITY for met in path.after.values()):
        raise ParameterError(
            "No activation was found behind any of the model's layers.", "Name the activation, for example gelu."
        )
    known: dict[str, Criticality] = {}
    found: dict[str, Criticality] = {}
    ordered = [*path.order, *(name for name in layers if name not in path.order)]
    for name in ordered:
        met = path.after.get(name)
        if met is None or (not met.read and not _has_point(met, gamma)):
            continue
        if met.text not in known:
            known[met.text] = _point(met, gamma)
        found[name] = known[met.text]
    if not found:
        raise ParameterError("Only the model's last activation was found.", "Name the activation, for example gelu.")
    latest = found[next(name for name in ordered if name in found)]
    for name in ordered:
        latest = found.setdefault(name, latest)
    return found


def _point(met: Met, gamma: float) -> Criticality:
    if met.function is None:
        raise ParameterError(
            f"The critical point of {met.text} is not known here.", "Name another activation, for example gelu."
        )
    return critical_point(met.function, gamma)


def _has_point(met: Met, gamma: float) -> bool:
    try:
        _point(met, gamma)
    except ParameterError:
        return False
    return True


def _set_weight(name: str, layer: Any, weight: Tensor) -> None:
    """Give the layer this weight, through what computes it where something does."""
    weight = weight.to(layer.weight)
    if "weight_v" in layer._parameters and "weight_g" in layer._parameters:
        # torch's older weight_norm: weight = g·v/‖v‖, computed before each call.
        apart = [axis for axis, size in enumerate(layer.weight_g.shape) if size == 1 and layer.weight_v.shape[axis] > 1]
        layer.weight_v.copy_(weight)
        layer.weight_g.copy_(weight.square().sum(apart, keepdim=True).sqrt())
        return
    if not parametrize.is_parametrized(layer, "weight"):
        layer.weight.copy_(weight)
        return
    before = [(part, part.detach().clone()) for part in layer.parametrizations.weight.parameters()]
    try:
        layer.weight = weight
        taken = torch.allclose(layer.weight, weight, rtol=1e-4, atol=1e-6)
    except (NotImplementedError, ValueError, RuntimeError):
        taken = False
    if not taken:
        for part, value in before:
            part.copy_(value)
        kind = type(layer.parametrizations.weight[0]).__name__.strip("_")
        raise ParameterError(
            f"The weight of {name} is computed by {kind}, and cannot be given a critical size.",
            "Take that off, or leave init at default.",
        )


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
        if isinstance(module, LAYERS)
    ]
    try:
        with torch.enable_grad():
            loss = model(inputs).square().mean()
    finally:
        for hook in hooks:
            hook.remove()
    rows = []
    for name, module, output in outputs:
        (gradient,) = torch.autograd.grad(loss, cast(Tensor, module.weight), retain_graph=True)
        flat = nn.functional.normalize(output.flatten(1).double(), dim=1)
        n = len(flat)
        cosine = float(((flat.sum(0).square().sum()) - n) / max(n * (n - 1), 1))
        rows.append(LayerFlow(name, float(output.double().square().mean()), cosine, float(gradient.norm())))
    return rows

"""Which activation follows each layer on the way that signals really take through a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.overrides import TorchFunctionMode

from geomlearn.core.errors import ParameterError

LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_KNOWN = frozenset(
    ("relu", "leaky_relu", "prelu", "tanh", "gelu", "silu", "mish", "sigmoid", "softplus", "elu", "selu", "sin", "erf")
)
_UNKNOWN = frozenset(
    ("celu", "hardsigmoid", "hardswish", "hardtanh", "hardshrink", "logsigmoid", "relu6", "rrelu", "softshrink")
) | {"softsign", "tanhshrink", "threshold"}
# These mix entries, and are no functions of one preactivation.
_MIXING = (nn.Softmax, nn.Softmax2d, nn.LogSoftmax, nn.Softmin, nn.GLU, nn.MultiheadAttention)
_PRODUCTS = frozenset(("mul", "__mul__", "__rmul__"))


@dataclass(eq=False)
class Met:
    """An activation on the way.

    Attributes
    ----------
    text       what it says of itself;  function: None if it is unknown here.
    read       a layer reads it;  gates: a layer reads a product with it.
    """

    text: str
    function: Callable[[Tensor], Tensor] | None
    read: bool = False
    gates: bool = False


@dataclass(frozen=True)
class _Gate:
    met: Met


IDENTITY = Met("no activation", lambda z: z, read=True)
Pending = frozenset[Any]


@dataclass
class Path:
    """The activation that each layer's outputs meet first; `after` misses layers whose outputs meet none.

    Attributes
    ----------
    order   names of the layers in the order of their calls.
    first   those that read the model's inputs.
    """

    after: dict[str, Met] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    first: set[str] = field(default_factory=set)

    @property
    def last(self) -> set[str]:
        """Those whose outputs no layer reads."""
        met = {name: self.after.get(name) for name in self.order}
        return {name for name, after in met.items() if after is None or not (after.read or after.gates)}

    def layer(self, name: str, arrived: Pending) -> Pending:
        """A layer is called; layers whose outputs it reads met no activation before."""
        self.order += [name] if name not in self.order else []
        if not arrived:
            self.first.add(name)
        for one in arrived:
            if isinstance(one, Met):
                one.read = True
            elif isinstance(one, _Gate):
                one.met.gates = True
            else:
                self.after.setdefault(one, IDENTITY)
        return frozenset({name})

    def activation(self, met: Met, arrived: Pending) -> Pending:
        """An activation is called on outputs of these layers."""
        for one in arrived:
            if isinstance(one, str):
                self.after.setdefault(one, met)
        return frozenset({met})

    def function(self, name: str, arrived: Pending, rest: tuple[Any, ...] = (), **named: Any) -> Pending:
        """Any other operation, or an activation called as a function."""
        name = name if name.startswith("__") else name.rstrip("_")
        if name in _KNOWN | _UNKNOWN and arrived:
            named.pop("inplace", None)
            return self.activation(_met_function(name, rest, named), arrived)
        if name in _PRODUCTS:
            # A gate: what multiplies is not what the next layer sees.
            gates = [one for one in arrived if isinstance(one, Met) and one.text.lower().startswith("sigmoid")]
            return arrived.difference(gates) | {_Gate(one) for one in gates}
        return arrived


def followed(model: nn.Module, probe: Callable[[], Any] | None = None) -> Path:
    """Follow signals from layer to layer: in one call of `probe`, or symbolically without any data.

    Raises
    ------
    ParameterError   the model cannot be followed without data.
    """
    if probe is not None:
        return _by_call(model, probe)
    try:
        graph = _Tracer().trace(model)
    except Exception as error:
        raise ParameterError(
            f"The way of signals through {type(model).__name__} cannot be followed without data: {error}.",
            "Give `probe`, a function that calls the model on some inputs, or name the activation.",
        ) from error
    return _by_graph(model, graph)


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, LAYERS) or super().is_leaf_module(m, module_qualified_name)


def _by_graph(model: nn.Module, graph: fx.Graph) -> Path:
    path, pending = Path(), dict[fx.Node, Pending]()
    for node in graph.nodes:
        arrived = frozenset().union(*(pending.get(source, frozenset()) for source in node.all_input_nodes))
        if node.op == "call_module":
            pending[node] = _module(path, str(node.target), model.get_submodule(str(node.target)), arrived)
        elif node.op in ("call_function", "call_method"):
            name = node.target if isinstance(node.target, str) else node.target.__name__
            pending[node] = path.function(name, arrived, tuple(node.args[1:]), **node.kwargs)
    return path


def _module(path: Path, name: str, module: nn.Module, arrived: Pending) -> Pending:
    if isinstance(module, LAYERS):
        return path.layer(name, arrived)
    met = _met_module(module)
    return arrived if met is None else path.activation(met, arrived)


def _by_call(model: nn.Module, probe: Callable[[], Any]) -> Path:
    path = Path()
    marks = _Marks(path)
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, LAYERS) or _met_module(module) is not None:
            handles.append(module.register_forward_pre_hook(marks.enter))
            handles.append(module.register_forward_hook(partial(marks.leave, name)))
    training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.random.fork_rng(), torch.no_grad(), marks:
            probe()
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in training.items():
            module.training = mode
    return path


class _Marks(TorchFunctionMode):
    """Which layers' outputs each tensor carries; tensors are kept so that none takes over another's mark."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.inside = path, 0
        self.kept: dict[int, tuple[Tensor, Pending]] = {}

    def enter(self, module: nn.Module, inputs: Any) -> None:
        self.inside += 1

    def leave(self, name: str, module: nn.Module, inputs: Any, output: Any) -> None:
        self.inside -= 1
        self._mark(output, _module(self.path, name, module, self._arrived(inputs)))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.inside:
            return func(*args, **kwargs)
        arrived = self._arrived((args, kwargs))
        output = func(*args, **kwargs)
        if arrived:
            name = getattr(func, "__name__", "")
            self._mark(output, self.path.function(name, arrived, tuple(args[1:]), **kwargs))
        return output

    def _arrived(self, values: Any) -> Pending:
        found = (self.kept[id(tensor)][1] for tensor in _tensors(values) if id(tensor) in self.kept)
        return frozenset().union(*found)

    def _mark(self, output: Any, pending: Pending) -> None:
        for tensor in _tensors(output):
            self.kept[id(tensor)] = (tensor, pending)


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _tensors(part)


def _met_module(module: nn.Module) -> Met | None:
    kind = type(module)
    if kind.__module__ != nn.ReLU.__module__ or isinstance(module, _MIXING):
        return None
    if isinstance(module, nn.PReLU):
        return _leaky(module.weight)
    name = kind.__name__.lower().replace("leakyrelu", "leaky_relu")
    return Met(repr(module), (lambda z: module(z.clone())) if name in _KNOWN else None)


def _met_function(name: str, rest: Iterable[Any], named: dict[str, Any]) -> Met:
    rest = tuple(rest)
    if name == "prelu":
        weight = rest[0] if rest else named["weight"]
        if isinstance(weight, Tensor):
            return _leaky(weight)
    function = getattr(nn.functional, name, None) or getattr(torch, name)
    text = f"{name}({', '.join([*map(repr, rest), *(f'{key}={value!r}' for key, value in sorted(named.items()))])})"
    return Met(text, partial(_called, function, rest, named) if name in _KNOWN and name != "prelu" else None)


def _called(function: Callable[..., Tensor], rest: tuple[Any, ...], named: dict[str, Any], z: Tensor) -> Tensor:
    return function(z, *rest, **named)


def _leaky(weight: Tensor) -> Met:
    """PReLU as the leaky ReLU whose slope is the root mean square of its slopes now."""
    slope = float(weight.detach().double().square().mean().sqrt())
    return Met(f"PReLU of slope {slope:.6g}", lambda z: nn.functional.leaky_relu(z, slope))

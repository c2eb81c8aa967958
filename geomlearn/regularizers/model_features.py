"""What a network knows of its inputs just before it answers: features to search by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from geomlearn.core.errors import ParameterError

_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


@contextmanager
def penultimate_features(model: nn.Module) -> Iterator[list[np.ndarray]]:
    """Within the block, every call of `model` appends one array (b, c) to the list that is handed over.

    It is the input of the last dense layer or convolution that the call went through, averaged over everything but
    samples and channels: (b, …, c) at a dense layer, (b, c, …) at a convolution.

    Raises
    ------
    ParameterError   the model has no such layer.
    """
    layers = [module for module in model.modules() if isinstance(module, _LAYERS)]
    if not layers:
        raise ParameterError("The model has no dense layer and no convolution.", "Give features as arrays.")
    latest: list[Tensor] = []
    found: list[np.ndarray] = []

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        channels_last = isinstance(module, nn.Linear)
        latest[:] = [inputs[0].detach() if channels_last else inputs[0].detach().movedim(1, -1)]

    def keep(*_: object) -> None:
        values = latest.pop()
        places = tuple(range(1, values.ndim - 1))
        found.append((values.mean(places) if places else values).double().cpu().numpy())

    handles = [layer.register_forward_pre_hook(note) for layer in layers]
    handles.append(model.register_forward_hook(keep))
    try:
        with torch.no_grad():
            yield found
    finally:
        for handle in handles:
            handle.remove()

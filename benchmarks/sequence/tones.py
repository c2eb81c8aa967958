"""Tones for the classifiers of `layers.py`: in the input, before every layer, and the gain they meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from geomlearn.operators.sequence.classification.classifier import SequenceClassifier
from geomlearn.operators.sequence.classification.labelled import LabelledSequences


@torch.no_grad()
def accuracy(model: SequenceClassifier, data: LabelledSequences, most: int = 1000) -> float:
    """Share of right answers among the first sequences."""
    right = 0
    n = min(most, data.n)
    for samples in torch.arange(n).split(50):
        values, lengths, labels = data.batch(samples.tolist())
        right += int((model(values, lengths).argmax(1) == labels).sum())
    return right / n


def under_tone(model: SequenceClassifier, data: LabelledSequences, amplitude: float, omega: float, most: int) -> float:
    """Accuracy with a tone of random phase added to the input, or to the embedded words."""
    generator = torch.Generator().manual_seed(0)

    def add(x: torch.Tensor) -> torch.Tensor:
        phase = 2 * torch.pi * torch.rand(len(x), 1, generator=generator)
        tone = torch.cos(omega * torch.arange(x.shape[1]) + phase)[..., None]
        # Layer norms take away what all channels of a word have in common.
        tone = tone * (2.0 * (torch.arange(x.shape[2]) % 2) - 1.0) if model.tokens else tone
        scale = x.square().mean().sqrt() if model.tokens else 1.0
        return x + amplitude * scale * tone

    encoder = model.model.encoder
    if model.tokens:
        handle = encoder.register_forward_hook(lambda _module, _inputs, x: add(x))
    else:
        handle = encoder.register_forward_pre_hook(lambda _module, inputs: (add(inputs[0]),))
    with _hooks([handle]):
        return accuracy(model, data, most)


def under_spike(
    model: SequenceClassifier, data: LabelledSequences, amplitude: float, angles: list[torch.Tensor], most: int
) -> float:
    """Accuracy with a·U[0, 1]·cos before every state-space layer, each channel at its own angle per step (H,)."""
    generator = torch.Generator().manual_seed(0)

    def adder(angle: torch.Tensor) -> Callable[..., torch.Tensor]:
        def add(_module: torch.nn.Module, _inputs: Any, x: torch.Tensor) -> torch.Tensor:
            size = amplitude * torch.rand(len(x), 1, 1, generator=generator)
            return x + size * torch.cos(angle * torch.arange(x.shape[1])[:, None])

        return add

    blocks = zip(model.model.blocks, angles, strict=True)
    with _hooks([block.norm.register_forward_hook(adder(angle)) for block, angle in blocks]):
        return accuracy(model, data, most)


@torch.no_grad()
def spike_angles(parent: SequenceClassifier) -> list[torch.Tensor]:
    """(H,) radians per step at which each layer of an untrained S4D or S5 rings most, in each of its channels."""
    found = []
    for block in parent.model.blocks:
        layer = block.ssm
        top, dt = int(layer.frequency.argmax()), layer.log_dt.exp()
        own = layer.frequency[top] * (dt[top] if layer.options.family == "s5" else dt)
        found.append(own.expand(layer.width).clone())
    return found


@torch.no_grad()
def gains(model: SequenceClassifier, angles: list[torch.Tensor], length: int = 4096) -> tuple[float, float]:
    """The first layer's gain at these angles, and at the median of all frequencies; D left out, over channels."""
    layer = model.model.blocks[0].ssm
    impulse = torch.zeros(1, length, layer.width)
    impulse[:, 0] = 1.0
    response = (layer.mix(impulse) - layer.d * impulse)[0]
    turn = angles[0] * torch.arange(length)[:, None]
    at_spike = torch.complex((response * turn.cos()).sum(0), -(response * turn.sin()).sum(0)).abs()
    everywhere = torch.fft.rfft(response, dim=0).abs().square().mean(1).sqrt()
    return float(at_spike.square().mean().sqrt()), float(everywhere.median())


@contextmanager
def without_skips(model: SequenceClassifier) -> Iterator[None]:
    """Inside, what enters a block does not pass around it, as in the authors' test."""
    hooks = [block.register_forward_hook(lambda _m, inputs, x: x - inputs[0]) for block in model.model.blocks]
    with _hooks(hooks):
        yield


@contextmanager
def _hooks(handles: list[Any]) -> Iterator[None]:
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()

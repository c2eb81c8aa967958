"""The small autoencoders whose layers samples must express each other in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from geomlearn.collections.options import SubspaceOptions
from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress


class Autoencoder(nn.Module):
    """Layers that end in an activation each, and their mirror.

    Parameters
    ----------
    encoder   one module a layer;  decoder   from the last layer back to the input (n, d).
    """

    def __init__(self, encoder: Sequence[nn.Module], decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.ModuleList(encoder), decoder

    def encode(self, inputs: Tensor) -> list[Tensor]:
        """What each layer gives."""
        layers, values = [], inputs
        for layer in self.encoder:
            values = layer(values)
            layers.append(values)
        return layers

    def forward(self, inputs: Tensor) -> Tensor:
        return self.decoder(self.encode(inputs)[-1])


def build_autoencoder(width: int, options: SubspaceOptions) -> Autoencoder | None:
    """The one that the options name, or None.

    Raises
    ------
    ParameterError   `conv` without the side of square pictures, or with one that does not fit.
    """
    if options.encoder == "none":
        return None
    if options.encoder == "mlp":
        hidden = max(8, min(width, 64))
        encoder = [nn.Sequential(nn.Linear(size, hidden), nn.Tanh()) for size in (width, hidden)]
        return Autoencoder(encoder, nn.Sequential(nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, width)))
    side = options.side or 0
    if side * side != width:
        raise ParameterError(
            f"A convolutional encoder needs square pictures: {width} pixels and side = {options.side} do not fit.",
            "Give the side, or use another encoder.",
        )
    return _convolutional(side)


def _convolutional(side: int) -> Autoencoder:
    """1 → 5 → 3 → 3 channels with kernels 5, 3, 3 and stride 2, as usual for faces."""
    channels, kernels = (1, 5, 3, 3), (5, 3, 3)
    encoder: list[nn.Module] = []
    decoder: list[nn.Module] = []
    size = side
    for (inside, outside), kernel in zip(pairwise(channels), kernels, strict=True):
        encoder.append(nn.Sequential(nn.Conv2d(inside, outside, kernel, stride=2, padding=kernel // 2), nn.ReLU()))
        even = (size + 1) % 2
        back = nn.ConvTranspose2d(outside, inside, kernel, stride=2, padding=kernel // 2, output_padding=even)
        decoder = [back, *([nn.ReLU()] if decoder else []), *decoder]
        size = (size + 1) // 2
    encoder[0] = nn.Sequential(nn.Unflatten(1, (1, side, side)), encoder[0])
    return Autoencoder(encoder, nn.Sequential(*decoder, nn.Flatten()))


def pretrained(
    model: Autoencoder, inputs: Tensor, options: SubspaceOptions, progress: Progress
) -> list[dict[str, float]]:
    """Stage 1: the reconstruction error by Adam in batches of 128, until it falls by less than the tolerance."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    history: list[dict[str, float]] = []
    for epoch in range(1, options.max_epochs + 1):
        total = 0.0
        for batch in torch.randperm(len(inputs)).split(128):
            loss = ((model(inputs[batch]) - inputs[batch]) ** 2).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach())
        if epoch % options.check_every and epoch < options.max_epochs:
            continue
        change = abs(total - history[-1]["loss"]) / history[-1]["loss"] if history else float("inf")
        history.append({"stage": 1, "epoch": epoch, "loss": total, "change": change})
        progress(epoch / options.max_epochs, "autoencoder")
        if change < options.tolerance:
            break
    return history

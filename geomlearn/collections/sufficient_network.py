"""The network of nonlinear sufficient directions."""

from __future__ import annotations

import copy
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from geomlearn.collections.options import FrechetOptions
from geomlearn.core.progress import Progress


def batch_covariance(values: Tensor, distances: Tensor) -> Tensor:
    """tr M̂ of a batch (b, d) with its distances (b, b): equation 1 of `frechet_covariance`, differentiable."""
    b = len(values)
    order = torch.argsort(distances, dim=0, stable=True).T
    ranked = torch.gather(distances.T, 1, order)
    last = torch.searchsorted(ranked.contiguous(), distances.T.contiguous(), right=True) - 1
    centred = values - values.mean(0)
    sums = torch.cumsum(centred[order], dim=1) / b
    within = torch.gather(sums, 1, last[:, :, None].expand(-1, -1, values.shape[1]))
    return (within**2).sum() / b**2


def train_network(scaled: np.ndarray, distances: np.ndarray, options: FrechetOptions, *, progress: Progress) -> tuple:
    """The map (m, p) → (m, d) that is best on a held-out fifth, and the history of training."""
    generator = torch.Generator().manual_seed(options.seed)
    torch.manual_seed(options.seed)
    inputs, gaps = torch.as_tensor(scaled).float(), torch.as_tensor(distances).float()
    order = torch.randperm(len(inputs), generator=generator)
    held_out, train = order[: len(order) // 5], order[len(order) // 5 :]
    network = _network(inputs.shape[1], options)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.rate, weight_decay=options.decay)
    best, kept, history = -np.inf, copy.deepcopy(network.state_dict()), []
    for epoch in range(options.epochs):
        progress(epoch / options.epochs, "sufficient directions")
        shuffled = train[torch.randperm(len(train), generator=generator)]
        for batch in shuffled.split(options.batch_size):
            if len(batch) < min(20, len(train)):
                continue
            loss = _loss(network(inputs[batch]), gaps[batch][:, batch], options)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            reached = _normalized(network(inputs[held_out]), gaps[held_out][:, held_out])
        history.append({"epoch": epoch + 1, "loss": float(loss.detach()), "held_out": reached})
        if reached > best:
            best, kept = reached, copy.deepcopy(network.state_dict())
    network.load_state_dict(kept)

    @torch.no_grad()
    def apply(other: np.ndarray) -> np.ndarray:
        return network(torch.as_tensor(other).float()).double().numpy()

    return apply, tuple(history)


def _network(width: int, options: FrechetOptions) -> nn.Sequential:
    sizes = [width, *options.hidden]
    layers: list[nn.Module] = []
    for inside, outside in pairwise(sizes):
        layers += [nn.Linear(inside, outside), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], options.n_directions))


def _loss(values: Tensor, distances: Tensor, options: FrechetOptions) -> Tensor:
    d = values.shape[1]
    centred = values - values.mean(0)
    covariance = centred.T @ centred / len(values)
    penalty = ((covariance - torch.eye(d)) ** 2).sum()
    return penalty - options.dependence / d * batch_covariance(values, distances)


def _normalized(values: Tensor, distances: Tensor) -> float:
    """Dependence of the values at unit covariance: what may be compared between epochs."""
    centred = (values - values.mean(0)).double()
    evals, evecs = torch.linalg.eigh(centred.T @ centred / len(values))
    white = centred @ (evecs / evals.clamp(min=1e-8).sqrt())
    return float(batch_covariance(white, distances.double()))

"""A matrix that expresses samples by each other in all layers of an autoencoder at once."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from geomlearn.collections.autoencoder import build_autoencoder, pretrained
from geomlearn.collections.options import SubspaceOptions
from geomlearn.collections.spectral_groups import affinity, group_count, spectral_groups
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status

_RATE = 1e-3
History = list[dict[str, float]]


def least_squares_representation(layers: list[np.ndarray], weight: float) -> np.ndarray:
    """C with zero diagonal that minimises Σ_l ‖H_l − C H_l‖²_F + weight·‖C‖²_F, in closed form.

    B = (Σ_l H_l H_lᵀ + weight·I)^{−1},  C = I − diag(B)^{−1} B  (equation 3): row i is the ridge regression of sample i
    on all others.

    Parameters
    ----------
    layers   matrices (n, d_l), one sample a row.
    weight   positive.

    Returns
    -------
    (n, n)

    Source   Lu et al. 2012, Robust and Efficient Subspace Segmentation via Least Squares Regression.
    """
    gram = sum(layer @ layer.T for layer in layers)
    inverse = np.linalg.inv(gram + weight * np.eye(len(layers[0])))
    representation = -inverse / np.diag(inverse)[:, None]
    np.fill_diagonal(representation, 0)
    return representation


def expression_loss(representation: np.ndarray, layers: list[np.ndarray]) -> float:
    """Σ_l ‖H_l − C H_l‖²_F (equation 1)."""
    return sum(float(np.sum((layer - representation @ layer) ** 2)) for layer in layers)


def block_loss(representation: np.ndarray, labels: np.ndarray) -> float:
    """10 tr(Qᵀ L^{½} Q) = 5 Σ_ij W^{½}_ij ‖q_i − q_j‖²: zero when C links no two groups (equation 2)."""
    root = np.sqrt(np.abs(representation) + np.abs(representation.T))
    return 10 * float(root[labels[:, None] != labels].sum())


def express_layers(samples: np.ndarray, options: SubspaceOptions, *, progress: Progress = SILENT) -> Result[np.ndarray]:
    """C (n, n) of samples (n, d), by the stages of `cluster_subspaces`.

    Returns
    -------
    Result of C; history has `stage`, `epoch`, `loss` and `change` of each check.

    Raises
    ------
    ParameterError   a convolutional encoder without the side of the pictures.
    """
    torch.manual_seed(options.seed)
    scaled = samples / max(float(np.sqrt(np.mean(np.sum(samples**2, 1)))), 1e-30)
    inputs = torch.as_tensor(scaled, dtype=torch.float32)
    encoder = build_autoencoder(inputs.shape[1], options)
    history: History = []
    if encoder is not None:
        history += pretrained(encoder, inputs, options, progress.part(0, 0.3))
    found, expressed = _closed(inputs) if encoder is None else _expressed(inputs, encoder, options, progress)
    history += expressed
    stopped = history[-1]["change"] < options.tolerance
    if options.refine:
        found, refined = _refined(found, options, progress.part(0.8, 1))
        history += refined
    with torch.no_grad():
        layers = [layer.double().numpy() for layer in _layers(inputs, encoder)]
    rest = expression_loss(found, layers) / sum(float(np.sum(layer**2)) for layer in layers)
    status = Status.CONVERGED if stopped else Status.LIMIT_REACHED
    stats = {"rest": rest, "layers": len(layers), "epochs": int(expressed[-1]["epoch"])}
    return Result(found, status, f"Samples express each other up to {rest:.1%} of their power.", tuple(history), stats)


def _layers(inputs: Tensor, encoder: nn.Module | None) -> list[Tensor]:
    return [inputs] if encoder is None else [inputs, *(layer.flatten(1) for layer in cast(Any, encoder).encode(inputs))]


def _closed(inputs: Tensor) -> tuple[np.ndarray, History]:
    """Stage 2 without an encoder: equation 3 on samples of unit length, with the power of one sample as the ridge.

    Adam from zero would not do: more samples than numbers in each express each other exactly in many ways, and it ends
    in a dense one (accuracy .3 on a noisy union of six subspaces where the closed form has .99).
    """
    samples = inputs.double().numpy()
    unit = samples / np.maximum(np.linalg.norm(samples, axis=1, keepdims=True), 1e-30)
    found = least_squares_representation([unit], 1.0)
    return found, [{"stage": 2, "epoch": 0, "loss": expression_loss(found, [unit]), "change": 0.0}]


def _expressed(
    inputs: Tensor, encoder: nn.Module, options: SubspaceOptions, progress: Progress
) -> tuple[np.ndarray, History]:
    """Stage 2: Adam on C and the encoder together, from C near zero."""
    progress = progress.part(0.3, 0.8)
    free = torch.full((len(inputs), len(inputs)), 1e-8, requires_grad=True)
    off_diagonal = 1 - torch.eye(len(inputs))
    parameters = [free, *cast(nn.Module, encoder.encoder).parameters()]
    optimizer = torch.optim.Adam(parameters, lr=_RATE)
    history: History = []
    before = torch.zeros_like(free)
    for epoch in range(1, options.max_epochs + 1):
        layers = _layers(inputs, encoder)
        masked = free * off_diagonal
        loss = torch.stack([((layer - masked @ layer) ** 2).sum() for layer in layers]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % options.check_every and epoch < options.max_epochs:
            continue
        now = (free * off_diagonal).detach()
        change = float((now - before).norm() / before.norm().clamp(min=1e-12)) if before.any() else float("inf")
        history.append({"stage": 2, "epoch": epoch, "loss": float(loss.detach()), "change": change})
        progress(epoch / options.max_epochs, f"expression, change {change:.2g}")
        before = now
        if change < options.tolerance:
            break
    return before.double().numpy(), history


def _refined(representation: np.ndarray, options: SubspaceOptions, progress: Progress) -> tuple[np.ndarray, History]:
    """Stage 3: Adam on equation 2 alone moves every coefficient between pseudo-groups towards zero by its rate and no
    other, whatever their sizes; so the steps between two checks are one soft threshold.
    """
    graph = affinity(representation, options.dimension)
    count = options.n_groups or group_count(graph, options.most_groups)
    labels = spectral_groups(graph, count, seed=options.seed)
    history: History = []
    unchanged = 0
    for check in range(1, options.max_epochs // options.check_every + 1):
        across = labels[:, None] != labels
        faded = np.sign(representation) * np.maximum(np.abs(representation) - _RATE * options.check_every, 0)
        representation = np.where(across, faded, representation)
        again = spectral_groups(affinity(representation, options.dimension), count, seed=options.seed)
        change = float(np.mean(again != labels))
        epoch = check * options.check_every
        history.append({"stage": 3, "epoch": epoch, "loss": block_loss(representation, again), "change": change})
        progress(epoch / options.max_epochs, "pseudo-labels")
        unchanged = unchanged + 1 if change == 0 else 0
        labels = again
        if unchanged == 2:
            break
    return representation, history

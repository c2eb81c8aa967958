"""Keep stored features searchable when their model is replaced: maps between the old feature space and the new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.regularizers.lambda_orthogonality import gram_distance, lambda_orthogonality, limit_for
from geomlearn.regularizers.options import AlignmentOptions


@dataclass(frozen=True, eq=False)
class Alignment:
    """Maps that bring both feature spaces into the adapted new one, which lies beside the old.

    Attributes
    ----------
    backward_matrix (m, m), backward_bias (m,)   B, for new features: h ↦ W h + b on their first m = min(d_old, d_new)
                                                 coordinates, after `axes` (d_new, d_new) turned them if it is there.
    forward_matrix (m, d_old), forward_bias (m,) F, for old features.
    distance   ‖WWᵀ − I‖_F: how far B is from a rotation, up to the ratio of the two spaces' lengths, which
               backward_matrix includes.
    """

    backward_matrix: np.ndarray
    backward_bias: np.ndarray
    forward_matrix: np.ndarray
    forward_bias: np.ndarray
    distance: float
    axes: np.ndarray | None = None

    def new_to_old(self, new: np.ndarray) -> np.ndarray:
        """B of new features (n, d_new): comparable with old ones' first m coordinates, and with `old_to_new`."""
        _check_width(new, self.backward_matrix.shape[0] if self.axes is None else len(self.axes), self.axes is None)
        turned = new if self.axes is None else new @ self.axes
        return turned[:, : len(self.backward_matrix)] @ self.backward_matrix.T + self.backward_bias

    def old_to_new(self, old: np.ndarray) -> np.ndarray:
        """F of old features (n, d_old): comparable with `new_to_old`."""
        _check_width(old, self.forward_matrix.shape[1], False)
        return old @ self.forward_matrix.T + self.forward_bias


def align_features(
    old: np.ndarray,
    new: np.ndarray,
    labels: np.ndarray | None = None,
    options: AlignmentOptions = AlignmentOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> Result[Alignment]:
    """Learn the maps between the feature spaces of two models from features of the same items.

    Parameters
    ----------
    old (n, d_old), new (n, d_new)   row i of both belongs to item i. Each space is scaled by one number to a common
                                     mean length while training; the maps take and give features as they are.
    labels (n,)                      classes, for the contrastive loss; without, every item is its own class.

    Returns
    -------
    The maps; minimizers of  w₁‖F(old) − B(new)‖² + w₂‖B(new) − old‖² + w₃ L_C + L_λ(W), with
    L_C = contrastive(F(old), B(new)) + contrastive(F(old), old). History: the loss every tenth of the steps.

    Raises
    ------
    SizeMismatch     the arrays have different numbers of rows.
    ParameterError   features are not finite, or fewer than two items are given.

    Use when    a new model is better, and an index of old features should stay searchable without recomputing it.
    Avoid when  the new model is worse, or the maps need only be orthogonal: `procrustes` is exact and immediate.
    Source   Ricci et al. 2025, arXiv 2509.16664.
    Differs  1. Temperature, batch and the scaling of the losses are ours, the text has none. 2. Longer vectors may be
             turned to their principal axes before they are cut. 3. Starts from the Procrustes rotation.
    """
    old, new, classes = checked_features(old, new, labels)
    axes = np.linalg.eigh(np.cov(new.T))[1][:, ::-1] if options.rotate_longer and new.shape[1] > old.shape[1] else None
    turned = new if axes is None else new @ axes
    m = min(old.shape[1], new.shape[1])
    # One length for both spaces, or the squared losses would dwarf the penalty, or be dwarfed.
    scale_old, scale_new = (1 / np.linalg.norm(part[:, :m], axis=1).mean() for part in (old, turned))
    fit = _Fit(torch.tensor(old * scale_old).float(), torch.tensor(turned[:, :m] * scale_new).float(), classes, options)
    status, sentence = fit.run(progress)
    weight, bias = fit.backward_parameters()
    forward = fit.forward.weight.detach().double().numpy(), fit.forward.bias.detach().double().numpy()
    # The scales go into the maps, but B's matrix keeps the shape it was held to: only whole spaces are rescaled.
    ratio = scale_new / scale_old
    alignment = Alignment(weight * ratio, bias / scale_old, forward[0], forward[1] / scale_old, fit.distance(), axes)
    return Result(alignment, status, sentence, tuple(fit.history), {"distance": alignment.distance})


def procrustes(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The rotation W (m, m) that minimizes Σ‖W new_i − old_i‖²: the polar factor of Σ old_i new_iᵀ."""
    u, _, vt = np.linalg.svd(old.T @ new)
    return u @ vt


def contrastive_loss(u: Tensor, v: Tensor, classes: Tensor | None, temperature: float) -> Tensor:
    """Mean over i of −Σ_j p_ij log softmax_j(⟨û_i, v̂_j⟩/T), p_ij even over the j of i's class (just i without)."""
    similarity = nn.functional.normalize(u, dim=1) @ nn.functional.normalize(v, dim=1).T / temperature
    if classes is None:
        return nn.functional.cross_entropy(similarity, torch.arange(len(u)))
    same = (classes[:, None] == classes[None, :]).to(similarity.dtype)
    return nn.functional.cross_entropy(similarity, same / same.sum(1, keepdim=True))


class _Fit:
    """Adam on both maps."""

    def __init__(self, old: Tensor, new: Tensor, classes: Tensor | None, options: AlignmentOptions) -> None:
        self.old, self.new, self.classes, self.options = old, new, classes, options
        self.generator = torch.Generator().manual_seed(options.seed)
        m = new.shape[1]
        self.backward = nn.Linear(m, m, bias=options.kind != "orthogonal")
        self.forward = nn.Linear(old.shape[1], m)
        start = torch.tensor(procrustes(old[:, :m].double().numpy(), new.double().numpy())).float()
        with torch.no_grad():
            self.forward.weight.copy_(torch.eye(m, old.shape[1]))
            self.forward.bias.zero_()
            self.backward.weight.copy_(start)
            if self.backward.bias is not None:
                self.backward.bias.zero_()
        if options.kind == "orthogonal":
            # The exponential of skew matrices reaches rotations only: a reflection stays in the fixed factor.
            parametrizations.orthogonal(self.backward, orthogonal_map="matrix_exp", use_trivialization=True)
            self.backward.weight = start
        self.limit = limit_for(m, options.limit_rel)
        self.history: list[dict[str, float]] = []

    def run(self, progress: Progress) -> tuple[Status, str]:
        options = self.options
        optimizer = torch.optim.Adam(
            [*self.backward.parameters(), *self.forward.parameters()], lr=options.learning_rate
        )
        for step in range(options.steps):
            if progress.cancelled:
                return Status.CANCELLED, f"Stopped by hand after {step} of {options.steps} steps."
            rows = torch.randperm(len(self.old), generator=self.generator)[: options.batch_size]
            optimizer.zero_grad()
            loss = self._loss(rows)
            loss.backward()
            optimizer.step()
            if step % max(1, options.steps // 10) == 0:
                self.history.append({"step": step, "loss": float(loss.detach()), "distance": self.distance()})
                progress(step / options.steps, f"loss {float(loss.detach()):.4g}")
        return Status.LIMIT_REACHED, f"All {options.steps} steps were taken."

    def _loss(self, rows: Tensor) -> Tensor:
        options, old = self.options, self.old[rows]
        near = old[:, : self.new.shape[1]]
        adapted, carried = self.backward(self.new[rows]), self.forward(old)
        loss = options.forward_weight * (carried - adapted).square().sum(1).mean()
        loss = loss + options.backward_weight * (adapted - near).square().sum(1).mean()
        if options.contrastive_weight:
            classes = None if self.classes is None else self.classes[rows]
            pairs = contrastive_loss(carried, adapted, classes, options.temperature)
            pairs = pairs + contrastive_loss(carried, near, classes, options.temperature)
            loss = loss + options.contrastive_weight * pairs
        if options.kind == "relaxed":
            loss = loss + lambda_orthogonality(self.backward.weight, self.limit, options.sharpness)
        return loss

    def distance(self) -> float:
        return float(gram_distance(self.backward.weight.detach()))

    def backward_parameters(self) -> tuple[np.ndarray, np.ndarray]:
        weight = self.backward.weight.detach().double().numpy()
        bias = self.backward.bias
        return weight, np.zeros(len(weight)) if bias is None else bias.detach().double().numpy()


def checked_features(
    old: np.ndarray, new: np.ndarray, labels: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, Tensor | None]:
    """Both as arrays of numbers, and the labels as classes from 0 on.

    Raises
    ------
    SizeMismatch, ParameterError   as `align_features`.
    """
    old, new = np.asarray(old, float), np.asarray(new, float)
    rows = {len(old), len(new), *([] if labels is None else [len(labels)])}
    if old.ndim != 2 or new.ndim != 2 or len(rows) > 1:
        raise SizeMismatch(
            f"Old features {old.shape} and new ones {new.shape} are not of the same items.", "Give one row per item."
        )
    if len(old) < 2 or not (np.isfinite(old).all() and np.isfinite(new).all()):
        raise ParameterError("Features must be finite, and of two items at least.", "Look for NaN in the features.")
    classes = None if labels is None else torch.tensor(np.unique(labels, return_inverse=True)[1])
    return old, new, classes


def _check_width(features: np.ndarray, width: int, at_least: bool) -> None:
    if features.shape[1] < width or (features.shape[1] != width and not at_least):
        raise SizeMismatch(
            f"Features of {features.shape[1]} coordinates meet a map of {width}.", "Use the same models."
        )

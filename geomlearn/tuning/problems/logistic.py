"""One ridge weight for every entry of a linear classifier, learned on validation samples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.tuning.bilevel import BilevelProblem


class LogisticProblem(BilevelProblem):
    """Ŵ = argmin_W cross entropy of the training samples + ½ Σ e^{θ_ij} W_ij²,  loss: cross entropy of the others.

    Parameters
    ----------
    train (n, d), labels (n,);  valid (m, d), valid_labels (m,)   labels from 0.

    Raises
    ------
    SizeMismatch     sizes do not fit.
    ParameterError   there are no validation samples, or values are not finite.
    """

    def __init__(self, train: np.ndarray, labels: np.ndarray, valid: np.ndarray, valid_labels: np.ndarray) -> None:
        if not len(valid):
            raise ParameterError("There are no validation samples.", "Hold some of the training samples back.")
        if train.shape[1:] != valid.shape[1:] or len(train) != len(labels) or len(valid) != len(valid_labels):
            raise SizeMismatch("Samples and labels of training and validation do not fit.", "Give one label a sample.")
        if not (np.isfinite(train).all() and np.isfinite(valid).all()):
            raise ParameterError("Samples hold values that are not finite.", "Leave those rows out.")
        self.train, self.valid = torch.as_tensor(train).double(), torch.as_tensor(valid).double()
        self.labels, self.valid_labels = torch.as_tensor(labels).long(), torch.as_tensor(valid_labels).long()
        self.n_classes = int(max(self.labels.max(), self.valid_labels.max())) + 1
        # The Hessian of the cross entropy of softmax is at most ½ of the second moment.
        self._train = 0.5 * float(torch.linalg.matrix_norm(self.train, 2)) ** 2 / len(train)
        self._valid = 0.5 * float(torch.linalg.matrix_norm(self.valid, 2)) ** 2 / len(valid)

    def lower(self, x: Tensor, theta: Tensor) -> Tensor:
        ridge = 0.5 * (torch.exp(theta).reshape(x.shape) * x**2).sum()
        return torch.nn.functional.cross_entropy(self.train @ x, self.labels) + ridge

    def upper(self, x: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(self.valid @ x, self.valid_labels)

    def convexity(self, theta: Tensor) -> float:
        return float(torch.exp(theta.min()))

    def smoothness(self, theta: Tensor) -> float:
        return self._train + float(torch.exp(theta.max()))

    @property
    def upper_smoothness(self) -> float:
        return self._valid

    def start(self) -> Tensor:
        return torch.zeros(self.train.shape[1], self.n_classes, dtype=torch.float64)

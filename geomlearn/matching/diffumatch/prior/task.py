"""Learning the denoiser, as the training loop wants it told."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from geomlearn.core.errors import SizeMismatch
from geomlearn.core.fingerprints import fingerprint_of
from geomlearn.matching.diffumatch.options import DenoiserOptions
from geomlearn.matching.diffumatch.prior.denoiser import DiffusionDenoiser, GaussianDenoiser, denoising_loss

# Noise levels at which a denoiser is judged.
JUDGED = (0.1, 0.3, 1.0)


class PriorTask:
    """|C| of the training maps to learn from, of held-out categories to judge by.

    Parameters
    ----------
    train, valid  (m, k, k) signed maps.
    options       size of the network.

    Attributes
    ----------
    model     the denoiser, its moments measured on `train`.
    n_train, n_valid

    Raises
    ------
    SizeMismatch   the matrices do not tile into patches, or the two sets differ in size.
    """

    def __init__(self, train: torch.Tensor, valid: torch.Tensor, options: DenoiserOptions) -> None:
        k = train.shape[-1]
        if k % options.patch or valid.shape[1:] != train.shape[1:]:
            raise SizeMismatch(
                f"Maps of {k} × {k} and {tuple(valid.shape[1:])} do not suit patches of {options.patch}.",
                "Use one k for all maps, a multiple of the patch.",
            )
        self._train, self._valid = train.abs(), valid.abs()
        self.model = DiffusionDenoiser(self._train.mean(dim=0), self._train.std(dim=0), options)
        self.n_train, self.n_valid = len(train), len(valid)
        self.fingerprint = fingerprint_of(train.numpy(), valid.numpy())

    def train_loss(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Weighted denoising error of these maps at random noise levels."""
        return denoising_loss(model, self._train[samples].to(_device(model)), generator)

    def valid_errors(self, model: nn.Module, samples: torch.Tensor) -> dict[str, torch.Tensor]:
        """Squared errors per entry, over those of the Gaussian denoiser; their mean over levels comes first."""
        clean = self._valid[samples].to(_device(model))
        # The same noise for the same samples whatever was drawn before.
        errors = denoising_errors(cast(DiffusionDenoiser, model), clean, torch.Generator().manual_seed(int(samples[0])))
        mean = torch.stack([errors[f"ratio_{level:g}"] for level in JUDGED]).mean(dim=0)
        return {"ratio": mean, **errors}


def denoising_errors(
    model: DiffusionDenoiser, clean: torch.Tensor, generator: torch.Generator
) -> dict[str, torch.Tensor]:
    """Of magnitudes (m, k, k) under noise of each level: (m,) `error_σ` squared per entry, and `ratio_σ`.

    The ratio is over the error of the Gaussian denoiser with the model's moments.
    """
    gauss, errors = GaussianDenoiser(model.mean, model.deviation), {}
    for level in JUDGED:
        sigma = torch.full((len(clean),), level, device=clean.device)
        noisy = clean + level * torch.randn(clean.shape, generator=generator).to(clean.device)
        own, rival = (((d(noisy, sigma) - clean) ** 2).mean(dim=(1, 2)) for d in (model, gauss))
        errors[f"ratio_{level:g}"], errors[f"error_{level:g}"] = own / rival, own
    return errors


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device

"""A trained map between functions: a network between its normalisers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.options import Options
from geomlearn.operators.data.samples import AnySamples
from geomlearn.operators.models.equivariance import Equivariance, Scale, check_equivariance
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.symmetries import Symmetry, images
from geomlearn.operators.models.table import ModelRow
from geomlearn.operators.models.training_range import TrainingRange
from geomlearn.operators.training.normalizers import Normalizer

Normalization = Literal["channel", "point", "none"]


class FieldOperator(nn.Module):
    """Raw functions in, raw functions out.

    Parameters
    ----------
    row            the kind of model.
    signature      what it maps to what.
    options        the kind's option model.
    normalization  "channel": one mean and deviation per channel; "point": one per grid node too, which ties the
                   model to its grid; "none".
    rollout        the channels are frames of one quantity: the network gives the next frame, is asked as often as
                   there are frames to give, and sees its own answers, in training as well.
    equivariance   what the answer follows by construction: the "amplitude" of the input, for linear equations, or its
                   offset too, for those that leave constants as they are. The network sees every input at the mean and
                   the spread that were typical in training.

    Attributes
    ----------
    seen   the range of the training inputs; None where a file does not say it.

    Raises
    ------
    ParameterError   the kind works on other places than the signature's, nodes are to be normalised off grids, or
                     frames that are fed back are to be normalised.

    Source   rollout: Li et al. 2021, arXiv 2010.08895, for vorticity.
    """

    def __init__(
        self,
        row: ModelRow,
        signature: Signature,
        options: Options,
        normalization: Normalization = "channel",
        *,
        rollout: bool = False,
        equivariance: Equivariance = "none",
    ) -> None:
        super().__init__()
        check_equivariance(equivariance, signature.n_in, signature.n_out)
        if row.kind != signature.kind:
            raise ParameterError(
                f"{row.key} is a model for {row.kind}, and the data lies on {signature.kind}.",
                "See `geomlearn train --help` for the models of each kind.",
            )
        if normalization == "point" and signature.kind != "grid":
            raise ParameterError("Only nodes of a grid can be normalised one by one.", "Use normalization = channel.")
        if rollout and normalization != "none":
            raise ParameterError("Frames that are fed back keep their own scale.", "Use normalization = none.")
        self.row, self.signature, self.options = row, signature, options
        self.normalization, self.rollout, self.equivariance = normalization, rollout, equivariance
        self.seen: TrainingRange | None = None
        given = replace(signature, target_names=signature.target_names[:1]) if rollout else signature
        self.network = row.resolve()(given, options)
        # Sizes only; the numbers come from `fit_normalizers` or from a file.
        self.input_scale, self.target_scale = (
            self._identity(count) if normalization != "none" else None for count in (signature.n_in, signature.n_out)
        )

    def _identity(self, channels: int) -> Normalizer:
        grid = self.signature.resolution if self.normalization == "point" else ()
        return Normalizer(torch.zeros(1, *grid, channels), "point" if grid else "channel")

    def fit_normalizers(self, samples: AnySamples, symmetry: Symmetry = "none") -> None:
        """Take means, deviations and the range from training samples, and from their images under a symmetry."""
        self.seen = TrainingRange.of(samples)
        if self.normalization == "none":
            return
        for scale, values in ((self.input_scale, samples.inputs), (self.target_scale, samples.targets)):
            joined = _joined(values) if isinstance(values, tuple) else torch.as_tensor(values)
            joined = torch.cat(images(joined, symmetry))
            fitted = Normalizer(joined, "point" if self.normalization == "point" else "channel")
            if scale is not None:
                scale.load_state_dict(fitted.state_dict())

    def forward(self, values: torch.Tensor, where: Any = None, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Values (b, …, n_in) to values (b, …, n_out).

        Parameters
        ----------
        where   nothing on grids, `Places` on points, a batch of `Geometry` on shapes.
        mask    (b, *grid) where the answer has a meaning; it is zero elsewhere.
        """
        scale = None
        if self.equivariance != "none" and self.seen is not None:
            weights = where.mass[..., None] if self.signature.kind == "shapes" else None
            scale = Scale(values, weights, self.equivariance, self.seen.centre, self.seen.spread)
            values = scale.encode(values)
        if self.input_scale is not None:
            values = self.input_scale.encode(values)
        answer = self._answer(values, where)
        if self.target_scale is not None:
            answer = self.target_scale.decode(answer)
        if scale is not None:
            answer = scale.decode(answer)
        return answer if mask is None else answer * mask[..., None]

    def _answer(self, values: torch.Tensor, where: Any) -> torch.Tensor:
        more = () if where is None else (where,)
        if not self.rollout:
            return self.network(values, *more)
        frames = []
        for _ in range(self.signature.n_out):
            frames.append(self.network(values, *more))
            values = torch.cat([values[..., 1:], frames[-1]], -1)
        return torch.cat(frames, -1)

    def unlike_training(self, samples: AnySamples) -> list[str]:
        """A sentence for everything about these inputs that the training did not know; none where all is known.

        What the answer follows by construction is left out.
        """
        if self.seen is None:
            return ["The model does not say what its training inputs were like: its answers may be far off, unseen."]
        return self.seen.outside(samples, self.equivariance)

    @property
    def n_parameters(self) -> int:
        """Real numbers to learn."""
        return sum(parameter.numel() for parameter in self.parameters())


def _joined(values: tuple[Any, ...]) -> torch.Tensor:
    return torch.cat([torch.as_tensor(value) for value in values])[None]

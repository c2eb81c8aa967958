"""A trained map between functions: a network between its normalisers."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.options import Options
from operators.data.samples import AnySamples, ShapeSamples
from operators.models.signature import Signature
from operators.models.table import ModelRow
from operators.training.normalizers import Normalizer

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

    Raises
    ------
    ParameterError   the kind works on other places than the signature's, or nodes are to be normalised off grids.
    """

    def __init__(
        self, row: ModelRow, signature: Signature, options: Options, normalization: Normalization = "channel"
    ) -> None:
        super().__init__()
        if row.kind != signature.kind:
            raise ParameterError(
                f"{row.key} is a model for {row.kind}, and the data lies on {signature.kind}.",
                "See `geomlearn train --help` for the models of each kind.",
            )
        if normalization == "point" and signature.kind != "grid":
            raise ParameterError("Only nodes of a grid can be normalised one by one.", "Use normalization = channel.")
        self.row, self.signature, self.options, self.normalization = row, signature, options, normalization
        self.network = row.resolve()(signature, options)
        # Sizes only; the numbers come from `fit_normalizers` or from a file.
        self.input_scale, self.target_scale = (
            self._identity(count) if normalization != "none" else None for count in (signature.n_in, signature.n_out)
        )

    def _identity(self, channels: int) -> Normalizer:
        grid = self.signature.resolution if self.normalization == "point" else ()
        return Normalizer(torch.zeros(1, *grid, channels), "point" if grid else "channel")

    def fit_normalizers(self, samples: AnySamples) -> None:
        """Take means and deviations from training samples."""
        if self.normalization == "none":
            return
        for scale, values in ((self.input_scale, samples.inputs), (self.target_scale, samples.targets)):
            joined = _joined(values) if isinstance(samples, ShapeSamples) else torch.as_tensor(values)
            fitted = Normalizer(joined, "point" if self.normalization == "point" else "channel")
            scale.load_state_dict(fitted.state_dict())

    def forward(self, values: torch.Tensor, where: Any = None, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Values (b, …, n_in) to values (b, …, n_out).

        Parameters
        ----------
        where   nothing on grids, `Places` on points, a batch of `Geometry` on shapes.
        mask    (b, *grid) where the answer has a meaning; it is zero elsewhere.
        """
        if self.input_scale is not None:
            values = self.input_scale.encode(values)
        answer = self.network(values) if where is None else self.network(values, where)
        if self.target_scale is not None:
            answer = self.target_scale.decode(answer)
        return answer if mask is None else answer * mask[..., None]

    @property
    def n_parameters(self) -> int:
        """Real numbers to learn."""
        return sum(parameter.numel() for parameter in self.parameters())


def _joined(values: tuple[Any, ...]) -> torch.Tensor:
    return torch.cat([torch.as_tensor(value) for value in values])[None]

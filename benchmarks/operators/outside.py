"""The FNO of the neuraloperator package, where it is installed, between our normalisers and under our training loop."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from benchmarks.operators.entries import Entry
from benchmarks.operators.tasks import SearchData
from geomlearn.core.results import Result
from geomlearn.operators.data.samples import Dataset
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.learning import OperatorTask
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.table import model_named
from geomlearn.operators.training.loop import train
from geomlearn.operators.training.options import TrainingOptions

OUTSIDE = "neuraloperator"


class ChannelsFirst(nn.Module):
    """Their order of axes from ours."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        # They put their constructor's arguments among the weights, functions included.
        self.register_state_dict_post_hook(_without_arguments)

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """Fields (b, *grid, c) to fields (b, *grid, c)."""
        return self.network(fields.movedim(-1, 1)).movedim(1, -1)


def _without_arguments(module: nn.Module, state: dict, prefix: str, local: dict) -> None:
    state.pop("_metadata", None)


def installed() -> bool:
    """Whether the package is there."""
    try:
        import neuralop.models  # noqa: F401
    except ImportError:
        return False
    return True


def train_outside(
    entry: Entry, data: SearchData, glance: Dataset, folder: Path, training: TrainingOptions
) -> Result[FieldOperator]:
    """As `train_operator`, with their network in place of ours."""
    from neuralop.models import FNO

    signature = Signature.of(data.train)
    model = FieldOperator(
        model_named("fno"), signature, model_named("fno").resolve_options()(width=1, modes=1), data.normalization
    )
    torch.manual_seed(training.seed)
    model.network = ChannelsFirst(FNO(in_channels=signature.n_in, out_channels=signature.n_out, **entry.options))
    model.fit_normalizers(data.train, entry.symmetry)
    return train(OperatorTask(model, glance, symmetry=entry.symmetry), training, folder)

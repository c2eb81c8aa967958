"""Clouds of different sizes in one batch, their points one after another. Importing this takes seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch_geometric.data import Batch, Data

from geomlearn.spectral.learned_eigenbasis.amortised.clouds import CloudTensors


class CloudData(Data):
    """A cloud and its probes (n, m), in half precision."""

    def __inc__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """By how much indices of points grow with every cloud before."""
        return self.num_nodes if key == "landmarks" else super().__inc__(key, value, *args, **kwargs)


def cloud_data(cloud: CloudTensors, probes: torch.Tensor) -> CloudData:
    """A cloud that can be batched."""
    return CloudData(**vars(cloud), probes=probes.to(torch.float16), num_nodes=len(cloud.points))


def batched(clouds: Sequence[CloudData]) -> Batch:
    """Clouds one after another; `batch` (n,) says which cloud a point belongs to, `ptr` where clouds start."""
    return Batch.from_data_list(clouds)

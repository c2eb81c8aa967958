"""Several processes under `torchrun`: who am I, and sums over all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import torch
import torch.distributed as dist

_NUMBERS = count()


@dataclass(frozen=True)
class World:
    """This process among the others."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def leads(self) -> bool:
        """True in the one process that writes files and reports."""
        return self.rank == 0

    def share(self, samples: torch.Tensor) -> torch.Tensor:
        """This process's part of a batch of sample numbers; parts differ by at most one sample."""
        return samples.tensor_split(self.size)[self.rank]

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """Sum of `values` over all processes."""
        if self.size > 1:
            dist.all_reduce(values)
        return values


@contextmanager
def world(device: torch.device) -> Iterator[World]:
    """Join the processes that `torchrun` started, or be alone."""
    if "WORLD_SIZE" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
        yield World()
        return
    # Functions there take the group of the moment as a default argument. Data-parallel training imports them later and
    # would keep the group, and threads that want the interpreter, alive until Python ends: a hang or an abort then.
    import torch.distributed.nn.functional  # noqa: F401

    store, rank, size = next(dist.rendezvous("env://"))
    # A second run of the same processes must not meet the addresses that the first one left.
    store = dist.PrefixStore(f"world {next(_NUMBERS)}", store)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", store=store, rank=rank, world_size=size)
    try:
        yield World(rank, size, int(os.environ.get("LOCAL_RANK", "0")))
    finally:
        dist.destroy_process_group()

"""What the optimizers are trained on: models, batches drawn from a seed, and an error on data kept aside."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import torch
from torch import nn
from torch.nn.functional import cross_entropy

if TYPE_CHECKING:
    from geomlearn.operators.data.samples import Dataset
    from geomlearn.operators.sequence.rollout.series_set import SeriesSet
    from geomlearn.operators.training.task import Task

WIDTH, LENGTH, VOCABULARY = 64, 48, 16


class Problem(Protocol):
    """One thing to learn; made anew for every run, from the run's seed.

    Attributes
    ----------
    title, error   what is trained, and what its test error is called.
    rank           of DCT-AdamW: some third of the shorter side of the hidden matrices.
    """

    title: str
    error: str
    rank: int
    model: nn.Module

    def loss(self) -> torch.Tensor:
        """The loss of the next batch."""
        ...

    def test(self) -> float:
        """The error on test data."""
        ...


class Transformer(nn.Module):
    """Two pre-norm layers of width 64 with causal attention."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.embed_place = nn.Parameter(0.02 * torch.randn(LENGTH, WIDTH))
        self.mix = nn.ModuleList(nn.Linear(WIDTH, 3 * WIDTH, bias=False) for _ in range(2))
        self.out = nn.ModuleList(nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(2))
        self.up = nn.ModuleList(nn.Linear(WIDTH, 4 * WIDTH, bias=False) for _ in range(2))
        self.down = nn.ModuleList(nn.Linear(4 * WIDTH, WIDTH, bias=False) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(5))
        self.head = nn.Linear(WIDTH, VOCABULARY)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embed(tokens) + self.embed_place[: tokens.shape[1]]
        for layer in range(2):
            q, k, v = self.mix[layer](self.norms[2 * layer](x)).unflatten(-1, (3, 4, WIDTH // 4)).unbind(-3)
            heads = (part.transpose(1, 2) for part in (q, k, v))
            mixed = nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
            x = x + self.out[layer](mixed.transpose(1, 2).flatten(2))
            x = x + self.down[layer](nn.functional.gelu(self.up[layer](self.norms[2 * layer + 1](x))))
        return self.head(self.norms[4](x))


class Chains:
    """Second-order Markov chains with three likely successors per pair, states met as often as 1/rank."""

    title, error, rank = "transformer of 2 layers on second-order chains", "test loss, nats", 16

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.next = torch.randint(VOCABULARY, (VOCABULARY, VOCABULARY, 3), generator=self.generator)
        self.held = self._draw(256)
        torch.manual_seed(seed)
        self.model = Transformer()

    def loss(self) -> torch.Tensor:
        return self._loss(self._draw(16))

    def test(self) -> float:
        return float(self._loss(self.held))

    def _loss(self, tokens: torch.Tensor) -> torch.Tensor:
        return cross_entropy(self.model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())

    def _draw(self, n: int) -> torch.Tensor:
        often = 1 / torch.arange(1, VOCABULARY + 1, dtype=torch.float32)
        start = torch.multinomial(often, 2 * n, replacement=True, generator=self.generator).reshape(n, 2)
        tokens = [start[:, 0], start[:, 1]]
        choice = torch.multinomial(torch.tensor([0.7, 0.2, 0.1]), n * LENGTH, True, generator=self.generator)
        for step in range(LENGTH - 1):
            tokens.append(self.next[tokens[-2], tokens[-1], choice[step * n : (step + 1) * n]])
        return torch.stack(tokens, 1)


class OfTask:
    """What the training loop trains, in batches drawn from the run's seed."""

    batch = 8

    def __init__(self, seed: int, task: Task) -> None:
        self.task, self.model = task, task.model
        self.generator = torch.Generator().manual_seed(seed)

    def loss(self) -> torch.Tensor:
        samples = torch.randperm(self.task.n_train, generator=self.generator)[: self.batch]
        return self.task.train_loss(self.model, samples, self.generator)

    def test(self) -> float:
        errors = self.task.valid_errors(self.model, torch.arange(self.task.n_valid))
        return float(next(iter(errors.values())).mean())


class Darcy(OfTask):
    """The Latent Spectral Model, 79 k parameters, on Darcy flow of 29 × 29 nodes: 200 samples, 40 to judge by."""

    title, error, rank = "LSM on Darcy flow 29 × 29", "test relative L2", 6

    def __init__(self, seed: int) -> None:
        from geomlearn.operators.models.learning import operator_task
        from geomlearn.operators.models.table import model_named

        options = model_named("lsm").resolve_options()(width=16, scales=3, patch=(8, 8))
        super().__init__(seed, operator_task("lsm", _darcy(), options, seed, normalization="point"))


@cache
def _darcy() -> Dataset:
    from geomlearn.operators.data.generate import generate
    from geomlearn.operators.data.options import DarcyData
    from geomlearn.operators.data.samples import split

    return split(generate("darcy", 240, DarcyData(resolution=85, stride=3)), 40)


class Rollout(OfTask):
    """The rollout model on the Allen–Cahn equation over 12 animals: 24 modes, 4 series each; judged on the last."""

    title, error, rank = "rollout model on Allen–Cahn over animals", "relative L2 over 16 frames", 6

    def __init__(self, seed: int) -> None:
        from geomlearn.operators.sequence.rollout.learning import rollout_task
        from geomlearn.operators.sequence.rollout.options import RolloutOptions

        options = RolloutOptions(mixer="s5-ptd", modes=24, history=12, unroll=4, width=16, amplitude="absolute")
        super().__init__(seed, rollout_task(*_allen_cahn(), options, seed))


@cache
def _allen_cahn() -> tuple[SeriesSet, ...]:
    from geomlearn.operators.data.generate import generate
    from geomlearn.operators.data.options import SeriesData
    from geomlearn.operators.sequence.rollout.series_set import series_of_samples, split_series

    samples = generate("allen-cahn-series", 48, SeriesData(n_vertices=500, frames=32))
    return split_series(series_of_samples(samples, 24))


class Denoiser(OfTask):
    """The denoiser of functional maps of 20 × 20 between invented animals of 8 categories; judged on 2 others."""

    title, error, rank = "denoiser of functional maps", "error over the Gaussian denoiser's", 8

    def __init__(self, seed: int) -> None:
        from geomlearn.matching.diffumatch.maps.files import read_maps
        from geomlearn.matching.diffumatch.maps.generate import generate_maps
        from geomlearn.matching.diffumatch.options import DenoiserOptions, MapSetOptions
        from geomlearn.matching.diffumatch.prior.task import PriorTask

        folder = Path(tempfile.gettempdir()) / "geomlearn-optimizer-maps"
        generate_maps(folder, MapSetOptions(n_categories=8, n_held_out=2, n_members=4, k=20))
        learned, judged = (torch.from_numpy(read_maps(folder, part)[0]).float() for part in ("train", "valid"))
        torch.manual_seed(seed)
        super().__init__(seed, PriorTask(learned, judged, DenoiserOptions(width=32, depth=2, heads=2)))


PROBLEMS: dict[str, type[Problem]] = {"transformer": Chains, "lsm": Darcy, "rollout": Rollout, "denoiser": Denoiser}

"""Matching one pair of shapes with features that are trained on this pair alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from geomlearn.matching.diffumatch.distillation import legacy_score_distillation, score_distillation
from geomlearn.matching.diffumatch.features import DiffusionNet
from geomlearn.matching.diffumatch.judgement import Judge, Judgement
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.diffumatch.prior.prior import MapPrior
from geomlearn.matching.diffumatch.regularizer import Pair, Regularizer
from geomlearn.matching.diffumatch.solver import masked_map, raw_map
from geomlearn.matching.diffumatch.surface import SampledSurface
from geomlearn.matching.zoomout.sides import EmbeddingPair

BETAS = (0.9, 0.99)
# The feature network, and its training.
WIDTH, DEPTH, DROPOUT, N_FEATURES = 128, 4, 0.5, 128
LEARNING_RATE, RIDGE = 1e-3, 1e-4
# Modes added to a map to find its proper target, and added at once.
PROPER_MODES, PROPER_STEP = 10, 2
# Steps between masks, and draws of noise in each score distillation.
MASK_EVERY, N_SDS = 5, 16


@dataclass(frozen=True, eq=False)
class Step:
    """A pair of maps on the way, and how they came about.

    Attributes
    ----------
    number            steps taken before it.
    raw, mask, regularized, proper   (k, k) pairs A → B and B → A: from features alone; how hard entries were held
                      down; with that; and the map of a point map near by.
    loss_proper, loss_sds   mean squares.
    judgement         how bad the proper maps look without truth.
    """

    number: int
    raw: tuple[np.ndarray, np.ndarray]
    mask: tuple[np.ndarray, np.ndarray]
    regularized: tuple[np.ndarray, np.ndarray]
    proper: tuple[np.ndarray, np.ndarray]
    loss_proper: float
    loss_sds: float
    judgement: Judgement

    @property
    def cost(self) -> float:
        """How bad the proper maps look, in one number."""
        return self.judgement.cost

    def arrays(self) -> dict[str, np.ndarray | int]:
        """The matrices A → B, to be looked at."""
        pairs = {"raw": self.raw, "mask": self.mask, "regularized": self.regularized, "proper": self.proper}
        return {"step": self.number, **{name: pair[0] for name, pair in pairs.items()}}

    def numbered(self, number: int) -> Step:
        """The same with another number."""
        return replace(self, number=number)

    def numbers(self) -> dict[str, float]:
        """What a curve is drawn from."""
        return {
            "step": self.number,
            "loss_proper": self.loss_proper,
            "loss_sds": self.loss_sds,
            **{name: value for name, value in self.judgement._asdict().items() if value is not None},
        }


class ZeroShot:
    """The optimisation of features for one pair.

    Parameters
    ----------
    a, b         the surfaces at their samples, A turned towards B.
    inputs       (s, c) and (t, c) what the network reads at the samples: coordinates, descriptors.
    sides        the same samples, for ZoomOut.
    regularizer  masks from raw maps.
    prior        for the score distillation; None leaves it out.
    reverses     one shape is a mirrored copy: good maps reverse orientation.

    Source   Pierson et al. 2025, arXiv 2507.23715, section 4.3.
    Differs  1. C_raw has a ridge of 1e-4, since the features' Gram matrix is near-singular.
             2. The score distillation is the clean one; `legacy_sds` is the released code's.
             3. The proper target grows both directions together (bijective ZoomOut).
             4. Masks are distilled anew every few steps, not at every one: they hardly change between.
             5. States are looked at without dropout.
             6. Masks hold the moments the prior expects of maps like the one at hand, not its score at the raw map,
                which is the regularizer `score`; see `Regularizer.masks`.
    """

    def __init__(
        self,
        a: SampledSurface,
        b: SampledSurface,
        inputs: tuple[torch.Tensor, torch.Tensor],
        sides: EmbeddingPair,
        regularizer: Regularizer,
        prior: MapPrior | None,
        options: DiffuMatchOptions,
        seed: int,
        *,
        reverses: bool = False,
    ) -> None:
        self._judge = Judge(a, b, sides, prior, reverses=reverses)
        self._surfaces, self._inputs, self._sides = (a, b), inputs, sides
        self._regularizer, self._prior, self._options = regularizer, prior, options
        self._k = regularizer.k
        self._generator = torch.Generator().manual_seed(seed)
        # Weights and dropout draw from the global generator, which is put back afterwards.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = DiffusionNet(inputs[0].shape[1], N_FEATURES, WIDTH, DEPTH, DROPOUT)
        self._seed = seed
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE, betas=BETAS)
        self._masks: tuple[torch.Tensor, torch.Tensor] | None = None

    def turn(self, rotation: torch.Tensor) -> None:
        """Turn the coordinates of A, the first three columns of its input, by a (3, 3) rotation from where they are."""
        values = self._inputs[0].clone()
        values[:, :3] = values[:, :3] @ rotation.T
        self._inputs = values, self._inputs[1]
        self._masks = None

    @torch.no_grad()
    def state(self, number: int) -> Step:
        """The maps of the features as they are after `number` steps, without dropout."""
        self.network.eval()
        # Masks belong to maps, and those of training have dropout in them.
        self._masks = None
        step = self._look()[0].numbered(number)
        self._masks = None
        return step

    @torch.no_grad()
    def judged(self, fmaps: tuple[np.ndarray, np.ndarray]) -> float:
        """The cost, see `Step`, of maps of any origin with k modes or more, made proper like those of the features."""
        first, second = (torch.from_numpy(np.ascontiguousarray(fmap[: self._k, : self._k])) for fmap in fmaps)
        return self._judge(proper_maps(self._sides, (first, second))).cost

    def state_if_turned(self, rotation: torch.Tensor) -> Step:
        """The state with A turned by this rotation from where it is; it stays where it is."""
        inputs = self._inputs
        self.turn(rotation)
        step = self.state(0)
        self._inputs = inputs
        return step

    def advance(self, number: int) -> float:
        """The loss before step `number` of training, from 0, which is then done.

        Noise and dropout depend on the seed and this number alone.
        """
        self._generator.manual_seed(self._seed + 1 + number)
        if number % MASK_EVERY == 0:
            self._masks = None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed + 1 + number)
            self.network.train()
            _, loss = self._look()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        return float(loss.detach())

    def _look(self) -> tuple[Step, torch.Tensor]:
        """The maps of the features in the network's mode, and the loss to lower."""
        options = self._options
        a, b = (
            (surface.project @ self.network(surface, values))[: self._k]
            for surface, values in zip(self._surfaces, self._inputs, strict=True)
        )
        raw = raw_map(a, b, RIDGE), raw_map(b, a, RIDGE)
        with torch.no_grad():
            weight = self._regularizer.weight

            def solve(masks: Pair) -> Pair:
                return masked_map(a, b, masks[0], weight), masked_map(b, a, masks[1], weight)

            if self._masks is None:
                settle = partial(settled, self._sides, solve)
                self._masks = self._regularizer.masks(raw, settle, self._generator)
            solved = solve(self._masks)
            proper = proper_maps(self._sides, solved)
        targets = [torch.from_numpy(fmap).float() for fmap in proper]
        away = [((fmap - target) ** 2).mean() for fmap, target in zip(raw, targets, strict=True)]
        loss_proper = away[0] + away[1]
        loss_sds = torch.zeros(())
        if self._prior is not None and options.w_sds > 0 and options.steps > 0:
            distil = legacy_score_distillation if options.legacy_sds else score_distillation
            settings: dict[str, Any] = {"n_draws": N_SDS, "generator": self._generator}
            first, second = (distil(fmap, self._prior.denoiser, **settings) for fmap in raw)
            loss_sds = (first + second) / self._k**2
        step = Step(
            0,
            _arrays(raw),
            _arrays(self._masks),
            _arrays(solved),
            proper,
            float(loss_proper.detach()),
            float(loss_sds.detach()),
            self._judge(proper),
        )
        return step, options.w_proper * loss_proper + options.w_sds * loss_sds


def _arrays(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    return pair[0].detach().numpy(), pair[1].detach().numpy()


def proper_maps(sides: EmbeddingPair, fmaps: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Maps of point maps: ZoomOut to some more modes, cut back."""
    grown = fmaps[0].double().numpy(), fmaps[1].double().numpy()
    k = len(grown[0])
    for size in range(k, k + PROPER_MODES + 1, PROPER_STEP):
        grown = sides.functional_maps(sides.point_maps(grown, 1.0), size, 1.0)
    return grown[0][:k, :k], grown[1][:k, :k]


def settled(sides: EmbeddingPair, solve: Callable[[Pair], Pair], masks: Pair) -> Pair:
    """Both maps under these masks, made those of point maps."""
    first, second = solve(masks)
    solved = first.double().numpy(), second.double().numpy()
    maps = sides.functional_maps(sides.point_maps(solved, 1.0), len(solved[0]), 1.0)
    return torch.from_numpy(maps[0]).float(), torch.from_numpy(maps[1]).float()

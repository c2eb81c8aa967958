"""How bad a pair of maps looks without truth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from geomlearn.matching.alignment import fitted_pose
from geomlearn.matching.diffumatch.distillation import surprise
from geomlearn.matching.diffumatch.prior.prior import MapPrior
from geomlearn.matching.diffumatch.surface import SampledSurface
from geomlearn.matching.terms.orientation import LOW_MODES, cosines, jacobians
from geomlearn.matching.zoomout.sides import EmbeddingPair

# The cost of maps that swap left and right, in multiples of what it were otherwise: the two sides of a body are as
# likely, and rarely as good.
SWAPPED = 1e3


class Judgement(NamedTuple):
    """Four measures, all 0 at their best; each alone is a poor guide.

    Mirror images are as inverse to each other, likely matrices need not be, a limb taken for another may bend little,
    and exchanged hands keep their orientation.

    Attributes
    ----------
    disorder   ‖C_ab C_ba − I‖² / k: 0 when the two directions are inverse to each other.
    surprise   how far the prior thinks the maps from likely ones; None without a prior.
    rigid_residual     the mean squared distance between images and the stiff motion nearest to them, both directions
                       summed, in units of the area.
    orientation_loss   1 − the mean cosine between Jacobians pulled back and at the images; above 1 sides are swapped.
    """

    disorder: float
    surprise: float | None
    rigid_residual: float
    orientation_loss: float

    @property
    def cost(self) -> float:
        """Their product, and far more when sides are swapped."""
        surprise = 1.0 if self.surprise is None else self.surprise
        product = self.disorder * self.rigid_residual * self.orientation_loss * surprise
        return product * (SWAPPED if self.orientation_loss >= 1 else 1.0)


class Judge:
    """Tells good maps of a pair from bad ones.

    Parameters
    ----------
    a, b      the surfaces at their samples;  sides  the same samples, for point maps.
    prior     over maps of k modes, None to do without its surprise.
    reverses  one shape is a mirrored copy: good maps reverse orientation.
    """

    def __init__(
        self,
        a: SampledSurface,
        b: SampledSurface,
        sides: EmbeddingPair,
        prior: MapPrior | None,
        *,
        reverses: bool = False,
    ) -> None:
        self._surfaces, self._sides, self._prior = (a, b), sides, prior
        self._sign = -1.0 if reverses else 1.0
        self._points = tuple(surface.points.double().numpy() for surface in (a, b))

    def __call__(self, fmaps: tuple[np.ndarray, np.ndarray]) -> Judgement:
        """Of two proper maps (k, k), A → B and B → A."""
        k = len(fmaps[0])
        disorder = float(np.linalg.norm(fmaps[0] @ fmaps[1] - np.eye(k)) ** 2 / k)
        doubt = None
        if self._prior is not None:
            doubt = sum(surprise(torch.from_numpy(fmap).float(), self._prior.denoiser) for fmap in fmaps)
        images = self._sides.point_maps(fmaps, 1.0)
        a, b = self._points
        rigid_residual = bending(self._sign * a, b[images[0]]) + bending(self._sign * b, a[images[1]])
        orientation_loss = 1 - self._sign * kept_orientation(*self._surfaces, fmaps[1], images[0])
        return Judgement(disorder, doubt, rigid_residual, orientation_loss)


def bending(points: np.ndarray, images: np.ndarray) -> float:
    """Mean squared distance from images (s, 3) to the stiff motion of their points (s, 3) that is nearest to them."""
    rotation, shift = fitted_pose(points, images)
    return float(((images - points @ rotation.T - shift) ** 2).sum(axis=1).mean())


def kept_orientation(a: SampledSurface, b: SampledSurface, fmap_ba: np.ndarray, image: np.ndarray) -> float:
    """Mean cosine in [−1, 1] at the samples of A: 1 where a map keeps orientation, −1 where it reverses it.

    Parameters
    ----------
    fmap_ba (k, k)  carries functions of B to A;  image (s,)  the samples of B on which those of A lie.

    `OrientationTest` at samples: Jacobians of pairs of low modes, pulled back and at the images, point the same way.
    """
    pulled = a.gradient[:, :, : len(fmap_ba)].numpy() @ fmap_ba[:, LOW_MODES]
    at_images = b.gradient[:, image, LOW_MODES].numpy()
    return float(cosines(jacobians(*pulled), jacobians(*at_images)).mean())

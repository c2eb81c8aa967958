"""Random smooth maps of space: uneven scaling, twist and taper along an axis."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from geomlearn.matching.diffumatch.maps.category import PointMap


def random_warp(rng: np.random.Generator, strength: float) -> PointMap:
    """Scale three random directions by exp(N(0, strength²)), then twist and taper about the first of them.

    Parameters
    ----------
    strength  0 leaves space as it is; 0.2 changes lengths by some 20 %, and twists by some 25° from end to end.
    """
    frame = Rotation.random(rng=rng).as_matrix()
    scales = np.exp(strength * rng.standard_normal(3))
    twist, taper = 2.2 * strength * rng.standard_normal(), strength * rng.standard_normal()

    def warp(points: np.ndarray) -> np.ndarray:
        middle = points.mean(axis=0)
        local = (points - middle) @ frame.T * scales
        height = local[:, 0] / max(np.abs(local[:, 0]).max(), 1e-12)
        turned = local[:, 1:] * np.exp(taper * height)[:, None]
        cosine, sine = np.cos(twist * height), np.sin(twist * height)
        local[:, 1] = cosine * turned[:, 0] - sine * turned[:, 1]
        local[:, 2] = sine * turned[:, 0] + cosine * turned[:, 1]
        return local @ frame + middle

    return warp

"""First maps from several settings, and the choice among them without ground truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.progress import Progress
from geomlearn.matching.functional_map import functional_map
from geomlearn.matching.options import MatchOptions, ZoomOutOptions
from geomlearn.matching.terms.orientation import SurfaceCalculus, orientation_agreement, orientation_operators
from geomlearn.matching.zoomout import Sides, grow
from geomlearn.spectral.basis import Basis

# Sizes of the first map relative to `k_solve`, and factors on the mask's and the products' weight. Coarse maps survive
# bent limbs, fine ones tell fingers apart; no single setting is best on more than half of the pairs measured.
VARIANTS = (
    (1.0, 1.0, 1.0),
    (0.75, 30.0, 0.3),
    (1.5, 30.0, 0.3),
    (0.75, 1.0, 1.0),
    (1.0, 30.0, 0.3),
    (0.5, 30.0, 0.3),
    (0.5, 1.0, 1.0),
    (1.5, 1.0, 1.0),
    (2.0, 30.0, 0.3),
    (2.0, 1.0, 1.0),
)
# Growth of a candidate before it is judged: enough modes to tell good from bad, few samples to be quick.
JUDGED_MODES = 60
JUDGED_SAMPLES = 600
JUDGED_STEP = 8


@dataclass(frozen=True, eq=False)
class Side:
    """What the candidates need of one shape: basis, derivatives, descriptors (n, c), well-spread vertices."""

    basis: Basis
    calculus: SurfaceCalculus
    descriptors: np.ndarray
    samples: np.ndarray

    def orientation(self, k: int) -> np.ndarray:
        """(c, k, k) orientation operators; those of fewer modes are their leading blocks."""
        return orientation_operators(self.calculus, self.basis, self.descriptors, k)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A grown first map and how it was judged.

    Attributes
    ----------
    fmap_ab, fmap_ba (k, k).
    disorder     ‖C_ab C_ba − I‖² / k: how far the two maps are from being inverse to each other.
    orientation  mean agreement in [−1, 1]; negative when left and right are swapped.
    k_solve, w_mask, w_products   its setting.
    """

    fmap_ab: np.ndarray
    fmap_ba: np.ndarray
    disorder: float
    orientation: float
    k_solve: int
    w_mask: float
    w_products: float

    @property
    def rank(self) -> tuple[bool, float]:
        """Smaller is better: maps that keep orientation come before those that do not, then the more orderly.

        Parts that change places, such as legs, leave the two directions inverse to each other but turn the surface
        around between them: the cube makes a tenth less agreement outweigh a quarter less disorder.
        """
        keeps = self.orientation > 0
        return not keeps, self.disorder / self.orientation**3 if keeps else self.disorder

    def summary(self) -> dict[str, float]:
        names = ("k_solve", "w_mask", "w_products", "disorder", "orientation")
        return {name: getattr(self, name) for name in names}


def first_maps(a: Side, b: Side, options: MatchOptions, progress: Progress) -> list[Candidate]:
    """Solve and grow the first `n_candidates` settings; best first.

    Parameters
    ----------
    a, b     bases of equal area with at least `k_solve` modes; k_end limits how far candidates grow.
    options  the first setting is exactly this one.

    Returns
    -------
    At least one candidate: cancelling stops after the one at hand.
    """
    settings = _settings(options, min(a.basis.k, b.basis.k))
    operators = None
    if options.w_orientation > 0:
        largest = max(setting.k_solve for setting in settings)
        operators = a.orientation(largest), b.orientation(largest)
    found: list[Candidate] = []
    for i, setting in enumerate(settings):
        if found and progress.cancelled:
            break
        progress(i / len(settings), f"first map {i + 1} of {len(settings)}")
        found.append(_candidate(a, b, setting, operators))
    return sorted(found, key=lambda candidate: candidate.rank)


def _settings(options: MatchOptions, k_most: int) -> list[MatchOptions]:
    """The distinct settings to try, the given one first."""
    settings: list[MatchOptions] = []
    for size, mask, products in VARIANTS[: options.n_candidates]:
        k = max(2, min(round(options.k_solve * size), k_most, options.k_end))
        setting = options.replace(k_solve=k, w_mask=options.w_mask * mask, w_products=options.w_products * products)
        if setting not in settings:
            settings.append(setting)
    return settings


def _candidate(a: Side, b: Side, options: MatchOptions, operators: tuple[np.ndarray, np.ndarray] | None) -> Candidate:
    orientation = {} if operators is None else {"orientation_a": operators[0], "orientation_b": operators[1]}
    fmap_ab = functional_map(a.basis, b.basis, a.descriptors, b.descriptors, options, **orientation)
    samples_a, samples_b = a.samples[:JUDGED_SAMPLES], b.samples[:JUDGED_SAMPLES]
    k_judged = max(options.k_solve, min(JUDGED_MODES, options.k_end, len(samples_a) // 4, len(samples_b) // 4))
    growth = ZoomOutOptions(k_end=k_judged, step=JUDGED_STEP, patience=0)
    sides = Sides(a.basis, b.basis, samples_a, samples_b, device=options.device)
    map_ab, map_ba = grow(sides, (fmap_ab, fmap_ab.T), growth).maps
    fmap_ab, fmap_ba = sides.functional_maps((map_ab, map_ba), k_judged, growth.w_bijective)
    disorder = np.linalg.norm(fmap_ab @ fmap_ba - np.eye(k_judged)) ** 2 / k_judged
    agreement = orientation_agreement(a.calculus, b.calculus, a.basis, b.basis, fmap_ba, samples_b[map_ab], samples_a)
    sign = 1.0 if options.orientation == "direct" else -1.0
    return Candidate(
        fmap_ab,
        fmap_ba,
        float(disorder),
        float(sign * agreement.mean()),
        options.k_solve,
        options.w_mask,
        options.w_products,
    )

"""First maps from several settings, and the choice among them without ground truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomlearn.core.progress import Progress
from geomlearn.matching.functional_map import Constraints, functional_map
from geomlearn.matching.options import MatchOptions, ZoomOutOptions
from geomlearn.matching.terms.energy import product_operators, resolvent_mask
from geomlearn.matching.terms.orientation import OrientationTest, SurfaceCalculus, orientation_operators
from geomlearn.matching.zoomout.sides import EmbeddingPair
from geomlearn.matching.zoomout.zoomout import grow
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
# The best candidates are cut back to these sizes and grown once more: a leading block has forgotten the limbs that the
# first growth put in the wrong place. On built-in creatures this finds maps that no first solution leads to.
REGROWN = 2
REGROWN_FROM = (8, 14, 20, 30)


@dataclass(frozen=True, eq=False)
class MapProblem:
    """What the candidates need of one shape: basis, derivatives, descriptors (n, c), well-spread vertices."""

    basis: Basis
    calculus: SurfaceCalculus
    descriptors: np.ndarray
    samples: np.ndarray

    def constraints(self, k: int, options: MatchOptions) -> Constraints:
        """What maps of k modes or fewer are solved from: the operators of fewer modes are leading blocks."""
        orientation = products = None
        if options.w_orientation > 0:
            orientation = orientation_operators(self.calculus, self.basis, self.descriptors, k)
        if options.w_products > 0:
            products = product_operators(self.basis.truncated(k), self.descriptors)
        return Constraints(self.basis, self.descriptors, orientation, products)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A grown first map and how it was judged.

    Attributes
    ----------
    fmap_ab, fmap_ba (k, k).
    asymmetry    ‖C_ab − C_baᵀ‖² / k: how far the two maps are from being adjoint, as those of an isometry are.
    stretch      mean resolvent mask over the squares of both maps: how far they are from commuting with the Laplacians.
    disorder     ‖C_ab C_ba − I‖² / k: how far the two maps are from being inverse to each other.
    orientation  mean agreement in [−1, 1]; negative when left and right are swapped.
    maps         map_ab and map_ba between the samples it was grown on.
    k_solve, w_mask, w_products   its setting;  regrown_from  the size it was cut back to and grown again, or 0.
    """

    fmap_ab: np.ndarray
    fmap_ba: np.ndarray
    asymmetry: float
    stretch: float
    disorder: float
    orientation: float
    k_solve: int
    w_mask: float
    w_products: float
    regrown_from: int = 0
    maps: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def rank(self) -> tuple[bool, float]:
        """Smaller is better: maps that keep orientation come before those that do not, then the nearest to isometries.

        On 11 pairs of built-in creatures of 2000 vertices this product picked, of ten candidates, maps with 1.12 times
        the error of the best one (geometric mean); either factor alone 1.2 and 1.17, disorder with orientation 1.27.
        """
        return self.orientation <= 0, self.asymmetry * self.stretch

    def summary(self) -> dict[str, float]:
        measures = ("asymmetry", "stretch", "disorder", "orientation")
        return {name: getattr(self, name) for name in ("k_solve", "w_mask", "w_products", "regrown_from", *measures)}


def first_maps(a: MapProblem, b: MapProblem, options: MatchOptions, progress: Progress) -> list[Candidate]:
    """Solve and grow the first `n_candidates` settings, grow the best of them again from less; best first.

    Parameters
    ----------
    a, b     bases of equal area with at least `k_solve` modes; k_end limits how far candidates grow.
    options  the first setting is exactly this one.

    Returns
    -------
    At least one candidate: cancelling stops after the one at hand.
    """
    settings = _settings(options, min(a.basis.k, b.basis.k))
    largest = max(setting.k_solve for setting in settings)
    constraints = [side.constraints(largest, options) for side in (a, b)]
    evaluator = CandidateEvaluator(a, b, options, largest)
    found: list[Candidate] = []
    for i, setting in enumerate(settings):
        if found and progress.cancelled:
            break
        progress(0.7 * i / len(settings), f"first map {i + 1} of {len(settings)}")
        fmap_ab = functional_map(constraints[0], constraints[1], setting)
        found.append(evaluator.judged((fmap_ab, fmap_ab.T), setting))
    found.sort(key=lambda candidate: candidate.rank)
    again = [(one, k) for one in found[:REGROWN] for k in REGROWN_FROM if k < evaluator.k]
    for i, (one, k) in enumerate(again):
        if progress.cancelled:
            break
        progress(0.7 + 0.3 * i / len(again), f"{k} modes once more")
        setting = options.model_copy(
            update={"k_solve": one.k_solve, "w_mask": one.w_mask, "w_products": one.w_products}
        )
        regrown = evaluator.judged((one.fmap_ab[:k, :k], one.fmap_ba[:k, :k]), setting)
        found.append(replace(regrown, regrown_from=k))
    return sorted(found, key=lambda candidate: candidate.rank)


def _settings(options: MatchOptions, k_most: int) -> list[MatchOptions]:
    """The distinct settings to try, the given one first."""
    settings: list[MatchOptions] = []
    # Fields are varied within their ranges: no need to look at them anew.
    for size, mask, products in VARIANTS[: options.n_candidates]:
        k = max(2, min(round(options.k_solve * size), k_most, options.k_end))
        changes = {"k_solve": k, "w_mask": options.w_mask * mask, "w_products": options.w_products * products}
        setting = options.model_copy(update=changes)
        if setting not in settings:
            settings.append(setting)
    return settings


class CandidateEvaluator:
    """Grows candidates to one size, `k` modes, on few samples, and judges them there."""

    def __init__(self, a: MapProblem, b: MapProblem, options: MatchOptions, k_largest: int) -> None:
        samples_a, self.samples_b = a.samples[:JUDGED_SAMPLES], b.samples[:JUDGED_SAMPLES]
        fewest = min(len(samples_a), len(self.samples_b))
        self.k = max(k_largest, min(JUDGED_MODES, options.k_end, fewest // 4))
        self.growth = ZoomOutOptions(k_end=self.k, step=JUDGED_STEP, patience=0)
        self.sides = EmbeddingPair(a.basis, b.basis, samples_a, self.samples_b, device=options.device)
        self.mask = resolvent_mask(a.basis.evals[: self.k], b.basis.evals[: self.k])
        low = b.basis.truncated(self.k)
        self.orientation = OrientationTest(a.calculus, b.calculus, a.basis, low, samples_a)
        self.sign = 1.0 if options.orientation == "direct" else -1.0

    def judged(self, fmaps: tuple[np.ndarray, np.ndarray], setting: MatchOptions) -> Candidate:
        """The candidate that grows from these maps, A to B and back."""
        maps = grow(self.sides, fmaps, self.growth).maps
        fmap_ab, fmap_ba = self.sides.functional_maps(maps, self.k, self.growth.w_bijective)
        image = self.samples_b[maps[0]]
        agreement = self.orientation.agreement(fmap_ba, image)
        squares_ab, squares_ba = fmap_ab**2, fmap_ba**2
        strays = (self.mask * squares_ab).sum() / squares_ab.sum() + (self.mask.T * squares_ba).sum() / squares_ba.sum()
        return Candidate(
            fmap_ab,
            fmap_ba,
            asymmetry=float(np.linalg.norm(fmap_ab - fmap_ba.T) ** 2 / self.k),
            stretch=float(strays / 2),
            disorder=float(np.linalg.norm(fmap_ab @ fmap_ba - np.eye(self.k)) ** 2 / self.k),
            orientation=float(self.sign * agreement.mean()),
            k_solve=setting.k_solve,
            w_mask=setting.w_mask,
            w_products=setting.w_products,
            maps=maps,
        )

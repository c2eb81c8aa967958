"""How good a correspondence looks without ground truth: four scores, each with a sentence and where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.terms.orientation import OrientationTest, surface_calculus
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

# Modes in which orientation is compared: enough for limbs, few enough to be smooth on any mesh.
ORIENTATION_MODES = 40
# Dirichlet energies, in those of an isometry, below which a map is smooth, and from which it is torn. Both were set by
# hand on the bumpy spheres of the tests and tuned in no world of pairs; a test holds TORN against an exact map between
# a torus and a stretched one meshed anew, which must not reach it.
SMOOTH, TORN = 2, 6


@dataclass(frozen=True, eq=False)
class Score:
    """One judgement of a map.

    Attributes
    ----------
    name      bijectivity · coverage · dirichlet energy · orientation flips.
    value     the number;  unit  what it counts.
    sentence  what it says, for a person.
    field     per vertex where it is bad, larger is worse;  on  "source" or "target": the shape the field lives on.
    """

    name: str
    value: float
    unit: str
    sentence: str
    field: np.ndarray
    on: str


@dataclass(frozen=True, eq=False)
class MapScores:
    """The four scores of a map from A to B."""

    bijectivity: Score
    coverage: Score
    dirichlet_energy: Score
    orientation_flips: Score

    def __iter__(self) -> Iterator[Score]:
        return iter((self.bijectivity, self.coverage, self.dirichlet_energy, self.orientation_flips))


def map_scores(
    shape_a: Shape, shape_b: Shape, map_ab: np.ndarray, map_ba: np.ndarray, basis_a: Basis, basis_b: Basis
) -> MapScores:
    """Score a map from A to B, with its companion back, by itself.

    Parameters
    ----------
    map_ab (n_a,) indices on B, map_ba (n_b,) indices on A.
    basis_a, basis_b  of the shapes, in their units; their masses weigh the vertices.

    Raises
    ------
    SizeMismatch   a map does not fit the shapes.

    Use when …   there is no ground truth. Avoid when comparing methods where there is: a smooth wrong map scores well.
    """
    for name, mapped, source, target in (("map_ab", map_ab, shape_a, shape_b), ("map_ba", map_ba, shape_b, shape_a)):
        if mapped.shape != (source.n_vertices,) or mapped.min() < 0 or mapped.max() >= target.n_vertices:
            raise SizeMismatch(
                f"{name} of shape {mapped.shape} does not lead from {source.name} ({source.n_vertices} vertices) "
                f"to {target.name} ({target.n_vertices}).",
                "Check direction and index base.",
            )
    calculus_a, calculus_b = surface_calculus(shape_a), surface_calculus(shape_b)
    stretch = _dirichlet(calculus_a, shape_b.vertices[map_ab], basis_b.mass.sum())
    k = min(ORIENTATION_MODES, basis_a.k, basis_b.k)
    a, b = basis_a.truncated(k), basis_b.truncated(k)
    fmap_ba = functional_map_of(map_ab, b.evecs, a.evecs, a.mass)
    agreement = OrientationTest(calculus_a, calculus_b, a, b).agreement(fmap_ba, map_ab)
    return MapScores(
        _bijectivity(shape_a, map_ab, map_ba, basis_a.mass),
        _coverage(map_ab, basis_a.mass, basis_b.mass),
        _stretch_score(stretch, calculus_a, basis_a.mass),
        _flips(agreement, basis_a.mass),
    )


@dataclass(frozen=True)
class MatrixScores:
    """How far a functional map (k_b, k_a) is from that of an isometry, for which all three are at their best.

    Attributes
    ----------
    diagonal       share of ‖C‖² on the diagonal, 1 is best.
    orthogonality  ‖CᵀC − I‖ / √k after scaling the shapes to one area, 0 is best: areas are kept.
    commutativity  ‖CΛ_a − Λ_bC‖ / (‖CΛ_a‖ + ‖Λ_bC‖) with eigenvalues at unit area, 0 is best: lengths are kept.
    """

    diagonal: float
    orthogonality: float
    commutativity: float


def matrix_scores(fmap_ab: np.ndarray, basis_a: Basis, basis_b: Basis) -> MatrixScores:
    """The three figures of a functional map fmap_ab (k_b, k_a) between bases in the units of their shapes.

    Source   Ovsjanikov et al. 2012, Functional Maps, sections 4 and 5.
    """
    k_b, k_a = fmap_ab.shape
    area_a, area_b = basis_a.mass.sum(), basis_b.mass.sum()
    c = fmap_ab * np.sqrt(area_a / area_b)
    squares = float((c**2).sum()) or 1.0
    left, right = c * (basis_a.evals[:k_a] * area_a), (basis_b.evals[:k_b] * area_b)[:, None] * c
    whole = float(np.linalg.norm(left) + np.linalg.norm(right)) or 1.0
    return MatrixScores(
        float((np.diagonal(c) ** 2).sum()) / squares,
        float(np.linalg.norm(c.T @ c - np.eye(k_a)) / np.sqrt(k_a)),
        float(np.linalg.norm(left - right)) / whole,
    )


def _bijectivity(shape: Shape, map_ab: np.ndarray, map_ba: np.ndarray, mass: np.ndarray) -> Score:
    """Straight-line length of the way from a vertex to its image there and back, a lower bound of the way on A."""
    area = mass.sum()
    gap = np.linalg.norm(shape.vertices[map_ba[map_ab]] - shape.vertices, axis=1) / np.sqrt(area)
    value = 100 * float(mass @ gap / area)
    spacing = 100 / np.sqrt(shape.n_vertices)
    if value <= 1.5 * spacing:
        verdict = "about the spacing of the vertices: the two directions agree"
    elif value <= 5 * spacing:
        verdict = f"{value / spacing:.0f} vertex spacings: the two directions agree in most places"
    else:
        verdict = f"{value / spacing:.0f} vertex spacings: the two directions contradict each other"
    sentence = f"There and back, a point ends {value:.2f} % of √area from where it began, {verdict}."
    return Score("bijectivity", value, "100 / √area", sentence, gap, "source")


def _coverage(map_ab: np.ndarray, mass_a: np.ndarray, mass_b: np.ndarray) -> Score:
    hit = np.zeros(len(mass_b), bool)
    hit[map_ab] = True
    value = float(mass_b[hit].sum() / mass_b.sum())
    sentence = f"{100 * value:.0f} % of the target's area is the image of some source vertex"
    n_a, n_b = len(mass_a), len(mass_b)
    sentence += f" ({n_a} vertices can cover at most about {100 * n_a / n_b:.0f} %)." if n_a < 0.9 * n_b else "."
    return Score("coverage", value, "share of area", sentence, (~hit).astype(float), "target")


def _dirichlet(calculus, values: np.ndarray, area: float) -> np.ndarray:
    """(q,) energy density ½ |∇ values|² of the elements, times the source's area over the target's."""
    density = ((calculus.along @ values) ** 2 + (calculus.across @ values) ** 2).sum(axis=1) / 2
    return density * calculus.areas.sum() / area


def _stretch_score(density: np.ndarray, calculus, mass: np.ndarray) -> Score:
    value = float(calculus.areas @ density / calculus.areas.sum())
    local = calculus.average.T @ (calculus.areas * density) / np.maximum(calculus.average.T @ calculus.areas, 1e-300)
    if value < SMOOTH:
        verdict = "smooth"
    elif value < TORN:
        verdict = "smooth with rough patches"
    else:
        verdict = "torn: neighbours land far apart"
    sentence = f"The Dirichlet energy is {value:.1f} times that of an isometry (1): the map is {verdict}."
    return Score("dirichlet energy", value, "× isometry", sentence, local, "source")


def _flips(agreement: np.ndarray, mass: np.ndarray) -> Score:
    value = float(mass[agreement < 0].sum() / mass.sum())
    if value < 0.1:
        verdict = "left stays left"
    elif value < 0.5:
        verdict = "some parts may be mirrored"
    elif value < 0.9:
        verdict = "much of the map is mirrored"
    else:
        verdict = "the whole map is mirrored, left to right"
    sentence = f"Orientation is reversed on {100 * value:.0f} % of the source's area: {verdict}."
    return Score("orientation flips", value, "share of area", sentence, np.maximum(-agreement, 0.0), "source")

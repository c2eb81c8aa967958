"""The laws on a domain so small that every set can be enumerated, and against each other."""

from __future__ import annotations

from itertools import permutations, product
from math import factorial

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.sensing.mode_space import ModeSpace, from_functions
from geomlearn.sensing.placement.laws import FarthestPoints, chooser, law_weights
from geomlearn.sensing.placement.options import PlacementOptions
from geomlearn.sensing.placement.place import place
from geomlearn.sensing.placement.stability import gram
from geomlearn.sensing.regression.weighted_least_squares import weighted_least_squares
from geomlearn.shapes.sampling import farthest_points

LINE = np.linspace(-1, 1, 400)[:, None]


def tiny() -> ModeSpace:
    rng = np.random.default_rng(2)
    return from_functions(rng.normal(size=(6, 2)), rng.uniform(0.5, 2, 6))


def legendre(m: int) -> ModeSpace:
    return from_functions(np.polynomial.legendre.legvander(LINE[:, 0], m - 1))


def volume_law(space: ModeSpace, n: int) -> tuple[list[tuple[int, ...]], np.ndarray, float]:
    """Every n-tuple, its probability ∝ det G under the i.i.d. law, and the constant E[det G]."""
    tuples = list(product(range(space.n_points), repeat=n))
    law = np.array([np.prod(space.density[list(t)]) for t in tuples])
    dets = np.array([np.linalg.det(gram(space.functions[list(t)], space.weights[list(t)])) for t in tuples])
    constant = float(law @ dets)
    return tuples, law * dets / constant, constant


def test_property_1_the_density_is_a_probability():
    space = legendre(10)
    assert space.share @ space.christoffel == pytest.approx(10, abs=1e-10)
    assert space.density.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_property_4_identities_of_volume_sampling_by_enumeration(n):
    space = tiny()
    tuples, law, constant = volume_law(space, n)
    assert constant == pytest.approx(factorial(n) / factorial(n - 2) / n**2, abs=1e-12)
    field = np.random.default_rng(5).normal(size=6)
    best = space.functions.T @ (space.share * field)
    error = space.share @ (field - space.functions @ best) ** 2
    mean_gram, mean, squared = np.zeros((2, 2)), np.zeros(2), 0.0
    for chosen, chance in zip(map(list, tuples), law, strict=True):
        if chance < 1e-15:
            continue
        mean_gram += chance * gram(space.functions[chosen], space.weights[chosen])
        fit = weighted_least_squares(space.functions[chosen], field[chosen], space.weights[chosen])
        found = fit.coefficients[:, 0]
        mean += chance * found
        squared += chance * float((space.share * (field - space.functions @ found) ** 2).sum())
    assert mean == pytest.approx(best, abs=1e-12)
    if n == 2:
        # A DPP errs by m + 1 = 3 times the best in the mean square, exactly.
        assert squared / error == pytest.approx(3.0, abs=1e-10)
    assert squared / error <= 3.0 + 1e-10
    assert mean_gram == pytest.approx(np.eye(2), abs=1e-12)


def test_property_4_a_dpp_with_independent_draws_is_volume_sampling():
    space, n = tiny(), 3
    tuples, law, _ = volume_law(space, n)
    rows = space.rows
    mixture = np.zeros(len(tuples))
    index = {t: i for i, t in enumerate(tuples)}
    for pair in product(range(6), repeat=2):
        dpp = np.linalg.det(rows[list(pair)]) ** 2 / factorial(2)
        for third in range(6):
            for order in permutations((*pair, third)):
                mixture[index[order]] += dpp * space.density[third] / factorial(n)
    assert mixture == pytest.approx(law, abs=1e-12)


def test_draws_of_vol_follow_the_enumerated_law():
    space, n = tiny(), 3
    tuples, law, _ = volume_law(space, n)
    counts: dict[tuple[int, ...], int] = {}
    for seed in range(1500):
        found = place(space, LINE[:6], PlacementOptions(n=n, law="vol", seed=seed, repeats=True))
        key = tuple(sorted(found.vertices.tolist()))
        counts[key] = counts.get(key, 0) + 1
    expected: dict[tuple[int, ...], float] = {}
    for chosen, chance in zip(tuples, law, strict=True):
        key = tuple(sorted(chosen))
        expected[key] = expected.get(key, 0.0) + max(chance, 0.0)
    for key, chance in expected.items():
        assert abs(counts.get(key, 0) / 1500 - chance) < 5 * np.sqrt(chance / 1500) + 2e-3


@pytest.mark.parametrize("law", ["rdpp", "vol", "iid", "uniform", "fps", "qdeim"])
def test_property_5_a_field_in_the_space_is_recovered(law):
    space = legendre(6)
    field = space.functions @ np.arange(1.0, 7.0)
    found = place(space, LINE, PlacementOptions(n=20, law=law))
    assert found.stability.lambda_min > 0
    fit = weighted_least_squares(space.functions[found.vertices], field[found.vertices], found.weights)
    assert fit.coefficients[:, 0] == pytest.approx(np.arange(1.0, 7.0), abs=1e-10)


def test_property_6_repeated_dpps_are_stabler_than_independent_draws():
    space = legendre(10)

    def median(law: str) -> float:
        options = [PlacementOptions(n=30, law=law, seed=seed, repeats=True) for seed in range(40)]
        return float(np.median([place(space, LINE, one).stability.lambda_min for one in options]))

    assert median("rdpp") > 1.5 * median("iid") > 1.5 * median("uniform")


def test_farthest_points_are_those_of_the_shared_function():
    points = np.random.default_rng(0).normal(size=(300, 3))
    drawn = FarthestPoints(points, np.full(300, 1 / 300))
    picked = [5]
    drawn.add(5)
    for _ in range(30):
        picked.append(drawn.next(np.ones(300, bool), np.random.default_rng(0)))
        drawn.add(picked[-1])
    assert picked == farthest_points(points, 31, start=5).tolist()


def test_qdeim_pivots_as_lapack_does():
    from scipy.linalg import qr

    space = legendre(8)
    found = place(space, LINE, PlacementOptions(n=8, law="qdeim"))
    _, _, pivots = qr(space.functions.T, pivoting=True)
    # At symmetric points equal columns compete, and rounding decides: the value of the determinant is what counts.
    mine = np.abs(np.linalg.det(space.functions[found.vertices]))
    assert mine == pytest.approx(np.abs(np.linalg.det(space.functions[pivots[:8]])), rel=0.2)


def test_weights_are_m_over_k_under_the_optimal_laws_and_one_else():
    space = legendre(5)
    assert law_weights("rdpp", space) * space.christoffel == pytest.approx(np.full(400, 5.0))
    assert (law_weights("qdeim", space) == 1).all()


def test_an_unknown_law_is_refused():
    with pytest.raises(ParameterError, match="no law"):
        chooser("best", tiny(), LINE[:6], np.ones(6))

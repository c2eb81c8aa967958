"""Placement under demands: each is met, and what cannot be met is refused in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.mode_space import from_basis
from geomlearn.sensing.placement.constraints import Constraints, Region, polygon_region
from geomlearn.sensing.placement.options import PlacementOptions
from geomlearn.sensing.placement.place import place
from geomlearn.shapes.builtin import icosphere
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.geodesics import HeatGeodesics
from geomlearn.spectral.options import EigenbasisOptions

LAWS = ["rdpp", "vol", "iid", "uniform", "fps", "qdeim"]


@pytest.fixture(scope="module")
def ball():
    return icosphere(8)


@pytest.fixture(scope="module")
def space(ball):
    return from_basis(eigenbasis(ball, EigenbasisOptions(k=16), cache=False))


@pytest.mark.parametrize("law", LAWS)
def test_required_forbidden_and_counted_places_are_kept_by_every_law(ball, space, law):
    top, east = ball.vertices[:, 2] > 0.5, ball.vertices[:, 0] > 0.6
    demands = Constraints(
        required=(0, 5),
        forbidden=ball.vertices[:, 1] > 0.8,
        regions=(Region(top, 6, exactly=True), Region(east & ~top, 3)),
    )
    required_outside = not ball.vertices[[0, 5], 1].max() > 0.8
    assert required_outside
    found = place(space, ball.vertices, PlacementOptions(n=40, law=law), demands)
    vertices = found.vertices
    assert len(set(vertices.tolist())) == 40
    assert {0, 5} <= set(vertices.tolist())
    assert not demands.forbidden[vertices].any()
    assert top[vertices].sum() == 6
    assert (east & ~top)[vertices].sum() <= 3


@pytest.mark.parametrize("law", LAWS)
def test_sensors_keep_their_distance_along_the_surface(ball, space, law):
    geodesics = HeatGeodesics(ball)
    demands = Constraints(distances_from=geodesics.distances_from)
    found = place(space, ball.vertices, PlacementOptions(n=30, law=law, distance=0.35), demands)
    distances = geodesics.matrix(found.vertices)[:, found.vertices]
    later = np.tril_indices(30, -1)
    assert distances.T[later].min() >= 0.35


def test_costs_are_avoided(ball, space):
    cost = np.where(ball.vertices[:, 2] > 0, 1.0, 0.1)
    plain = place(space, ball.vertices, PlacementOptions(n=100))
    cheap = place(space, ball.vertices, PlacementOptions(n=100, cost_weight=2), Constraints(cost=cost))
    assert cost[cheap.vertices].sum() < 0.7 * cost[plain.vertices].sum()


def test_forbidding_a_part_changes_the_weights_to_those_of_the_rest(ball, space):
    demands = Constraints(forbidden=ball.vertices[:, 2] > 0.3)
    found = place(space, ball.vertices, PlacementOptions(n=60), demands)
    rest = space.under(~demands.forbidden)
    assert found.weights == pytest.approx(rest.weights[found.vertices])
    assert rest.functions.T @ (rest.share[:, None] * rest.functions) == pytest.approx(np.eye(16), abs=1e-10)


def test_redrawing_and_reducing_both_raise_lambda_min(ball, space):
    def worst(stabilize: str) -> float:
        options = [PlacementOptions(n=32, seed=seed, stabilize=stabilize, redraws=10) for seed in range(5)]
        return min(place(space, ball.vertices, one).stability.lambda_min for one in options)

    plain = worst("none")
    assert worst("redraw") > plain
    assert worst("reduce") > plain


def test_one_seed_gives_one_set(ball, space):
    first, second = (place(space, ball.vertices, PlacementOptions(n=30, seed=4)).vertices for _ in range(2))
    other = place(space, ball.vertices, PlacementOptions(n=30, seed=5)).vertices
    assert (first == second).all()
    assert set(first.tolist()) != set(other.tolist())


def test_repeats_are_only_drawn_when_allowed(space, ball):
    small = space.under((np.arange(space.n_points) % 30 == 0).astype(float))
    demands = Constraints(forbidden=small.share == 0)
    free = place(small, ball.vertices, PlacementOptions(n=100, repeats=True), demands)
    assert len(set(free.vertices.tolist())) < 100
    with pytest.raises(ParameterError, match="do not fit"):
        place(small, ball.vertices, PlacementOptions(n=100), demands)


@pytest.mark.parametrize(
    ("options", "demands", "sentence"),
    [
        ({"n": 10}, {}, "10 sensors cannot determine 16 modes"),
        ({"n": 30, "law": "dpp"}, {}, "One DPP of 16 modes"),
        ({"n": 30}, {"required": (1, 1)}, "named twice"),
        ({"n": 30}, {"required": (5000,)}, "not on the shape"),
        ({"n": 16}, {"required": tuple(range(20))}, "20 vertices are required"),
        ({"n": 30}, {"required": (3,), "forbidden": "near 3"}, "both required and forbidden"),
        ({"n": 30}, {"forbidden": "all but the pole"}, "modes can be told apart|do not fit"),
        ({"n": 400, "distance": 0.5}, {"distances": True}, "No more than"),
        ({"n": 30, "distance": 0.5}, {"required": (0, "neighbour"), "distances": True}, "nearer than"),
    ],
)
def test_what_cannot_be_is_refused(ball, space, options, demands, sentence):
    demands = dict(demands)
    if demands.pop("distances", False):
        demands["distances_from"] = HeatGeodesics(ball).distances_from
    if "neighbour" in demands.get("required", ()):
        neighbour = int(np.argsort(np.linalg.norm(ball.vertices - ball.vertices[0], axis=1))[1])
        demands["required"] = (0, neighbour)
    parts = {
        "near 3": np.linalg.norm(ball.vertices - ball.vertices[3], axis=1) < 0.2,
        "all but the pole": ball.vertices[:, 2] < 0.97,
    }
    if "forbidden" in demands:
        demands["forbidden"] = parts[demands["forbidden"]]
    with pytest.raises(ParameterError, match=sentence):
        place(space, ball.vertices, PlacementOptions(redraws=2, **options), Constraints(**demands))


def test_regions_that_cannot_be_filled_are_refused(ball, space):
    pole = ball.vertices[:, 2] > 0.98
    with pytest.raises(ParameterError, match="do not fit in the pole"):
        place(space, ball.vertices, PlacementOptions(n=30), Constraints(regions=(Region(pole, 25, True, "the pole"),)))
    with pytest.raises(ParameterError, match="cover all"):
        everywhere = Region(np.ones(ball.n_vertices, bool), 5)
        place(space, ball.vertices, PlacementOptions(n=30), Constraints(regions=(everywhere,)))
    with pytest.raises(SizeMismatch, match="forbidden has 3"):
        place(space, ball.vertices, PlacementOptions(n=30), Constraints(forbidden=np.zeros(3, bool)))


def test_a_polygon_holds_what_lies_inside():
    polygon = np.array([[0, 0], [2, 0], [2, 2], [1, 0.5], [0, 2]], float)
    points = np.array([[0.2, 0.2], [1, 1.5], [1.8, 0.4], [3, 1], [1, 0.2]])
    assert polygon_region(points, polygon).tolist() == [True, False, True, False, True]

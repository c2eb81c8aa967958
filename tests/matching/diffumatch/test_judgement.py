"""What tells a good pair of maps from a bad one without truth."""

import numpy as np
import pytest

from geomlearn.matching.diffumatch.judgement import SWAPPED, Judge, Judgement, bending, kept_orientation
from geomlearn.matching.diffumatch.surface import sampled_surface
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.terms.orientation import OrientationTest, surface_calculus
from geomlearn.matching.zoomout.sides import EmbeddingPair
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import rotation

NAMES = ("biped-tall-walk", "biped-tall-run")
N, K = 600, 30


def prepared(*shapes: Shape) -> tuple[Prepared, ...]:
    return tuple(Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=60), cache=False), N) for shape in shapes)


@pytest.fixture(scope="module")
def bodies():
    return prepared(*(builtin(name, N) for name in NAMES))


def true_map(source: str, target: str, symmetric: bool = False) -> np.ndarray:
    return ground_truth(source, target, n_vertices_a=N, n_vertices_b=N, symmetric=symmetric)


def maps_of(a: Prepared, b: Prepared, map_ab: np.ndarray, map_ba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    modes_a, modes_b = (side.basis.evecs[:, :K] for side in (a, b))
    return (
        functional_map_of(map_ba, modes_a, modes_b, b.basis.mass),
        functional_map_of(map_ab, modes_b, modes_a, a.basis.mass),
    )


def judge_of(a: Prepared, b: Prepared, prior=None, **more) -> Judge:
    rows = EmbeddingPair(a.basis, b.basis, a.samples, b.samples)
    return Judge(*(sampled_surface(side, N, 60) for side in (a, b)), rows, prior, **more)


def test_a_stiff_motion_bends_nothing_and_a_limb_taken_for_another_does():
    points = np.random.default_rng(0).normal(size=(50, 3))
    moved = points @ rotation(2).T + [3.0, -1.0, 2.0]
    assert bending(points, moved) < 1e-20
    exchanged = moved.copy()
    exchanged[:5], exchanged[5:10] = moved[5:10], moved[:5]
    assert bending(points, exchanged) > 0.1
    # The nearest stiff motion is not a mirror image.
    assert bending(points, points * [1, 1, -1]) > 0.1


def test_the_right_map_has_the_least_cost(bodies, small_prior):
    a, b = bodies
    judge = judge_of(a, b, small_prior)
    right = judge(maps_of(a, b, true_map(*NAMES), true_map(*NAMES[::-1])))
    shuffled = np.random.default_rng(0).permutation(N)
    wrong = judge(maps_of(a, b, true_map(*NAMES)[shuffled], true_map(*NAMES[::-1])[shuffled]))
    swapped = judge(maps_of(a, b, true_map(*NAMES, symmetric=True), true_map(*NAMES[::-1], symmetric=True)))
    assert right.disorder < 0.1 < wrong.disorder
    assert 5 * right.rigid_residual < wrong.rigid_residual
    assert right.rigid_residual < swapped.rigid_residual
    assert right.orientation_loss < 0.8 < wrong.orientation_loss < 1.2 < swapped.orientation_loss
    assert right.cost < wrong.cost
    assert swapped.cost > SWAPPED * right.cost


def test_the_fault_is_the_product_and_needs_no_prior(bodies):
    assert Judgement(0.5, 0.1, 0.2, 0.4).cost == pytest.approx(0.5 * 0.1 * 0.2 * 0.4)
    assert Judgement(0.5, None, 0.2, 0.4).cost == pytest.approx(0.5 * 0.2 * 0.4)
    assert Judgement(0.5, None, 0.2, 1.4).cost == pytest.approx(SWAPPED * 0.5 * 0.2 * 1.4)
    a, b = bodies
    assert judge_of(a, b)(maps_of(a, b, true_map(*NAMES), true_map(*NAMES[::-1]))).surprise is None


def test_a_mirrored_copy_is_judged_as_one():
    body = builtin(NAMES[0], N)
    a, b = prepared(body, Shape(body.vertices * [1, -1, 1], body.faces[:, ::-1], "mirrored"))
    same = np.arange(body.n_vertices)
    maps = maps_of(a, b, same, same)
    told, untold = judge_of(a, b, reverses=True)(maps), judge_of(a, b)(maps)
    assert told.rigid_residual < 1e-4 < untold.rigid_residual
    assert told.orientation_loss < 0.5
    assert untold.orientation_loss > 1.5


def test_maps_that_swap_left_and_right_are_told_from_those_that_do_not(bodies):
    a, b = bodies
    surfaces = [sampled_surface(side, N, 60) for side in (a, b)]
    calculi = (surface_calculus(side.shape) for side in (a, b))
    everywhere = OrientationTest(*calculi, a.basis, b.basis)
    found = []
    for symmetric in (False, True):
        truth = true_map(*NAMES, symmetric=symmetric)
        fmap_ba = functional_map_of(truth, *(side.basis.evecs[:, :K] for side in (b, a)), a.basis.mass)
        place = np.argsort(b.samples)
        found.append(kept_orientation(*surfaces, fmap_ba, place[truth[a.samples]]))
        # Jacobians of mean gradients are not means of Jacobians, but nearly.
        assert found[-1] == pytest.approx(everywhere.agreement(fmap_ba, truth).mean(), abs=0.02)
    assert found[0] > 0.3
    assert found[1] < -0.3

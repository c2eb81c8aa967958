"""Training features on one pair: where gradients go, exact maps, repeatability, cancelling."""

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.matching.diffumatch.diffumatch import diffumatch
from geomlearn.matching.diffumatch.first_maps import BETWEEN_STARTS, N_STARTS, zero_shot_maps
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.diffumatch.prior.prior import save_prior
from geomlearn.matching.diffumatch.regularizer import Regularizer
from geomlearn.matching.diffumatch.surface import sampled_surface
from geomlearn.matching.diffumatch.zero_shot import ZeroShot
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.point_map import functional_map_of, point_map
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.zoomout.sides import EmbeddingPair
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import mean_error, rotation

SHORT = DiffuMatchOptions(steps=2, n_points=200)


def sides_of(*shapes, k: int = 60, n_samples: int = 200) -> tuple[Prepared, ...]:
    return tuple(Prepared(s, eigenbasis(s, EigenbasisOptions(k=k), cache=False), n_samples) for s in shapes)


@pytest.fixture(scope="module")
def pair(bent_pair):
    return sides_of(bent_pair.a, bent_pair.b)


@pytest.fixture(scope="module")
def prior_file(small_prior, tmp_path_factory):
    return str(save_prior(tmp_path_factory.mktemp("prior") / "small.safetensors", small_prior))


def work_on(pair, prior, options=SHORT, seed=0) -> ZeroShot:
    surfaces = [sampled_surface(side, 200, 60) for side in pair]
    rows = EmbeddingPair(*(side.basis for side in pair), *(side.samples for side in pair))
    regularizer = Regularizer(options, *(side.basis.evals for side in pair), prior, prior.k)
    return ZeroShot(*surfaces, tuple(s.points for s in surfaces), rows, regularizer, prior, options, seed)


def test_property_9_gradients_reach_the_features_and_nothing_else(pair, small_prior):
    work = work_on(pair, small_prior)
    work.advance(0)
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in work.network.parameters())
    assert any(float(weight.grad.abs().max()) > 0 for weight in work.network.parameters())
    assert all(weight.grad is None for weight in small_prior.denoiser.parameters())
    assert not any(mask.requires_grad for mask in work._masks)


def test_property_7_the_true_map_of_an_isometric_pair_is_exact_and_proper(rigid_pair):
    basis_a, basis_b = rigid_pair.basis_a.truncated(30), rigid_pair.basis_b.truncated(30)
    # map_ba of the permuted copy: where each vertex of B lies on A.
    map_ba = np.argsort(rigid_pair.truth)
    fmap_ab = functional_map_of(map_ba, basis_a.evecs, basis_b.evecs, basis_b.mass)
    np.testing.assert_array_equal(point_map(fmap_ab, basis_a.evecs, basis_b.evecs), map_ba)
    rows = EmbeddingPair(basis_a, basis_b)
    maps = rows.point_maps((fmap_ab, fmap_ab.T), 1.0)
    proper = rows.functional_maps(maps, 30, 1.0)[0]
    assert ((fmap_ab - proper) ** 2).mean() < 1e-10


def test_a_few_steps_lower_the_loss(pair, small_prior):
    options = SHORT.replace(w_sds=0)
    work = work_on(pair, small_prior, options)
    losses = [work.advance(number) for number in range(14)]
    assert np.mean(losses[-4:]) < np.mean(losses[:4])


def test_runs_repeat_with_their_seed_and_leave_the_global_generator_alone(pair, prior_file):
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first, again = (zero_shot_maps(*pair, SHORT.replace(prior=prior_file), seed=3).value for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    np.testing.assert_array_equal(first.fmap_ab, again.fmap_ab)


@pytest.mark.parametrize("regularizer", ["laplacian", "resolvent", "static", "score", "diffusion"])
def test_every_regularizer_matches_a_bent_copy(bent_pair, prior_file, regularizer):
    options = MatchOptions(
        method="diffumatch",
        regularizer=regularizer,
        prior=prior_file,
        steps=0,
        k_end=80,
        k_descriptors=60,
        n_points=300,
    )
    found = match_shapes(bent_pair.a, bent_pair.b, options).value
    assert mean_error(found.map_ab, bent_pair.truth, bent_pair.b) < 6
    assert found.metadata["method"] == "diffumatch"


def test_by_its_own_name_it_is_a_way_of_matching(bent_pair, prior_file):
    found = diffumatch(bent_pair.a, bent_pair.b, DiffuMatchOptions(prior=prior_file, steps=1, fast=True))
    assert found.value.metadata["method"] == "diffumatch"
    assert found.stats["zero_shot"]["regularizer"] == "diffusion"


def test_cancelling_keeps_the_best_step_so_far(pair, prior_file):
    seen = []
    progress = Progress(
        lambda fraction, note: seen.append(note), lambda: any(note.startswith("step 2") for note in seen)
    )
    found = zero_shot_maps(*pair, SHORT.replace(steps=500, prior=prior_file), progress=progress)
    assert found.status is Status.CANCELLED
    assert len(found.history) < 10
    assert found.value.fmap_ab.shape == (30, 30)


def test_the_story_holds_the_matrices_of_some_steps(pair, prior_file):
    found = zero_shot_maps(*pair, SHORT.replace(prior=prior_file))
    assert [row["step"] for row in found.history] == [0, 1, 2]
    # As they stand, and turned in the ways that lay them best on each other.
    assert 2 <= len(found.stats["alignments"]) <= 13
    arrays = found.value.steps[0].arrays()
    assert {name: value.shape for name, value in arrays.items() if name != "step"} == dict.fromkeys(
        ("raw", "mask", "regularized", "proper"), (30, 30)
    )


def test_the_start_with_the_least_cost_is_kept(pair, prior_file, small_prior):
    options = SHORT.replace(prior=prior_file, steps=0, regularizer="static", inputs="coordinates")
    found = zero_shot_maps(*pair, options, seed=5).value
    costs = []
    for i in range(N_STARTS):
        work = work_on(pair, small_prior, options, seed=5 + i * BETWEEN_STARTS)
        work.turn(torch.from_numpy(found.rotation))
        state = work.state(0)
        costs.append(state.cost)
    assert len(set(costs)) == N_STARTS
    assert found.steps[0].cost == pytest.approx(min(costs), rel=1e-4)
    without = zero_shot_maps(*pair, SHORT.replace(regularizer="laplacian", w_sds=0, steps=0), seed=5).value.steps[0]
    assert without.judgement.surprise is None
    assert without.cost > 0


def test_a_rival_is_kept_unless_the_features_do_better(bent_pair, pair):
    options = SHORT.replace(regularizer="resolvent", steps=0)
    a, b = pair
    map_ba = np.argsort(bent_pair.truth)
    right = functional_map_of(map_ba, a.basis.evecs[:, :40], b.basis.evecs[:, :40], b.basis.mass)
    kept = zero_shot_maps(a, b, options, alternative=(right, right.T)).value
    assert not kept.from_features
    np.testing.assert_array_equal(kept.fmap_ab, right)
    wrong = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 40)))[0]
    found = zero_shot_maps(a, b, options, alternative=(wrong, wrong.T))
    assert found.value.from_features
    assert min(step.cost for step in found.value.steps) < found.stats["alternative_cost"]
    # Too few modes to be judged: as if there were none.
    assert zero_shot_maps(a, b, options, alternative=(right[:20, :20], right[:20, :20].T)).value.from_features


def test_a_shape_stays_as_it_stands_and_is_turned_back_when_it_does_not():
    a, b = (builtin(name, 600) for name in ("quadruped-cat-stand", "quadruped-cat-walk"))
    turn = rotation(3)
    turned = Shape(a.vertices @ turn.T, a.faces, a.name)
    for shape, back in ((a, np.eye(3)), (turned, turn.T)):
        found = zero_shot_maps(*sides_of(shape, b), SHORT.replace(steps=0)).value.rotation
        # tr R = 1 + 2 cos φ: within 30°.
        assert np.trace(found @ back.T) > 1 + 2 * np.cos(np.radians(30))
    assert np.trace(turn) < 1.5


def test_known_points_settle_the_rotation(bent_pair, pair, prior_file):
    picked = np.arange(0, 600, 40)
    landmarks = np.stack([picked, bent_pair.truth[picked]], axis=1)
    found = zero_shot_maps(*pair, SHORT.replace(prior=prior_file, steps=0), landmarks=landmarks)
    assert found.stats["alignments"] == []
    # Bending turns no more than some degrees on the whole.
    assert np.trace(found.value.rotation) > 2.5


def test_shapes_with_fewer_modes_than_the_prior_are_refused(bent_pair, prior_file):
    few = sides_of(bent_pair.a, bent_pair.b, k=20)
    with pytest.raises(ParameterError, match="20 modes, and the maps of the prior 30"):
        zero_shot_maps(*few, SHORT.replace(prior=prior_file))

"""Scores without ground truth: perfect for the identity, each bad for the fault it is there to show."""

from dataclasses import replace

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.scores import TORN, map_scores, matrix_scores
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import bent, blob, mirrored_index


@pytest.fixture(scope="module")
def setting():
    a = blob(3, symmetric=True)
    b = bent(a, 0.08)
    return a, b, *(eigenbasis(shape, EigenbasisOptions(k=40), cache=False) for shape in (a, b))


def scores(setting, map_ab, map_ba):
    a, b, basis_a, basis_b = setting
    return map_scores(a, b, map_ab, map_ba, basis_a, basis_b)


def test_a_true_map_scores_well(setting):
    same = np.arange(642)
    found = scores(setting, same, same)
    assert found.bijectivity.value == 0
    assert found.coverage.value == 1
    assert found.dirichlet_energy.value == pytest.approx(1, abs=0.1)
    assert found.orientation_flips.value < 0.05
    assert "left stays left" in found.orientation_flips.sentence


def test_a_mirrored_map_is_all_flips_and_else_as_good(setting):
    mirror = mirrored_index(setting[0])
    found = scores(setting, mirror, mirror)
    assert found.orientation_flips.value > 0.95
    assert "mirrored" in found.orientation_flips.sentence
    assert found.bijectivity.value == 0
    assert found.dirichlet_energy.value == pytest.approx(1, abs=0.1)


def test_half_mirrored_maps_show_where(setting):
    a = setting[0]
    front = a.vertices[:, 0] > 0
    mixed = np.where(front, mirrored_index(a), np.arange(642))
    found = scores(setting, mixed, mixed).orientation_flips
    assert found.field[front].mean() > 3 * found.field[~front].mean()


def test_an_exact_map_of_a_stretched_shape_meshed_anew_is_not_torn_and_one_with_strays_is():
    """The threshold was set on the bumpy spheres above; another shape judges it."""
    a, b = builtin("torus", 1000), builtin("torus", 900, seed=1)
    right = ground_truth("torus", "torus", n_vertices_a=1000, n_vertices_b=900, seed_b=1)
    back = ground_truth("torus", "torus", n_vertices_a=900, n_vertices_b=1000, seed_a=1)
    b = b.replace(vertices=b.vertices * (2, 1, 1))
    bases = [eigenbasis(shape, EigenbasisOptions(k=40), cache=False) for shape in (a, b)]
    strays = np.where(np.arange(len(right)) % 10 == 0, np.roll(right, 97), right)
    found, torn = (map_scores(a, b, mapped, back, *bases).dirichlet_energy for mapped in (right, strays))
    assert found.value < TORN / 2
    assert torn.value > TORN
    assert "torn" in torn.sentence


def test_random_maps_score_badly_everywhere(setting):
    generator = np.random.default_rng(0)
    found = scores(setting, generator.integers(0, 642, 642), generator.integers(0, 642, 642))
    assert found.bijectivity.value > 25
    assert "contradict" in found.bijectivity.sentence
    assert found.coverage.value == pytest.approx(1 - np.exp(-1), abs=0.08)
    assert found.dirichlet_energy.value > 20
    assert "torn" in found.dirichlet_energy.sentence
    assert 0.3 < found.orientation_flips.value < 0.7


def test_coverage_is_the_area_hit_and_its_field_what_is_not(setting):
    constant = np.full(642, 5)
    coverage = scores(setting, constant, np.arange(642)).coverage
    basis_b = setting[3]
    assert coverage.value == pytest.approx(basis_b.mass[5] / basis_b.mass.sum())
    assert coverage.field.sum() == 641
    assert coverage.on == "target"


def test_every_score_has_a_sentence_and_a_finite_field(setting):
    same = np.arange(642)
    found = scores(setting, same, same)
    assert [score.name for score in found] == ["bijectivity", "coverage", "dirichlet energy", "orientation flips"]
    for score in found:
        assert score.sentence.endswith(".")
        assert score.field.shape == (642,)
        assert np.isfinite(score.field).all()


def test_scores_do_not_depend_on_units(setting):
    a, b, *_ = setting
    generator = np.random.default_rng(0)
    maps = generator.integers(0, 642, 642), generator.integers(0, 642, 642)
    values = []
    for scale in (1.0, 100.0):
        pair = a.replace(vertices=scale * a.vertices), b.replace(vertices=scale * b.vertices)
        bases = [eigenbasis(shape, EigenbasisOptions(k=30), cache=False) for shape in pair]
        values.append([score.value for score in map_scores(*pair, *maps, *bases)])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-6)


def test_maps_that_do_not_fit_are_refused(setting):
    same = np.arange(642)
    with pytest.raises(SizeMismatch, match="map_ba"):
        scores(setting, same, same[:-1])
    with pytest.raises(SizeMismatch, match="map_ab"):
        scores(setting, same + 1, same)


def test_the_matrix_of_an_isometry_is_perfect_at_any_size_and_of_noise_is_not(setting):
    basis_a = setting[2]
    larger = replace(basis_a, evals=basis_a.evals / 9, evecs=basis_a.evecs / 3, mass=9 * basis_a.mass)
    perfect = matrix_scores(3 * np.eye(40), basis_a, larger)
    assert (perfect.diagonal, perfect.orthogonality) == pytest.approx((1, 0), abs=1e-12)
    assert perfect.commutativity == pytest.approx(0, abs=1e-12)
    noise = matrix_scores(np.random.default_rng(0).normal(size=(40, 40)), basis_a, larger)
    assert noise.diagonal < 0.1 and noise.orthogonality > 1 and noise.commutativity > 0.3

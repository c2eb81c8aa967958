"""The network on arrays is the network in torch; files; what the shipped features know and what they do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError
from geomlearn.matching.learned.first_maps import disagreement, named, placed, sample_maps
from geomlearn.matching.learned.inputs import N_INPUTS, N_SIGNATURES, coordinates, rotations, signatures
from geomlearn.matching.learned.model import BUNDLED, bundled_features, load_features, save_features
from geomlearn.matching.learned.network import FeatureNet, SurfaceTensors
from geomlearn.matching.learned.options import FeatureNetOptions
from geomlearn.matching.learned.training.templates import Template
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.sampled_surface import sampled_surface
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import blob, rotation

SMALL = FeatureNetOptions(width=16, depth=2, k=32, n_samples=200, n_anchors=40, n_template_modes=8)


def prepared(shape, k: int = 64) -> Prepared:
    return Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=k)), 400)


def template() -> Template:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((60, 3))
    normals = points / np.linalg.norm(points, axis=1, keepdims=True)
    return Template(points, normals, 1.0, rng.standard_normal((60, 8)).astype(np.float32), np.arange(40))


def test_arrays_and_tensors_agree(tmp_path) -> None:
    torch.manual_seed(0)
    network = FeatureNet(("one", "two"), SMALL).eval()
    templates = {"one": template(), "two": template()}
    path = save_features(tmp_path / "f.safetensors", network, templates, {"n": 1}, force=False)
    model = load_features(path)
    side = prepared(blob(3))
    surface = sampled_surface(side, 200, 32)
    marks = signatures(side.basis, side.samples[:200])
    values = np.concatenate([marks, coordinates(surface, rotations(1)[0])], axis=1)
    assert values.shape == (200, N_INPUTS)
    ours = model._forward(surface, values)
    network.load_state_dict({name: value.half().float() for name, value in network.state_dict().items()})
    with torch.no_grad():
        tensors = SurfaceTensors(
            *(torch.from_numpy(part) for part in (surface.evals, surface.evecs, surface.gradient, surface.project))
        )
        places, _, kind = network(tensors, torch.from_numpy(values))
    for mine, theirs in zip(ours, (*places, kind[None]), strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), atol=2e-4)
    assert model.facts == {"n": 1}
    assert model.kinds == ("one", "two")


def test_readings_are_probabilities_and_do_not_change_with_the_signs_of_modes(tmp_path) -> None:
    torch.manual_seed(0)
    save_features(tmp_path / "f.safetensors", FeatureNet(("one",), SMALL), {"one": template()}, {}, force=False)
    model, side = load_features(tmp_path / "f.safetensors"), prepared(blob(3))
    surface, marks = sampled_surface(side, 200, 32), signatures(side.basis, side.samples[:200])
    read = model.read(surface, marks)
    np.testing.assert_allclose(np.exp(read.places["one"]).sum(axis=1), 1, atol=1e-4)
    assert np.exp(list(read.kinds.values())).sum() == pytest.approx(1, abs=1e-4)
    signs = np.random.default_rng(0).choice([-1, 1], 32).astype(np.float32)
    flipped = type(surface)(
        surface.points, surface.normals, surface.evals, surface.evecs * signs, surface.gradient * signs,
        surface.project * signs[:, None],
    )  # fmt: skip
    np.testing.assert_allclose(model.read(flipped, marks).places["one"], read.places["one"], atol=1e-3)


def test_signatures_do_not_change_with_moving_and_scaling() -> None:
    shape = blob(3)
    moved = shape.replace(vertices=50 * shape.vertices @ rotation(2).T + 7)
    first, second = prepared(shape), prepared(moved)
    rows = np.arange(100)
    one, two = signatures(first.basis, rows), signatures(second.basis, rows)
    assert one.shape == (100, N_SIGNATURES)
    np.testing.assert_allclose(one, two, atol=2e-3)


def test_a_damaged_file_is_a_sentence(tmp_path) -> None:
    path = tmp_path / "f.safetensors"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(FormatError, match="holds no features"):
        load_features(path)
    torch.manual_seed(0)
    network = FeatureNet(("one",), SMALL)
    torch.nn.init.constant_(network.kind.bias, float("nan"))
    bad = save_features(tmp_path / "nan.safetensors", network, {"one": template()}, {}, force=False)
    with pytest.raises(FormatError, match="no numbers"):
        load_features(bad)


@pytest.fixture(scope="module")
def creatures() -> tuple[Prepared, Prepared]:
    names = "quadruped-cat-stand", "quadruped-horse-walk"
    return tuple(prepared(builtin(name, 1500, seed=i), 128) for i, name in enumerate(names))


def test_the_shipped_features_name_the_same_places_on_animals_they_never_saw(creatures) -> None:
    a, b = creatures
    model = bundled_features()
    assert BUNDLED.stat().st_size < 5e6
    pair = placed(named(a, model), named(b, model), model)
    assert pair is not None
    assert pair.kind == "quadruped"
    truth = ground_truth("quadruped-cat-stand", "quadruped-horse-walk", n_vertices_a=1500, n_vertices_b=1500, seed_b=1)[
        a.samples
    ]
    found = b.samples[sample_maps(pair)[0]]
    points = b.shape.vertices / np.sqrt(b.area)
    error = 100 * np.linalg.norm(points[found] - points[truth], axis=1)
    shuffled = 100 * np.linalg.norm(points[np.random.default_rng(0).permutation(found)] - points[truth], axis=1)
    assert np.median(error) < 0.3 * np.median(shuffled)
    # What the features see tells the right map from a wrong one.
    right = np.linalg.norm(points[truth][:, None] - points[b.samples], axis=2).argmin(axis=1)
    wrong = np.random.default_rng(1).permutation(right)
    assert disagreement(pair, right).mean() < 0.5 * disagreement(pair, wrong).mean()


def test_they_say_nothing_about_shapes_unlike_their_training(creatures) -> None:
    model = bundled_features()
    ball, ring = (named(prepared(builtin(name, 1200), 128), model) for name in ("sphere", "torus"))
    assert placed(ball, ring, model) is None
    assert placed(named(creatures[0], model), ball, model) is None

"""Learning features: places, targets, and a loss that falls."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.matching.learned.model import load_features, save_features
from geomlearn.matching.learned.options import FeatureNetOptions
from geomlearn.matching.learned.training.examples import read_examples, read_templates
from geomlearn.matching.learned.training.task import FeatureTask
from geomlearn.matching.learned.training.templates import Template
from geomlearn.shapes.normals import vertex_normals
from tests.matching.blobs import bent, blob

SMALL = FeatureNetOptions(width=16, depth=2, k=24, n_samples=150, n_anchors=32, n_template_modes=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Thirteen bent blobs with their places at rest, and two of no kind."""
    path = tmp_path_factory.mktemp("shapes")
    rest = blob(2, seed=0)
    np.savez(path / "template-blob.npz", vertices=rest.vertices, faces=rest.faces)
    for i in range(15):
        shape = bent(rest, 0.05 + 0.02 * i) if i < 13 else blob(2, seed=i)
        known = {"rest": rest.vertices, "rest_normals": vertex_normals(rest), "kind": "blob" if i < 13 else "other"}
        np.savez(path / f"s{i:02d}.npz", vertices=shape.vertices, faces=shape.faces, **known)
    return path


def test_targets_are_the_nearest_anchors_on_the_same_side() -> None:
    """By hand: two anchors on either side of a thin sheet, and one far away."""
    points = np.array([[0.0, 0, 0.001], [0, 0, -0.001], [1, 0, 0.001]])
    normals = np.array([[0.0, 0, 1], [0, 0, -1], [0, 0, 1]])
    template = Template(points, normals, 1.0, np.zeros((3, 2), np.float32), np.arange(3))
    np.testing.assert_allclose(template.targets(np.arange(3)), np.eye(3), atol=1e-6)
    assert template.places(np.array([[0.0, 0, 0]]), np.array([[0.0, 0, -1]])).tolist() == [1]


def test_a_folder_is_read_once_and_kept_ready(folder) -> None:
    templates = read_templates(folder, SMALL)
    examples = read_examples(folder, templates, SMALL)
    assert len(examples) == 15
    assert len(list((folder / "ready").glob("*.npz"))) == 15
    again = read_examples(folder, templates, SMALL)
    np.testing.assert_array_equal(again[3].places, examples[3].places)
    # Samples are vertices of the template itself here.
    assert (templates["blob"].points[examples[0].places] * templates["blob"].scale).shape == (150, 3)
    assert [one.kind for one in examples[-2:]] == ["other", "other"]


def test_ninety_steps_lower_the_loss_and_the_errors_on_shapes_kept_back(folder) -> None:
    """By signatures above all: turned at random, coordinates alone take longer to learn."""
    templates = read_templates(folder, SMALL)
    torch.manual_seed(0)
    task = FeatureTask(read_examples(folder, templates, SMALL), templates, SMALL)
    assert (task.n_train, task.n_valid) == (13, 2)
    before = task.valid_errors(task.model, torch.arange(2))
    optimizer, losses = torch.optim.Adam(task.model.parameters(), lr=1e-2), []
    for i in range(90):
        optimizer.zero_grad()
        # The last two of the thirteen are of no kind: they have no places.
        loss = task.train_loss(task.model, torch.tensor([i % 11]), torch.Generator().manual_seed(i))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-11:]) < 0.7 * np.mean(losses[:11])
    after = task.valid_errors(task.model, torch.arange(2))
    assert after["error"].mean() < 0.9 * before["error"].mean()
    assert after["error_signatures"].mean() < 0.5 * before["error_signatures"].mean()


def test_too_little_is_a_sentence(folder, tmp_path) -> None:
    templates = read_templates(folder, SMALL)
    with pytest.raises(ParameterError, match="too few"):
        FeatureTask(read_examples(folder, templates, SMALL)[:5], templates, SMALL)
    with pytest.raises(FormatError, match="no template"):
        read_templates(tmp_path, SMALL)
    with pytest.raises(FormatError, match="no shapes"):
        read_examples(tmp_path, {}, SMALL)


def test_training_goes_on_from_features_of_the_same_places(folder, tmp_path) -> None:
    templates = read_templates(folder, SMALL)
    task = FeatureTask(read_examples(folder, templates, SMALL), templates, SMALL)
    kept = load_features(save_features(tmp_path / "f.safetensors", task.model, templates, {}, force=False))
    before = task.valid_errors(task.model, torch.arange(2))["error"]
    with torch.no_grad():
        for weight in task.model.parameters():
            weight.zero_()
    task.begin_from(kept)
    torch.testing.assert_close(task.valid_errors(task.model, torch.arange(2))["error"], before, rtol=0.05, atol=0.5)
    wider = FeatureTask(read_examples(folder, templates, SMALL), templates, SMALL.replace(width=24))
    with pytest.raises(ParameterError, match="another size"):
        wider.begin_from(kept)

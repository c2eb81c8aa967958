"""train features: a run ends in a file that loads, and another goes on from it."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.matching.learned.model import load_features
from geomlearn.shapes.normals import vertex_normals
from tests.matching.blobs import bent, blob

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = {"width": 8, "depth": 1, "k": 16, "n-samples": 128, "n-anchors": 32, "n-template-modes": 8}
SMALL = tuple(word for name, size in SIZES.items() for word in (f"--{name}", str(size)))


@pytest.fixture
def shapes(tmp_path):
    folder, rest = tmp_path / "shapes", blob(2, seed=0)
    folder.mkdir()
    np.savez(folder / "template-blob.npz", vertices=rest.vertices, faces=rest.faces)
    for i in range(13):
        shape = bent(rest, 0.05 + 0.02 * i)
        known = {"rest": rest.vertices, "rest_normals": vertex_normals(rest), "kind": "blob"}
        np.savez(folder / f"s{i:02d}.npz", vertices=shape.vertices, faces=shape.faces, **known)
    return folder


def test_a_run_ends_in_features_another_begins_from(geomlearn, shapes, tmp_path):
    first = geomlearn("train", "features", "--shapes", "shapes", "-o", "f.safetensors", "--epochs", "1", *SMALL)
    assert first.code == 0, first.err
    assert load_features(tmp_path / "f.safetensors").facts["start"] == ""
    on = ("--start", "f.safetensors", "--epochs", "1", *SMALL)
    second = geomlearn("train", "features", "--shapes", "shapes", "-o", "g.safetensors", *on)
    assert second.code == 0, second.err
    assert load_features(tmp_path / "g.safetensors").facts["start"] == "f.safetensors"

"""align: stored features stay searchable under a new model, told on items that were not learned from."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.arrays import read_arrays
from geomlearn.regularizers.alignment_files import read_alignment
from geomlearn.regularizers.retrieval import retrieval_scores

pytestmark = pytest.mark.usefixtures("one_thread")

QUICK = ("--steps", "200", "--learning-rate", "1e-2")


@pytest.fixture
def versions(tmp_path):
    """Two encoders of 120 items: the new one sees them turned, stretched, shifted and with more coordinates."""
    rng = np.random.default_rng(0)
    items = rng.normal(size=(120, 8))
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    new = (items @ turn) * np.linspace(0.7, 1.4, 8) + 0.5
    np.save(tmp_path / "old.npy", items)
    np.savez(tmp_path / "new.npz", features=np.hstack([new, rng.normal(size=(120, 3))]), other=np.ones((4, 4)))
    np.save(tmp_path / "labels.npy", rng.integers(0, 4, 120))
    return items, turn


def test_new_features_find_their_items_among_the_old_again(geomlearn, versions, tmp_path):
    run = geomlearn("align", "old.npy", "new.npz", *QUICK, "-o", "maps.npz", "--json")
    assert run.code == 0, run.err
    rows = {(row["queries"], row["gallery"]): row["top1"] for row in run.json["search"]}
    assert rows["new, as they are", "old"] < 0.3
    assert rows["new, aligned: B(new)", "old"] > 0.9
    assert rows["new, aligned: B(new)", "old, aligned: F(old)"] > 0.9
    assert 0 < run.json["distance"] < 0.53 * 8**0.5 + 0.3
    # What was written carries features that come later.
    carried = geomlearn("align", "maps.npz", "new.npz", "-o", "moved.npz")
    assert carried.code == 0, carried.err
    moved = read_arrays(tmp_path / "moved.npz")[0]["features"]
    identity = np.arange(len(moved))
    assert retrieval_scores(moved, versions[0], identity, identity)[0] > 0.9
    back = geomlearn("align", "maps.npz", "old.npy", "--direction", "old-to-new", "-o", "back.npz")
    assert back.code == 0, back.err
    maps = read_alignment(tmp_path / "maps.npz")
    np.testing.assert_allclose(read_arrays(tmp_path / "back.npz")[0]["features"], maps.old_to_new(versions[0]))


def test_classes_change_what_counts_as_found(geomlearn, versions):
    run = geomlearn("align", "old.npy", "new.npz", "--labels", "labels.npy", *QUICK, "-o", "maps.npz", "--json")
    assert [(row["queries"], row["gallery"]) for row in run.json["search"]][0::5] == [("old", "old"), ("new", "new")]


def test_what_needs_no_map_is_told(geomlearn, versions):
    run = geomlearn("align", "old.npy", "old.npy", *QUICK, "-o", "maps.npz")
    assert run.code == 0
    assert "gain nothing here" in run.err


def test_bases_are_aligned_vertex_by_vertex(geomlearn, ball):
    for k, name in ((12, "old"), (16, "new")):
        assert geomlearn("basis", ball, "-k", k, "-o", f"{name}.npz").code == 0
    run = geomlearn("align", "old.npz", "new.npz", *QUICK, "-o", "maps.h5", "--json")
    assert run.code == 0, run.err
    assert read_alignment("maps.h5").backward_matrix.shape == (12, 12)


def test_two_models_are_compared_on_samples(geomlearn):
    assert geomlearn("data", "darcy", "-n", "24", "--resolution", "9", "--jobs", "1", "-o", "d").code == 0
    small = ("--width", "4", "--scales", "1", "--epochs", "1", "--batch-size", "4", "--device", "cpu")
    for seed in (0, 1):
        words = ("--data", "d", "--seed", seed, "--head-width", 8 + 4 * seed, *small)
        assert geomlearn("train", "unet", *words, "-o", f"m{seed}.safetensors").code == 0
    missing = geomlearn("align", "m0.safetensors", "m1.safetensors", "-o", "maps.npz")
    assert missing.code == 2
    assert "--data" in missing.err
    run = geomlearn("align", "m0.safetensors", "m1.safetensors", "--data", "d", *QUICK, "-o", "maps.npz", "--json")
    assert run.code == 0, run.err
    maps = read_alignment("maps.npz")
    assert maps.backward_matrix.shape == (8, 8)
    assert maps.forward_matrix.shape == (8, 8)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("old.npy", "new.npz:none"), "no array 'none'"),
        (("old.npy", "new.npz:other"), "not of the same items"),
        (("old.npy", "absent.npz"), "no file"),
        (("old.npy", "new.npz", "--labels", "old.npy"), "no list of classes"),
        (("old.npy", "new.npz", "--held", "0.0"), "too few"),
    ],
)
def test_failures_are_sentences(geomlearn, versions, words, said):
    run = geomlearn("align", *words, *QUICK, "-o", "maps.npz")
    assert run.code == 1
    assert said in run.err

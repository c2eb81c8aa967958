"""transfer, as a person types it."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.shapes.builtin import builtin, icosphere
from geomlearn.shapes.io import write_shape


@pytest.fixture
def balls(tmp_path):
    """A coarse and a fine sphere, and the map from the fine to the coarse one."""
    coarse, fine = icosphere(2), icosphere(4)
    write_shape(tmp_path / "fine.off", fine)
    write_shape(tmp_path / "coarse.off", coarse)
    nearest = ((fine.vertices[:, None] - coarse.vertices) ** 2).sum(axis=2).argmin(axis=1)
    np.savetxt(tmp_path / "map.txt", nearest, fmt="%d")
    return coarse, fine, nearest


WAY = ("map.txt", "--source", "fine.off", "--target", "coarse.off")


def test_labels_of_the_target_are_pulled(geomlearn, balls, tmp_path):
    labels = np.arange(42) % 3
    np.savetxt(tmp_path / "labels.txt", labels, fmt="%d")
    run = geomlearn("transfer", *WAY, "--values", "labels.txt", "-o", "out.txt")
    assert run.code == 0, run.err
    assert "labels of coarse on fine" in run.out
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "out.txt", dtype=int), labels[balls[2]])
    assert len(np.loadtxt(tmp_path / "out.confidence.txt")) == 162


def test_a_field_of_the_source_is_pushed_by_what_lands_or_by_the_opposite_map(geomlearn, balls, tmp_path):
    coarse, fine, _ = balls
    np.save(tmp_path / "height.npy", fine.vertices[:, 2])
    run = geomlearn("transfer", *WAY, "--values", "height.npy", "-o", "out.npz", "--json").json
    assert (run["on"], run["kind"], run["n_filled"]) == ("source", "field", 0)
    back = ((coarse.vertices[:, None] - fine.vertices) ** 2).sum(axis=2).argmin(axis=1)
    np.savetxt(tmp_path / "back.txt", back, fmt="%d")
    assert geomlearn("transfer", *WAY, "--values", "height.npy", "--back", "back.txt", "-o", "exact.npy").code == 0
    np.testing.assert_allclose(np.load(tmp_path / "exact.npy"), coarse.vertices[:, 2], atol=1e-6)


def test_a_frame_of_a_field_and_a_mode_of_a_basis_are_named_as_for_pictures(geomlearn, balls, tmp_path):
    coarse, _, nearest = balls
    assert geomlearn("solve", "heat", "coarse.off", "--vertex", "3", "-o", "heat.npz").code == 0
    assert geomlearn("basis", "coarse.off", "-k", "6", "-o", "basis.npz").code == 0
    frames = np.load(tmp_path / "heat.npz")["values"].reshape(-1, coarse.n_vertices)
    for spec, expected in (
        ("heat.npz:10", frames[10]),
        ("heat.npz:u:-1", frames[-1]),
        ("basis.npz:evecs:5", np.load(tmp_path / "basis.npz")["evecs"][:, 5]),
    ):
        run = geomlearn("transfer", *WAY, "--values", spec, "-o", "out.npy", "--force")
        assert run.code == 0, run.err
        np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), expected[nearest])
    assert "counted 0 to" in geomlearn("transfer", *WAY, "--values", "heat.npz:9999", "-o", "out.npy", "--force").err


def test_with_equal_counts_or_landmarks_one_must_say_where_they_are(geomlearn, balls, tmp_path):
    np.savetxt(tmp_path / "self.txt", np.arange(162), fmt="%d")
    np.savetxt(tmp_path / "v.txt", np.arange(162) % 2, fmt="%d")
    (tmp_path / "marks.txt").write_text("3\n7\n")
    same = ("self.txt", "--source", "fine.off", "--target", "fine.off")
    run = geomlearn("transfer", *same, "--values", "v.txt", "-o", "o.txt")
    assert run.code == 2
    assert "Both shapes have 162 vertices" in run.err
    assert geomlearn("transfer", *same, "--values", "v.txt", "--on", "target", "-o", "o.txt").code == 0
    assert geomlearn("transfer", *WAY, "--values", "marks.txt", "-o", "m.txt").code == 2
    assert geomlearn("transfer", *WAY, "--values", "marks.txt", "--on", "source", "-o", "m.txt").code == 0
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "m.txt", dtype=int), balls[2][[3, 7]])


def test_values_of_neither_shape_are_a_sentence(geomlearn, balls, tmp_path):
    np.savetxt(tmp_path / "v.txt", np.linspace(0, 1, 50))
    run = geomlearn("transfer", *WAY, "--values", "v.txt", "-o", "o.txt")
    assert run.code == 1
    assert "fit neither the source (162 vertices) nor the target (42)" in run.err


def test_a_segmentation_of_a_template_goes_to_a_whole_folder(geomlearn, tmp_path):
    template = builtin("quadruped-dog-stand", 500)
    write_shape(tmp_path / "scans/dog.off", template)
    write_shape(tmp_path / "scans/walking.off", builtin("quadruped-dog-walk", 500))
    labels = (template.vertices[:, 1] > np.median(template.vertices[:, 1])).astype(int)
    np.savetxt(tmp_path / "labels.txt", labels, fmt="%d")
    words = ("--target", "dog", "--values", "labels.txt", "--jobs", 1)
    run = geomlearn("transfer", "scans", *words, "-o", "out", "--json")
    assert run.code == 0, run.err
    (row,) = run.json["rows"]
    assert row["name"] == "walking"
    assert len(np.loadtxt(tmp_path / "out/walking.txt")) == 500
    # What was matched is not matched again.
    again = geomlearn("transfer", "out/maps", *words, "-o", "again", "--json")
    assert again.code == 0, again.err
    assert (tmp_path / "again/walking.txt").read_text() == (tmp_path / "out/walking.txt").read_text()


def test_a_texture_comes_onto_the_source(geomlearn, balls, tmp_path):
    from PIL import Image

    from geomlearn.collections.transfer.textures import Textured, write_textured

    coarse, _, _ = balls
    uv = (coarse.vertices[coarse.faces][..., :2] + 1) / 2
    write_textured(tmp_path / "coarse.obj", coarse, Textured(coarse.faces, uv, np.full((8, 8, 3), 200, np.uint8)))
    way = ("map.txt", "--source", "fine.off", "--target", "coarse.obj")
    run = geomlearn("transfer", *way, "--values", "coarse.png", "-o", "painted.obj", "--json")
    assert run.code == 0, run.err
    assert len(run.json["files"]) == 3
    assert np.asarray(Image.open(tmp_path / "painted.png")).min() == 200
    plain = geomlearn("transfer", *WAY, "--values", "coarse.png", "-o", "other.obj")
    assert plain.code == 1

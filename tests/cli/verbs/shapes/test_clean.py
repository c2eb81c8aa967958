"""`geomlearn clean`: what it did is said and kept in the file, and fields go along."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import read_held, read_metadata, write_shape
from geomlearn.shapes.shape import Shape


@pytest.fixture
def dirty(tmp_path):
    body = icosphere(8).vertices
    cloud = Shape(np.vstack([body, [[4.0, 0, 0], [0, -5.0, 0]]]), name="dirty")
    return write_shape(tmp_path / "dirty.ply", cloud, point_data={"heat": cloud.vertices[:, 2]})


@pytest.mark.parametrize("suffix", [".ply", ".vtp", ".npz"])
def test_fields_and_sources_go_along(geomlearn, dirty, suffix):
    run = geomlearn("clean", dirty, "--outliers", "--up=-y", "-o", f"clean{suffix}", "--json")
    assert run.code == 0, run.err
    assert run.json["numbers"] == {"outliers": 2}
    held = read_held(dirty.with_name(f"clean{suffix}"))
    assert held.shape.n_vertices == 642 == run.json["vertices"]
    np.testing.assert_array_equal(held.point_data["source_index"], np.arange(642))
    np.testing.assert_allclose(held.point_data["heat"], icosphere(8).vertices[:, 2])


def test_the_file_says_what_was_done_to_it(geomlearn, dirty, tmp_path):
    for suffix in (".ply", ".vtp"):
        assert geomlearn("clean", dirty, "--outliers", "-o", f"clean{suffix}").code == 0
    assert b'comment clean {"outliers": true}' in (tmp_path / "clean.ply").read_bytes()
    assert read_metadata(tmp_path / "clean.vtp")["source"] == "dirty.ply"


def test_what_was_done_is_said_in_numbers(geomlearn, dirty):
    run = geomlearn("clean", dirty, "--outliers", "--scale", "mm:m", "-o", "out.obj")
    assert "Removed 2 outliers" in run.out
    assert "0.001" in run.out
    assert "heat" in run.err  # an obj file has no room for it


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 1, "No step"),
        (("--fill",), 1, "point cloud"),
        (("--fill-edges", "9"), 2, "fill"),
        (("--scale", "elbow"), 2, "elbow"),
        (("--smooth", "7"), 2, "smooth"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(geomlearn, dirty, words, code, said):
    run = geomlearn("clean", dirty, *words, "-o", "out.ply")
    assert run.code == code
    assert said in run.err
    assert not dirty.with_name("out.ply").exists()

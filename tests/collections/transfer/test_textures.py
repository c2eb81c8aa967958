"""Pictures baked through true maps, and the files they are written to."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from geomlearn.collections.transfer.carry import Road
from geomlearn.collections.transfer.textures import Textured, bake, read_texture, write_textured
from geomlearn.core.errors import FormatError, MeshError
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import read_shape


@pytest.fixture(scope="module")
def painted():
    """A ball with a smooth picture, each face mapped to it by where its corners are."""
    ball = icosphere(5)
    uv = (ball.vertices[ball.faces][..., :2] + 1) / 2
    y, x = np.mgrid[0:64, 0:64] / 63
    picture = np.round(255 * np.stack([x, 1 - y, np.full_like(x, 0.5)], axis=2)).astype(np.uint8)
    return ball, Textured(ball.faces, uv, picture)


def colours_at_centroids(texture):
    """What the picture shows in the middle of each face."""
    high, wide = texture.picture.shape[:2]
    at = texture.uv.mean(axis=1) * (wide, high)
    return texture.picture[high - 1 - np.floor(at[:, 1]).astype(int), np.floor(at[:, 0]).astype(int)].astype(float)


def test_on_another_triangulation_each_face_has_the_colour_of_its_place(painted):
    ball, texture = painted
    finer = icosphere(8)
    back = ((finer.vertices[:, None] - ball.vertices) ** 2).sum(axis=2).argmin(axis=1)
    same = bake(texture, Road(ball, ball, back=np.arange(ball.n_vertices)), size=256)
    expected = 255 * (ball.vertices[ball.faces].mean(axis=1)[:, :2] + 1) / 2
    # A step of the picture is 4 of 255.
    assert np.abs(colours_at_centroids(same)[:, :2] - expected).max() < 8
    other = bake(texture, Road(ball, finer, back=back), size=512)
    expected = 255 * (finer.vertices[finer.faces].mean(axis=1)[:, :2] + 1) / 2
    # The nearest vertex is up to half an edge away, 0.12 of the radius.
    assert np.abs(colours_at_centroids(other)[:, :2] - expected).mean() < 12


def test_obj_with_mtl_and_png_comes_back(painted, tmp_path):
    ball, texture = painted
    files = write_textured(tmp_path / "ball.obj", ball, texture)
    assert [file.name for file in files] == ["ball.png", "ball.mtl", "ball.obj"]
    again = read_texture(tmp_path / "ball.obj", tmp_path / "ball.png")
    np.testing.assert_array_equal(again.faces, texture.faces)
    np.testing.assert_allclose(again.uv, texture.uv, atol=1e-6)
    np.testing.assert_array_equal(again.picture, texture.picture)
    assert read_shape(tmp_path / "ball.obj").n_vertices == ball.n_vertices


def test_glb_is_one_file_that_other_programs_read(painted, tmp_path):
    import trimesh

    ball, texture = painted
    write_textured(tmp_path / "ball.glb", ball, texture)
    (mesh,) = trimesh.load(tmp_path / "ball.glb").geometry.values()
    assert len(mesh.faces) == ball.n_faces
    np.testing.assert_array_equal(np.asarray(mesh.visual.material.baseColorTexture.convert("RGB")), texture.picture)
    assert read_shape(tmp_path / "ball.glb").n_vertices == ball.n_vertices


def test_what_has_no_texture_is_a_sentence(painted, tmp_path):
    ball, texture = painted
    (tmp_path / "plain.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    Image.new("RGB", (4, 4)).save(tmp_path / "p.png")
    with pytest.raises(FormatError, match="faces without texture coordinates"):
        read_texture(tmp_path / "plain.obj", tmp_path / "p.png")
    write_textured(tmp_path / "ball.obj", ball, texture)
    (tmp_path / "no.png").write_text("no picture")
    with pytest.raises(FormatError, match="is no picture"):
        read_texture(tmp_path / "ball.obj", tmp_path / "no.png")
    with pytest.raises(MeshError, match="do not fit into 16 pixels"):
        bake(texture, Road(ball, ball, back=np.arange(ball.n_vertices)), size=16)
    with pytest.raises(FormatError, match="cannot be written"):
        write_textured(tmp_path / "ball.stl", ball, texture)

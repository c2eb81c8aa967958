"""Shapes in and out of the short API."""

from __future__ import annotations

import numpy as np
import pytest

import geomlearn as gl

TETRAHEDRON = (
    np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]]),
    np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]]),
)


def test_arrays_make_a_mesh_and_points_a_cloud():
    mesh = gl.Mesh(*TETRAHEDRON, name="tetra")
    assert (mesh.n_vertices, mesh.n_faces, mesh.name) == (4, 4, "tetra")
    assert gl.Cloud(TETRAHEDRON[0]).is_cloud
    cloud = gl.Cloud(mesh)
    assert cloud.is_cloud
    assert cloud.name == "tetra"


def test_a_mesh_needs_faces():
    with pytest.raises(gl.GeomError, match="no faces"):
        gl.Mesh(TETRAHEDRON[0])


def test_what_is_written_is_read_again_and_not_overwritten(tmp_path):
    mesh = gl.Mesh(*TETRAHEDRON)
    path = gl.write(mesh, tmp_path / "tetra.off")
    assert np.allclose(gl.read(path).vertices, mesh.vertices)
    with pytest.raises(gl.GeomError, match="exists already"):
        gl.write(mesh, path)


def test_check_says_what_is_wrong():
    assert gl.check(gl.Mesh(*TETRAHEDRON)).usable
    broken = gl.Mesh(TETRAHEDRON[0], np.vstack([TETRAHEDRON[1], [[0, 0, 1]]]))
    assert gl.check(broken).findings


def test_a_shape_prints_what_it_is_and_draws_itself_escaped():
    mesh = gl.Mesh(*TETRAHEDRON, name="<script>")
    assert repr(mesh) == "Mesh <script>: 4 vertices, 4 faces, area 2.366"
    html = mesh._repr_html_()
    assert "data:image/png;base64," in html
    assert "<script" not in html


def test_where_nothing_can_be_drawn_the_text_remains(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    html = gl.Mesh(*TETRAHEDRON, name="tetra")._repr_html_()
    assert "<img" not in html
    assert "Mesh tetra: 4 vertices" in html

"""Pictures by the short API."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import geomlearn as gl
from geomlearn.api.pictures import _named


@pytest.fixture(scope="module")
def sphere():
    return gl.read("builtin:icosphere")


def test_the_field_may_be_left_out_and_colours_may_take_its_place(sphere, tmp_path):
    plain = gl.render(sphere, tmp_path / "plain.png", size=(80, 60))
    colored = gl.render(sphere, np.clip(sphere.vertices, 0, 1), tmp_path / "colors.png", size=(80, 60))
    assert Image.open(plain).size == Image.open(colored).size == (80, 60)
    assert np.asarray(Image.open(plain)).std() != np.asarray(Image.open(colored)).std()


def test_fields_by_name_stand_side_by_side(sphere):
    u = gl.solve("gray-scott", sphere, duration=10)
    named = _named(sphere, u, {"height": sphere.vertices[:, 1]})
    assert list(named) == ["u", "v", "height"]


def test_what_does_not_fit_is_refused_before_anything_is_drawn(sphere, tmp_path):
    with pytest.raises(gl.GeomError, match=r"height has shape \(3,\)"):
        gl.render(sphere, path=tmp_path / "p.png", fields={"height": np.ones(3)})
    with pytest.raises(gl.GeomError, match="no file to draw into"):
        gl.render(sphere, sphere.vertices[:, 0])


def test_without_a_display_the_window_is_refused(sphere, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(gl.GeomError, match="no display"):
        gl.show(sphere)

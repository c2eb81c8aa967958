"""Pictures by the short API."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import geomlearn as gl
from geomlearn.app.figures.given import panels_of


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
    panels = panels_of(sphere, {"value": u, "height": sphere.vertices[:, 1]})
    assert [panel.values.name.partition(" at ")[0] for panel in panels] == ["u", "v", "height"]
    assert len(panels[0].frames) == len(u.times) and panels[0].values is panels[0].frames[-1] and not panels[2].frames


def test_several_shapes_stand_side_by_side_and_arrows_are_over_every_panel(sphere):
    flow = np.cross([0.0, 1, 0], sphere.vertices)
    panels = panels_of({"a": sphere, "b": sphere}, {"u": sphere.vertices[:, 0], "flow": flow})
    assert [panel.caption for panel in panels] == ["a", "b"] and len(panels[0].over) == 1 and not panels[1].over
    moving = panels_of(sphere, {"u": np.outer([1, 2], sphere.vertices[:, 0])})[0]
    assert len(moving.frames) == 2 and moving.frames[0].limits == moving.frames[1].limits
    (graph,) = panels_of(gl.Curves(np.eye(3)), {})
    assert graph.shape.is_cloud and len(graph.over) == 1


def test_a_page_in_a_cell_opens_no_window(sphere, tmp_path):
    page = gl.show(sphere, fields={"height": sphere.vertices[:, 1]}, inline=True)
    assert "iframe" in page._repr_html_() and page.save(tmp_path / "p.html").exists()
    with pytest.raises(gl.GeomError, match=r"height has shape \(3,\)"):
        gl.show(sphere, fields={"height": np.ones(3)}, inline=True)
    with pytest.raises(gl.GeomError, match="no window that could be hidden"):
        gl.show(sphere, hidden=True, inline=True)


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

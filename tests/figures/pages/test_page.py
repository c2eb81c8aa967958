"""A page: all is in it, a browser draws it in the right colours, it turns and plays, and nothing breaks out of it."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest

from geomlearn.app.figures.child import write_figure
from geomlearn.app.figures.figure import Figure, Panel, Values
from geomlearn.app.figures.moments import frames
from geomlearn.app.figures.over import overlay
from geomlearn.app.figures.pages.inline import InlinePage
from geomlearn.app.figures.pages.page import page_of
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.core.errors import GeomError
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.shape import Shape
from tests.figures.pages.chromium import browse, pixels


@pytest.fixture(scope="module")
def ball():
    return builtin("icosphere", 600, 0)


def content(page: str) -> dict:
    return json.loads(re.search(r'id="content">(.*?)</script>', page, re.S)[1])


def numbers(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_everything_is_in_the_page_and_nothing_is_fetched(ball):
    values = np.where(np.arange(ball.n_vertices) == 3, np.nan, ball.vertices[:, 0])
    name = "a </script><script>alert(1)</script>"
    page = page_of(Figure((Panel(ball, Values(values, name), caption=name),)))
    assert not re.search(r"https?://", page) and "default-src 'none'" in page
    assert page.count("<script") == page.count("</script>") == 2
    (layer,) = content(page)["panels"][0]["layers"]
    assert np.allclose(numbers(layer["values"]["data"])[:3], values[:3]) and numbers(layer["values"]["data"])[3] > 1e29
    assert layer["values"]["labels"] == [name] and layer["values"]["low"] == -layer["values"]["high"]
    assert np.isclose(np.ptp(numbers(layer["vertices"]).reshape(-1, 3), axis=0).max(), 1 / np.sqrt(3), atol=0.01)


def test_a_browser_draws_the_colours_and_the_scale(ball, tmp_path):
    page = page_of(Figure((Panel(ball, Values(ball.vertices[:, 0], "across")),), eye=(0.0, 0.0, 1.0)))
    drawn = pixels(page, tmp_path)
    ink = (drawn < 0.97).any(axis=2)[50:320]
    assert ink[:, 150:450].mean() > 0.4 and not ink[:, :100].any(), "the body fills the frame, and no more"
    left, right = drawn[185, 210], drawn[185, 390]
    assert left[2] > left[0] + 0.15 and right[0] > right[2] + 0.15, "blue where x is negative, orange where positive"
    strip = drawn[320:]
    for color in colormap("balance")[[10, 128, 245]]:
        assert np.abs(strip - color).sum(axis=2).min() < 0.05
    text = browse((tmp_path / "page.html").as_uri(), tmp_path, "--virtual-time-budget=3000", "--dump-dom").decode()
    assert ">across<" in text


def test_it_turns_and_plays(ball, tmp_path):
    x = ball.vertices[:, 0]
    shown = frames(np.stack([x, -x]), ["at 0", "at 1"])
    page = page_of(Figure((Panel(ball, shown[0], frames=shown),), eye=(0.0, 0.0, 1.0)))
    for script in ("turn(Math.PI, 0)", "show(1)"):
        drawn = pixels(page.replace("</body>", f"<script>{script}</script></body>"), tmp_path)
        left, right = drawn[185, 210], drawn[185, 390]
        assert left[0] > left[2] + 0.15 and right[2] > right[0] + 0.15, script


def test_points_arrows_and_colours_are_drawn(ball, tmp_path):
    red = np.tile([1.0, 0, 0], (ball.n_vertices, 1))
    arrows = overlay("v", Vectors(0.3 * ball.vertices), ball, colored=False)
    figure = Figure((Panel(ball, colors=red), Panel(Shape(ball.vertices)), Panel(ball, over=(arrows,))))
    left, middle, right = np.split(pixels(page_of(figure), tmp_path), 3, axis=1)
    assert (left[..., 0] - left[..., 1]).max() > 0.5
    assert 0.1 < (middle[50:] < 0.9).any(axis=2).mean() < 0.9
    assert (right[..., 1] - right[..., 2]).max() > 0.3, "the longest arrows, at the yellow end"


def test_it_is_written_whole_and_shown_by_notebooks(ball, tmp_path):
    figure = Figure((Panel(ball),))
    assert write_figure(tmp_path / "b.html", figure).read_text(encoding="utf-8").startswith("<!doctype html>")
    page = InlinePage(figure)
    html = page._repr_html_()
    assert 'sandbox="allow-scripts"' in html and "<script" not in html and "&lt;script" in html
    assert page._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(GeomError, match="exists already"):
        page.save(tmp_path / "b.html")


def test_the_frame_of_a_notebook_draws(ball, tmp_path):
    page = InlinePage(Figure((Panel(ball, Values(ball.vertices[:, 1], "up")),)))
    drawn = pixels(f"<!doctype html><body>{page._repr_html_()}</body>", tmp_path)
    assert (np.ptp(drawn[60:300], axis=2) > 0.2).mean() > 0.05

"""Pictures as files: drawn without a screen, nothing cropped, colours where they belong, failures in a sentence."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from geomlearn.app.figures.child import draw_figures
from geomlearn.app.figures.colors import position_colors
from geomlearn.app.figures.figure import Figure, Panel, Values
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.core.errors import Cancelled, DeviceError, GeomError
from geomlearn.core.progress import Progress
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.shape import Shape

SIZE = (480, 360)


def tall_box() -> Shape:
    """A box 2 high and 1 wide and deep, finely meshed on its sides, so that colours can vary on it."""
    from scipy.spatial import ConvexHull

    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-1, -0.5, 0, 0.5, 1) for z in (-0.5, 0.5)])
    # The hull's own triangles join the rings; the points inside its edges are part of it by a slight bulge.
    corners[:, [0, 2]] *= 1 + 0.05 * (1 - corners[:, 1:2] ** 2)
    return Shape(corners, ConvexHull(corners).simplices, name="box")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """All pictures of these tests from one child process, as (height, width, 3) arrays in [0, 1] by name."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures")
    box = tall_box()
    height = Values(box.vertices[:, 1], "height, λ → μ", "length")
    colors = position_colors(box.vertices)
    cloud = Shape(np.repeat(box.vertices, 40, axis=0) + np.random.default_rng(0).normal(scale=0.05, size=(800, 3)))
    figures = {
        "plain": Figure((Panel(box),), SIZE),
        # Colours of the file must not hide the values asked for.
        "field": Figure((Panel(box, values=height, colors=colors),), SIZE),
        "upside": Figure((Panel(box.replace(vertices=box.vertices * [1, -1, 1]), values=height),), SIZE),
        "pair": Figure((Panel(box, colors=colors, caption="A"), Panel(box, colors=colors, caption="B")), SIZE),
        "cloud": Figure((Panel(cloud),), SIZE),
        # More than a pipe holds at once.
        "large": Figure((Panel(icosphere(40)),), SIZE),
    }
    draw_figures({folder / f"{name}.png": figure for name, figure in figures.items()})
    draw_figures({folder / "field.svg": figures["field"]})
    drawn = {name: np.asarray(Image.open(folder / f"{name}.png").convert("RGB")) / 255 for name in figures}
    return drawn, folder


def inked(picture: np.ndarray) -> np.ndarray:
    """(height, width) true where something is drawn."""
    return (picture < 0.97).any(axis=2)


@pytest.mark.parametrize("name", ["plain", "field", "upside", "pair", "cloud", "large"])
def test_pictures_have_the_size_asked_for_and_nothing_is_cropped(pictures, name):
    picture = pictures[0][name]
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    ink = inked(picture)
    assert not (ink[:4].any() or ink[-4:].any() or ink[:, :4].any() or ink[:, -4:].any())
    rows = np.flatnonzero(ink.any(axis=1))
    assert np.ptp(rows) > 0.8 * SIZE[1]


def test_a_field_shows_its_colours_on_the_shape_and_its_scale_below(pictures):
    picture = pictures[0]["field"]
    scale = picture[int(0.92 * SIZE[1]) : int(0.97 * SIZE[1])]
    for color in colormap("balance")[[0, -1]]:
        assert np.abs(scale - color).sum(axis=2).min() < 0.1
    shape = picture[: int(0.75 * SIZE[1])]
    ink = inked(shape)
    redness = np.where(ink, shape[..., 0] - shape[..., 2], 0)
    middle = SIZE[1] * 3 // 8
    assert redness[:middle].sum() > 0 > redness[middle:].sum()


def test_turning_the_shape_over_turns_the_colours_over(pictures):
    shape = pictures[0]["upside"][: int(0.75 * SIZE[1])]
    redness = np.where(inked(shape), shape[..., 0] - shape[..., 2], 0)
    middle = SIZE[1] * 3 // 8
    assert redness[:middle].sum() < 0 < redness[middle:].sum()


def test_the_panels_of_a_pair_look_alike_when_the_shapes_do(pictures):
    left, right = np.hsplit(pictures[0]["pair"][: int(0.85 * SIZE[1])], 2)
    np.testing.assert_allclose(left, right, atol=0.05)


def test_vector_pictures_keep_their_text_as_text(pictures):
    text = (pictures[1] / "field.svg").read_text()
    assert "height, λ → μ [length]" in text


def test_cancelling_ends_the_child_and_leaves_no_file(tmp_path):
    asked = []
    progress = Progress(is_cancelled=lambda: asked.append(True) or True)
    with pytest.raises(Cancelled):
        draw_figures({tmp_path / "p.png": Figure((Panel(tall_box()),), SIZE)}, progress=progress)
    assert asked
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unless_forced(tmp_path):
    path = tmp_path / "p.png"
    path.write_text("precious")
    with pytest.raises(GeomError, match="exists already"):
        draw_figures({path: Figure((Panel(tall_box()),), SIZE)})
    assert path.read_text() == "precious"


def test_a_renderer_that_dies_ends_in_a_sentence_and_leaves_no_file(tmp_path, monkeypatch):
    path = tmp_path / "p.png"
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'no EGL here' >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(DeviceError, match="no EGL here") as failure:
        draw_figures({path: Figure((Panel(tall_box()),), SIZE)})
    assert "libegl1" in failure.value.hint
    assert list(tmp_path.iterdir()) == [fake]

"""Methods on shapes in one picture, and the curves of their errors."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.cli.verbs.shapes.correspondences import methods_of

TARGET = "builtin:icosphere@642"


@pytest.fixture
def maps(tmp_path, ball):
    """Two methods on two shapes: one is right, one sends every vertex to the first."""
    for number, folder in enumerate(("right", "wrong")):
        (tmp_path / folder).mkdir()
        for name in ("ball", "icosphere"):
            np.savetxt(tmp_path / folder / f"{name}.txt", np.arange(642) * (1 - number), fmt="%d")
    return ["--map", "right/{}.txt", "--map", "wrong/{}.txt"]


def test_maps_are_called_by_what_tells_them_apart():
    assert methods_of(["a/{}-zoomout.txt", "b/{}-auto.txt"]) == ["zoomout", "auto"]
    assert methods_of(["zoomout/{}.txt", "auto/{}.txt"]) == ["zoomout", "auto"]
    assert methods_of(["zoomout/cat.txt", "auto/cat.txt"]) == ["zoomout", "auto"]


def test_shapes_are_rows_and_methods_columns(geomlearn, ball, maps, tmp_path):
    from PIL import Image

    run = geomlearn("render", ball, TARGET, *maps, "--target", TARGET, "-o", "grid.png", "--size", "300x200")
    assert run.code == 0, run.err
    assert "6 panels" in run.out
    picture = np.asarray(Image.open(tmp_path / "grid.png").convert("RGB")).astype(float)
    assert picture.shape == (200, 300, 3)
    for row in (picture[:100], picture[100:]):
        target, right, wrong = (part[10:80, 20:80] for part in np.split(row, 3, axis=1))
        assert np.abs(target - right).mean() < 3 < 15 < np.abs(target - wrong).mean()
    with Image.open(tmp_path / "grid.png") as made:
        assert "--map right/{}.txt" in made.text["Command"].replace("'", "")


def test_errors_are_curves_in_words_that_stay_text(geomlearn, ball, maps, tmp_path):
    run = geomlearn("render", ball, TARGET, *maps, "--target", TARGET, "--truth", "right/{}.txt", "-o", "errors.svg")
    assert run.code == 0, run.err
    text = (tmp_path / "errors.svg").read_text()
    assert "right, mean 0" in text and "wrong, mean" in text and "<polyline" in text
    run = geomlearn("render", ball, "--truth", "right/ball.txt", "-o", "errors.png")
    assert run.code == 2 and "--truth belongs to maps" in run.err


def test_a_pdf_is_small_and_pictures_say_how_they_were_made(geomlearn, ball, tmp_path):
    from PIL import Image

    for name in ("b.pdf", "b.jpg", "b.tif"):
        assert geomlearn("render", ball, "-o", name, "--size", "400x300").code == 0
    assert (tmp_path / "b.pdf").stat().st_size < 200_000
    with Image.open(tmp_path / "b.jpg") as picture:
        assert b"geomlearn render" in picture.info["comment"] and picture.info["dpi"] == (300, 300)
    with Image.open(tmp_path / "b.tif") as picture:
        assert "geomlearn render" in picture.tag_v2[270]

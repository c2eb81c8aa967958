"""render: a picture of the size asked for, or a sentence."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def pixels(tmp_path):
    """Reads a picture as (height, width, 3) in [0, 1]."""
    from PIL import Image

    return lambda name: np.asarray(Image.open(tmp_path / name).convert("RGB")) / 255


def test_a_mode_of_a_basis_as_a_picture(geomlearn, ball, pixels):
    assert geomlearn("basis", ball, "-k", 6, "-o", "basis.npz", "--quiet").code == 0
    run = geomlearn("render", ball, "--field", "basis.npz:evecs:1", "-o", "mode.png", "--size", "200x160")
    assert run.code == 0, run.err
    assert "wrote mode.png  eigenfunction 1 of λ = " in run.out
    assert run.err == ""
    picture = pixels("mode.png")
    assert picture.shape == (160, 200, 3)
    # A mode of degree one has a blue and an orange side.
    assert (picture[..., 2] - picture[..., 0]).max() > 0.3
    assert (picture[..., 0] - picture[..., 2]).max() > 0.3


def test_a_field_of_another_shape_is_refused_before_drawing(geomlearn, ball, tmp_path):
    np.save(tmp_path / "v.npy", np.zeros(7))
    run = geomlearn("render", ball, "--field", "v.npy", "-o", "p.png")
    assert run.code == 1
    assert "7 values, but the shape has 642 vertices" in run.err
    assert not (tmp_path / "p.png").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "p.docx"], "Use one of .png"),
        (["-o", "p.png", "--size", "10x10"], "out of range"),
        (["-o", "p.png", "--size", "0x"], "not a size"),
        (["-o", "p.png", "--map", "m.txt", "--target", "x.off", "--field", "f.npz"], "two different pictures"),
    ],
)
def test_what_cannot_be_drawn_is_said_first(geomlearn, words, said):
    run = geomlearn("render", "nothing.off", *words)
    assert run.code in (1, 2)
    assert said in run.err

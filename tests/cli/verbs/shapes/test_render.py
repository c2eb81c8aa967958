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


def test_a_map_in_which_some_vertices_have_no_partner(geomlearn, ball, pixels, tmp_path):
    """`match` writes -1 there, and says to render it."""
    first, half = np.arange(642), 642 // 2
    np.savetxt(tmp_path / "map.txt", np.where(first < half, first, -1), fmt="%d")
    run = geomlearn("render", ball, "--map", "map.txt", "--target", ball, "-o", "m.png", "--size", "300x200")
    assert run.code == 0, run.err
    picture = pixels("m.png")
    assert picture.shape == (200, 300, 3)


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


def test_panels_range_colours_density_and_ground_are_flags(geomlearn, ball, tmp_path):
    from PIL import Image

    assert geomlearn("basis", ball, "-k", 6, "-o", "basis.npz", "--quiet").code == 0
    run = geomlearn(
        *("render", ball, "--panel", "basis.npz:evecs:1-5", "-o", "modes.png", "--size", "600x400", "--cmap", "gray"),
        *("--range", "-0.1", "0.2", "--symmetric", "--dpi", "150", "--transparent"),
    )
    assert run.code == 0, run.err
    picture = Image.open(tmp_path / "modes.png")
    assert picture.mode == "RGBA" and picture.info["dpi"][0] == pytest.approx(150, abs=0.1)
    command = picture.info["Command"]
    assert command.startswith(f"geomlearn render {ball} --field basis.npz:evecs:1-5 --cmap gray --range -0.1 0.2")
    assert "--dpi 150" in command and "--transparent" in command, "else it draws another picture"
    colours = np.asarray(picture).astype(int)
    clear = colours[..., 3] == 0
    # Five panels stand in two rows; in the sixth place there is nothing.
    assert clear[205:, 405:].all() and not clear[:200].all() and not clear[205:, :395].all()
    body = colours[(colours[..., 3] == 255)]
    assert (np.ptp(body[:, :3], axis=1) < 12).mean() > 0.9, "gray has no hue"


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_side_is_seen_and_the_checker_has_two_hands(geomlearn, pixels, tmp_path, side):
    run = geomlearn(
        "render", "builtin:biped-tall-walk", "--checker", "--side", side, "-o", "p.png", "--size", "200x300"
    )
    assert run.code == 0, run.err
    picture = pixels("p.png")
    blue, orange = picture[..., 2] - picture[..., 0] > 0.15, picture[..., 0] - picture[..., 2] > 0.15
    nearer, farther = (blue, orange) if side == "left" else (orange, blue)
    assert nearer.sum() > 1.5 * farther.sum()


def test_a_body_whose_z_is_up_stands(geomlearn, pixels, tmp_path):
    from geomlearn.shapes.builtin import builtin
    from geomlearn.shapes.io import write_shape

    shape = builtin("biped-tall-walk", 3000, 0)
    x, y, z = shape.vertices.T
    write_shape(tmp_path / "lying.off", shape.replace(vertices=np.stack([x, -z, y], 1), normals=None))
    tall = []
    for words in ([], ["--up", "y"]):
        assert geomlearn("render", "lying.off", "-o", "p.png", "--size", "300x300", "--force", *words).code == 0
        rows, columns = np.nonzero(pixels("p.png").min(axis=2) < 0.95)
        tall.append(np.ptp(rows) / np.ptp(columns))
    assert tall[0] > 1.4 > tall[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cmap", "gray"), "say how a field is shown"),
        (("--checker", "--field", "x.npz:1"), "two different pictures"),
        (("--field", "basis.npz:evecs:1", "--range", "2", "1"), "is empty"),
    ],
)
def test_flags_that_mean_nothing_here_are_refused(geomlearn, ball, words, said):
    geomlearn("basis", ball, "-k", 3, "-o", "basis.npz", "--quiet")
    run = geomlearn("render", ball, "-o", "p.png", *words)
    assert run.code == 2 and said in run.err


def test_colours_of_a_field_are_refused_for_many_shapes_not_forgotten(geomlearn, ball):
    run = geomlearn("render", ball, ball, "-o", "pictures", "--cmap", "gray")
    assert run.code == 2 and "say how a field is shown" in run.err


def test_arrows_and_a_curve_are_drawn_over_the_shape(geomlearn, ball, pixels, tmp_path):
    from geomlearn.shapes.load import load_shape

    shape = load_shape(str(tmp_path / ball))
    np.save(tmp_path / "flow.npy", np.cross([0.0, 1, 0], shape.vertices))
    np.savez(
        tmp_path / "ring.npz", points=1.3 * shape.vertices[:30], edges=np.stack([np.arange(29), np.arange(1, 30)], 1)
    )
    run = geomlearn(
        *("render", ball, "--vectors", "flow.npy", "--curves", "ring.npz", "-o", "flow.png", "--size", "300x240")
    )
    assert run.code == 0, run.err
    assert "flow, length" in run.out
    picture = pixels("flow.png")
    assert (picture[:200, :, 1] - picture[:200, :, 2]).max() > 0.2, "arrows at the top of viridis"
    assert (picture[..., 0] - picture[..., 1]).max() > 0.25, "a red curve"
    np.save(tmp_path / "flow.npy", np.ones((5, 3)))
    run = geomlearn("render", ball, "--vectors", "flow.npy", "-o", "other.png")
    assert run.code == 1 and "flow has 5 vectors" in run.err


def test_a_field_in_time_is_a_film_and_a_page_that_plays(geomlearn, ball, tmp_path):
    from PIL import Image

    from geomlearn.shapes.load import load_shape

    vertices = load_shape(str(tmp_path / ball)).vertices
    np.savez(tmp_path / "u.npz", times=np.arange(3.0), values=np.outer([1, 0, -1], vertices[:, 0]))
    run = geomlearn("render", ball, "--field", "u.npz", "-o", "u.gif", "--size", "160x120", "--fps", "5")
    assert run.code == 0, run.err
    with Image.open(tmp_path / "u.gif") as film:
        assert film.n_frames == 3 and film.info["duration"] == 200
    assert geomlearn("render", ball, "--field", "u.npz", "-o", "u.html").code == 0
    assert (tmp_path / "u.html").read_text(encoding="utf-8").count("at t = ") == 3
    run = geomlearn("render", ball, "--film", "turn", "-o", "u.png")
    assert run.code == 2 and "--film is for .mp4 and .gif" in run.err
    run = geomlearn("render", ball, "--film", "frames", "-o", "v.gif")
    assert run.code == 1 and "Nothing here changes with time" in run.err

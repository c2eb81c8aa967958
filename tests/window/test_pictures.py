"""Pictures, movies and figures of the stage, and selections painted on it."""

from __future__ import annotations

import numpy as np
import polyscope as ps
import pytest
from PIL import Image

from geomlearn.app.figures.films.encode import film_suffixes
from geomlearn.app.model.commands import Add, change
from geomlearn.app.model.computed import FieldItem, SelectionItem
from geomlearn.app.model.fields import SideBySide, field_item
from geomlearn.app.model.results import first_layer
from geomlearn.app.window.panels.picture import pixels
from geomlearn.app.window.pictures.movies import write_movie
from geomlearn.app.window.pictures.studio import Studio, shot_of, write_picture
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.operators.fields.series import FieldSeries

pytestmark = pytest.mark.window


@pytest.fixture
def moving(driver):
    """A sphere with a field of six moments that rises from left to right."""
    driver.open("builtin:icosphere")
    app = driver.app
    height = app.shape.shape.vertices[:, 1]
    series = FieldSeries(np.arange(6.0), np.stack([height * (1 + t) for t in range(6)]))
    item = field_item(series, app.shape, "rising")
    app.do(Add((item,), "A field", layers=first_layer(item)))
    driver.frames(3)
    return driver


def coloured(picture):
    """How many pixels are neither grey nor background."""
    return int((picture[..., :3].astype(int).std(axis=-1) > 12).sum())


def test_a_picture_of_any_size_leaves_the_window_as_it_was(moving, tmp_path):
    before, camera, size = moving.picture(), ps.get_view_as_json(), ps.get_window_size()
    write_picture(tmp_path / "big.png", shot_of(moving.window, (1500, 900)), window=moving.window)
    picture = np.asarray(Image.open(tmp_path / "big.png"))
    assert picture.shape == (900, 1500, 3) and coloured(picture) > 100_000
    moving.frames(2)
    assert (ps.get_window_size(), ps.get_view_as_json()) == (size, camera)
    # Letters of another size may move those of this one in the font's texture, whose edges then take another shade.
    assert (moving.picture() != before).any(axis=-1).mean() < 1e-4


def test_a_transparent_picture_has_no_background_but_jpg_has(moving, tmp_path):
    shot = shot_of(moving.window, (600, 400), transparent=True)
    for name in ("clear.png", "flat.jpg"):
        write_picture(tmp_path / name, shot, window=moving.window)
    clear = np.asarray(Image.open(tmp_path / "clear.png"))
    assert clear.shape[2] == 4 and clear[0, 0, 3] == 0 and clear[210, 300, 3] == 255
    stage = np.round(255 * np.array(moving.window.theme.stage))
    assert np.abs(np.asarray(Image.open(tmp_path / "flat.jpg"))[0, 0] - stage).max() < 6


def test_the_words_can_be_left_out_and_nothing_of_the_shape_is_cut(moving):
    for words in (True, False):
        with Studio(moving.window, shot_of(moving.window, (500, 500), words=words, transparent=True)) as studio:
            picture = studio.take(moving.app.scene)
        filled = (picture[..., 3] > 100).any(axis=1)
        assert not filled[:5].any() and not filled[-5:].any()
        pieces = int((np.diff(filled.astype(int)) == 1).sum())
        assert (pieces > 1) == words, "the legend stands above the shape, and apart from it"


def test_the_part_seen_is_what_the_picture_shows(moving):
    stage = moving.window.layout().stage
    size = (int(stage.w), int(stage.h))
    whole = moving.picture(panels=False)
    seen = whole[int(stage.y) : int(stage.y) + size[1], int(stage.x) : int(stage.x) + size[0]].astype(int)
    with Studio(moving.window, shot_of(moving.window, size, fit=False, words=False)) as studio:
        picture = studio.take(moving.app.scene)[..., :3].astype(int)
    assert np.mean(np.abs(picture - seen).max(axis=2) > 40) < 0.03


def test_four_linked_pictures_fit_into_one(moving, tmp_path):
    app = moving.app
    (field,) = app.scene.of(FieldItem)
    other = field.replace(id="other", label="other", values=field.values * 1.1)
    app.do(Add((other,), "Another"))
    app.do(SideBySide(field.id, "other"))
    moving.frames(2)
    with Studio(moving.window, shot_of(moving.window, (900, 320), transparent=True, words=False)) as studio:
        picture = studio.take(app.scene)
    columns = (picture[..., 3] > 200).any(axis=0)
    pieces = int((np.diff(columns.astype(int)) == 1).sum())
    assert pieces == 4 and not columns[0] and not columns[-1]


def test_a_movie_is_written_by_a_worker_while_the_window_goes_on(moving, tmp_path):
    page = moving.window.overlays._picture
    moving.key("Ctrl+P")
    moving.click("kind/movie")
    page.size, page.frames_per_s = "320 × 200", 10
    page.boxes["movie"]._typed = str(tmp_path / "rise.gif")
    history = len(moving.app.history)
    moving.click("export movie/export")
    moving.wait(120)
    moving.expect("Wrote")
    with Image.open(tmp_path / "rise.gif") as movie:
        assert (movie.n_frames, movie.size, movie.info["duration"]) == (6, (320, 200), 100)
        first = np.asarray(movie.convert("RGB")).astype(int)
        movie.seek(5)
        last = np.asarray(movie.convert("RGB")).astype(int)
    assert (np.abs(first - last).max(axis=2) > 40).mean() > 0.05, "it moves"
    assert len(moving.app.history) == history and moving.app.shape.layer.column == 0, "the work is untouched"


@pytest.mark.skipif(".mp4" not in film_suffixes(), reason="ffmpeg is not installed")
def test_mp4_by_ffmpeg_and_odd_sizes(moving, tmp_path):
    path = write_movie(tmp_path / "rise.mp4", shot_of(moving.window, (201, 121)), (0.0, 5.0), window=moving.window)
    assert path.read_bytes()[4:8] == b"ftyp"


def test_a_suffix_nobody_can_write_is_a_sentence(moving, tmp_path):
    with pytest.raises(FormatError, match=r"cannot be written as \.avi"):
        write_movie(tmp_path / "rise.avi", shot_of(moving.window, (200, 120)), (0.0,), window=moving.window)


def test_the_figure_page_writes_what_the_stage_shows_and_says_what_is_missing(moving, tmp_path):
    page = moving.window.overlays._picture
    moving.key("Ctrl+P")
    moving.click("kind/figure")
    page.size = "640 × 480"
    page.boxes["figure"]._typed = str(tmp_path / "sphere.png")
    moving.click("export figure/export")
    moving.wait(120)
    assert coloured(np.asarray(Image.open(tmp_path / "sphere.png").convert("RGB"))) > 20_000
    page.size = "huge"
    assert "is not a size" in page.missing(moving.app)
    page.size = "640 × 480"
    moving.app.do(change(moving.app.shape.id, visible=False))
    assert "no visible shape" in page.missing(moving.app)
    page.kind = "picture"


@pytest.mark.parametrize("text", ["", "10 × 10", "1920", "9000 × 9000"])
def test_sizes_that_are_none(text):
    with pytest.raises(ParameterError):
        pixels(text)


def test_a_size_is_read_as_people_write_it():
    assert pixels("1920x1080") == pixels(" 1920 × 1080 ") == (1920, 1080)


def test_the_brush_paints_erases_and_leaves_the_camera_alone(moving):
    app = moving.app
    moving.key("Ctrl+J")
    x, y = moving.window.layout().stage.centre
    camera = ps.get_view_as_json()
    moving.drag((x - 40, y), (x + 40, y))
    (item,) = app.scene.of(SelectionItem)
    painted = len(item.indices)
    assert painted > 10 and ps.get_view_as_json() == camera
    moving.app.brush.radius = 0.3
    import polyscope.imgui as imgui

    imgui.GetIO().AddKeyEvent(imgui.ImGuiMod_Shift, True)
    moving.drag((x - 5, y), (x + 5, y))
    imgui.GetIO().AddKeyEvent(imgui.ImGuiMod_Shift, False)
    moving.frames(2)
    assert len(app.scene.of(SelectionItem)[0].indices) < painted
    moving.key("Ctrl+Z")
    assert len(app.scene.of(SelectionItem)[0].indices) in (0, painted)
    stage = moving.window.layout().stage
    moving.drag((stage.x + 10, stage.bottom - 30), (stage.x + 60, stage.bottom - 30))
    assert ps.get_view_as_json() != camera, "beside the shape the mouse turns the stage"


def test_a_selection_is_typed_grown_and_written(moving, tmp_path):
    app = moving.app
    moving.key("Ctrl+J")
    moving.click("selection/Vertices")
    moving.type("0-2, 7")
    moving.key("Enter")
    assert app.scene.of(SelectionItem)[0].indices == (0, 1, 2, 7)
    moving.click("selection/Grow")
    assert set(app.scene.of(SelectionItem)[0].indices) > {0, 1, 2, 7}
    moving.click("selection/Invert")
    moving.click("selection/Clear")
    assert app.scene.of(SelectionItem)[0].indices == ()

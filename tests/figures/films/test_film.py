"""Films: as many pictures as there are, moving, of an even size; what stops in the middle leaves nothing behind."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from geomlearn.app.figures.figure import Figure, Panel
from geomlearn.app.figures.films import encode, film
from geomlearn.app.figures.films.encode import ffmpeg, film_suffixes, require_film
from geomlearn.app.figures.films.film import steps, write_film
from geomlearn.app.figures.moments import frames
from geomlearn.core.errors import Cancelled, DeviceError, FormatError, ParameterError
from geomlearn.core.progress import Progress
from geomlearn.shapes.builtin import builtin


@pytest.fixture(scope="module")
def moving():
    ball = builtin("icosphere", 600, 0)
    shown = frames(np.outer([1.0, 0, -1], ball.vertices[:, 0]), ["u at 0", "u at 1", "u at 2"])
    return Figure(
        (Panel(ball, shown[-1], frames=shown),), (161, 121), eye=(0.0, 0.0, 1.0), command="geomlearn render …"
    )


def test_moments_follow_one_another_in_one_range_and_a_turn_is_whole(moving):
    figures = steps(moving)
    assert [figure.panels[0].values.label for figure in figures] == ["u at 0", "u at 1", "u at 2"]
    assert len({figure.panels[0].values.ends for figure in figures}) == 1
    turning = steps(moving, "turn")
    turns = np.array([figure.turn for figure in turning])
    assert len(turns) == film.TURN and np.allclose(np.diff(turns), 360 / film.TURN) and turning[0].around
    with pytest.raises(ParameterError, match="Nothing here changes"):
        steps(Figure((Panel(moving.panels[0].shape),)), "frames")


def test_a_gif_of_the_moments(moving, tmp_path):
    told = []
    progress = Progress(lambda fraction, note: told.append(note))
    path = write_film(tmp_path / "u.gif", moving, frames_per_s=10, progress=progress)
    with Image.open(path) as picture:
        assert picture.n_frames == 3 and picture.size == (160, 120) and picture.info["duration"] == 100
        assert picture.info["comment"] == b"geomlearn render \xe2\x80\xa6"
        first = np.asarray(picture.convert("RGB")).astype(int)
        picture.seek(2)
        last = np.asarray(picture.convert("RGB")).astype(int)
    # What was orange on the right is blue there in the end.
    assert first[45, 95, 0] > first[45, 95, 2] + 40 and last[45, 95, 2] > last[45, 95, 0] + 40
    assert told == ["frame 1 of 3", "frame 2 of 3", "frame 3 of 3"]


@pytest.mark.skipif(".mp4" not in film_suffixes(), reason="there is no ffmpeg, nor the extra `film`")
def test_an_mp4_has_its_pictures_and_says_how_it_was_made(moving, tmp_path):
    path = write_film(tmp_path / "u.mp4", moving)
    assert path.read_bytes()[4:8] == b"ftyp"
    said = subprocess.run([ffmpeg(), "-i", str(path), "-f", "null", "-"], capture_output=True, text=True).stderr
    assert "160x120" in said and "frame=    3" in said and "geomlearn render …" in said


@pytest.mark.parametrize("suffix", film_suffixes())
def test_a_film_that_is_cancelled_leaves_no_file(moving, tmp_path, suffix):
    asked = []
    progress = Progress(is_cancelled=lambda: len(asked) > 1 or asked.append(True))
    with pytest.raises(Cancelled):
        write_film(tmp_path / f"u{suffix}", moving, progress=progress)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_said_before_anything_is_drawn(moving, tmp_path, monkeypatch):
    monkeypatch.setattr(encode, "ffmpeg", lambda: "")
    with pytest.raises(DeviceError, match="needs ffmpeg") as failure:
        write_film(tmp_path / "u.mp4", moving)
    assert "geomlearn[film]" in failure.value.hint
    with pytest.raises(FormatError, match=r"written as \.avi"):
        require_film(tmp_path / "u.avi")


def test_the_size_stays_while_a_long_body_turns(moving):
    from geomlearn.app.figures.child import pixels_of

    bar = moving.panels[0].shape.replace(vertices=moving.panels[0].shape.vertices * [3, 1, 1])
    figure = replace(moving, panels=(Panel(bar),), size=(160, 120), around=True)
    side, end = ((picture < 245).any(axis=2) for picture in pixels_of([figure, replace(figure, turn=90.0)]))
    assert np.ptp(np.flatnonzero(side.any(axis=0))) > 2.5 * np.ptp(np.flatnonzero(end.any(axis=0)))
    # Nearer to the eye it is a little higher, but not three times: that would fill the picture.
    assert np.ptp(np.flatnonzero(end.any(axis=1))) < 1.5 * np.ptp(np.flatnonzero(side.any(axis=1)))

"""A served page: on the loopback, behind its token; everything else is nothing."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import urlsplit

import numpy as np
import pytest

from geomlearn.app.figures.pages.serve import served
from geomlearn.app.window.browser import in_browser, stage_of
from geomlearn.core.errors import GeomError
from geomlearn.shapes.io import write_shape
from tests.figures.pages.chromium import browse
from tests.model.scenes import octahedron


def asked(address: str, path: str, host: str = "") -> tuple[int, str]:
    at = urlsplit(address)
    connection = HTTPConnection(at.hostname, at.port, timeout=20)
    connection.putrequest("GET", path, skip_host=bool(host))
    if host:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_only_who_knows_the_token_gets_the_page():
    with served("<p>page</p>") as address, served("other") as another:
        at = urlsplit(address)
        assert at.hostname == "127.0.0.1" and len(at.path) > 30 and at.path != urlsplit(another).path
        assert asked(address, at.path) == (200, "<p>page</p>")
        assert asked(address, at.path, f"localhost:{at.port}")[0] == 200
        for path in ("/", at.path[:-2], "/index.html", urlsplit(another).path):
            assert asked(address, path) == (404, "Nothing is here.")
        assert asked(address, at.path, f"evil.example:{at.port}")[0] == 404
    with pytest.raises(OSError):
        asked(address, at.path)


@pytest.fixture
def field(tmp_path):
    shape = octahedron("octa")
    write_shape(tmp_path / "octa.off", shape)
    np.savez(tmp_path / "u.npz", times=np.arange(3.0), values=np.outer([1, 0, -1], shape.vertices[:, 0]))
    return [str(tmp_path / "octa.off"), str(tmp_path / "u.npz")]


def test_a_browser_shows_the_stage_with_its_field_and_a_slider(field, tmp_path):
    with in_browser(field) as address:
        picture = tmp_path / "page.png"
        text = browse(address, tmp_path, "--virtual-time-budget=3000", "--dump-dom").decode()
        browse(address, tmp_path, "--virtual-time-budget=3000", f"--screenshot={picture}")
    assert 'id="moments"><button' in text and 'max="2"' in text
    from PIL import Image

    drawn = np.asarray(Image.open(picture).convert("RGB")) / 255
    assert (np.ptp(drawn[60:300], axis=2) > 0.2).mean() > 0.02


def test_the_stage_is_that_of_the_window_and_what_cannot_be_opened_is_a_sentence(field, tmp_path):
    scene = stage_of(field, ["set octa edges=true"])
    assert [item.kind for item in scene] == ["shape", "field"] and scene.shapes[0].edges
    with pytest.raises(GeomError, match="no file"):
        stage_of([str(tmp_path / "nothing.off")])

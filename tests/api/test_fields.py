"""Equations by the short API."""

from __future__ import annotations

import numpy as np
import pytest

import geomlearn as gl
from geomlearn.operators.fields.options import HeatOptions
from geomlearn.operators.fields.solve import solve


def test_it_is_what_the_long_way_gives_with_its_story():
    sphere = gl.read("builtin:icosphere@642")
    short = gl.solve("heat", sphere, vertex=3, duration=0.1, diffusivity=2.0)
    long = solve("heat", sphere, HeatOptions(vertex=(3,), duration=0.1, diffusivity=2.0))
    assert np.array_equal(short.values, long.value.values)
    assert (short.status, short.sentence) == (long.status, long.sentence)
    assert "51 frames" in repr(short) or f"{short.n_frames} frames" in repr(short)


def test_an_array_may_be_the_start_and_files_take_the_shape(tmp_path):
    sphere = gl.read("builtin:icosphere@642")
    u = gl.solve("poisson", sphere, initial=sphere.vertices[:, 0])
    # On the unit sphere −Δx = 2x.
    assert np.abs(u.frame(-1)["u"] - sphere.vertices[:, 0] / 2).max() < 0.01
    assert gl.read(u.save(tmp_path / "u.vtp")).n_vertices == sphere.n_vertices


@pytest.mark.parametrize(
    ("equation", "settings", "said"),
    [("heat", {"epsilon": 1}, "HeatOptions has no option called epsilon"), ("heart", {}, "no equation called heart")],
)
def test_what_an_equation_does_not_know_is_refused(equation, settings, said):
    with pytest.raises(gl.GeomError, match=said):
        gl.solve(equation, gl.read("builtin:icosphere"), **settings)


def test_it_draws_its_last_frame():
    html = gl.solve("heat", gl.read("builtin:icosphere"), vertex=0)._repr_html_()
    assert "data:image/png;base64" in html

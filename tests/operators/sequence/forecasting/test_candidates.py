"""Decompositions continue linear series exactly, and say what they cannot hold."""

import sys

import numpy as np
import pytest

from geomlearn.core.errors import DeviceError
from geomlearn.operators.sequence.forecasting.candidates import bop_dmd, candidates
from geomlearn.operators.sequence.forecasting.options import ForecastOptions

TIMES = np.arange(60)
SHAPES = np.random.default_rng(0).standard_normal((3, 20))
COURSES = np.stack([np.cos(0.3 * TIMES), np.sin(0.3 * TIMES), 0.95**TIMES], 1)
FRAMES = COURSES @ SHAPES


@pytest.mark.parametrize("name", ["dmd", "pydmd", "hodmd", "bop-dmd"])
def test_a_linear_series_is_continued_exactly(name):
    if name != "dmd":
        pytest.importorskip("pydmd", reason="PyDMD is in the extra [series]")
    offered = candidates(None, ForecastOptions(rank=3))
    made = offered[name](FRAMES[:40], 20)
    assert np.linalg.norm(made.frames - FRAMES[40:]) < 1e-3 * np.linalg.norm(FRAMES[40:])
    assert np.linalg.norm(made.rest) < 1e-3 * np.linalg.norm(FRAMES[39])


def test_what_lies_beyond_the_rank_is_the_rest():
    pytest.importorskip("pydmd", reason="PyDMD is in the extra [series]")
    beyond = np.zeros((60, 20))
    beyond[:, 3] = 0.01 * np.random.default_rng(1).standard_normal(60)
    made = bop_dmd(FRAMES[:40] + beyond[:40], 5, 3)
    gap = made.rest - beyond[39]
    assert np.linalg.norm(gap) < np.linalg.norm(made.rest)


def test_bop_dmd_never_grows():
    pytest.importorskip("pydmd", reason="PyDMD is in the extra [series]")
    growing = np.exp(np.outer(TIMES[:40], [0.05, 0.01])) @ SHAPES[:2]
    made = bop_dmd(growing, 200, 2)
    assert np.linalg.norm(made.frames, axis=1).max() <= 1.01 * np.linalg.norm(growing, axis=1).max()


def test_without_pydmd_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydmd", None)
    with pytest.raises(DeviceError) as caught:
        bop_dmd(FRAMES, 5, 3)
    assert "geomlearn[series]" in caught.value.hint


def test_the_rule_is_offered_where_there_is_a_place(circle):
    assert "rule" not in candidates(None, ForecastOptions())
    assert "rule" in candidates(circle, ForecastOptions())

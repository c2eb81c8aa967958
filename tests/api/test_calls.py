"""Options as an object, as keywords, or both; progress of either kind."""

from __future__ import annotations

import inspect

import pytest

import geomlearn as gl
from geomlearn.api.calls import as_progress, gathered
from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.spectral.options import EigenbasisOptions, HeatKernelOptions


def test_keywords_win_over_the_object():
    assert gathered(EigenbasisOptions, EigenbasisOptions(k=9, seed=3), {"k": 5}) == EigenbasisOptions(k=5, seed=3)
    assert gathered(EigenbasisOptions, None, {"k": 5}) == EigenbasisOptions(k=5)


def test_options_of_another_method_are_refused_by_name():
    with pytest.raises(ParameterError, match="HeatKernelOptions, expected EigenbasisOptions"):
        gathered(EigenbasisOptions, HeatKernelOptions(), {})


@pytest.mark.parametrize(("settings", "said"), [({"kk": 5}, "no option called kk"), ({"k": 0}, "k = 0")])
def test_a_wrong_keyword_is_a_sentence(settings, said):
    with pytest.raises(ParameterError, match=said):
        gl.eigenbasis(gl.read("builtin:icosphere"), **settings)


def test_help_and_signature_show_the_options():
    parameters = inspect.signature(gl.eigenbasis).parameters
    assert parameters["k"].default == 128
    assert parameters["k"].kind is inspect.Parameter.KEYWORD_ONLY
    assert "settings" not in parameters
    assert "How many modes to compute." in gl.eigenbasis.__doc__


def test_progress_is_ours_or_any_function_or_none():
    heard = []
    as_progress(lambda fraction, note: heard.append((fraction, note)))(0.5, "half")
    ours = Progress()
    assert heard == [(0.5, "half")]
    assert as_progress(ours) is ours
    assert as_progress(None) is SILENT

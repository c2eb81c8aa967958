"""Options are one flat model that the command line and the window can read without heavy libraries."""

import subprocess
import sys

import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.matching.options import STRATEGIES, FunctionalMapOptions, MatchOptions, ZoomOutOptions, heeded


def test_options_round_trip_through_json_and_describe_themselves():
    options = MatchOptions(k_end=80, method="zoomout")
    assert MatchOptions.model_validate_json(options.model_dump_json()) == options
    assert all(field.description for field in MatchOptions.model_fields.values())


def test_matching_options_hold_those_of_its_stages():
    fields = MatchOptions.model_fields
    assert set(FunctionalMapOptions.model_fields) | set(ZoomOutOptions.model_fields) < set(fields)
    assert isinstance(MatchOptions(), FunctionalMapOptions)
    assert isinstance(MatchOptions(), ZoomOutOptions)


def test_options_import_no_heavy_library():
    code = "import sys, geomlearn.matching.options; print([m for m in ('torch', 'scipy', 'numpy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("method", "foreign"),
    [
        ("registration", {"regularizer": "score"}),
        ("registration", {"k_end": 60}),
        ("bijective-zoomout", {"steps": 20}),
        ("zoomout", {"w_bijective": 1.0}),
        ("none", {"patience": 5}),
        ("learned", {"k_solve": 20}),
        ("diffumatch", {"time": 3.0}),
        ("auto", {"prior": "file"}),
    ],
)
def test_options_a_method_does_not_heed_are_refused_at_birth(method, foreign):
    """Even where the value is the default: who writes it expects it to matter."""
    with pytest.raises(ParameterError, match=f"method {method} does not heed {next(iter(foreign))}"):
        MatchOptions(method=method, **foreign)


@pytest.mark.parametrize("method", STRATEGIES)
def test_every_method_dumps_what_it_heeds_and_reads_it_back(method):
    options = MatchOptions(method=method)
    assert set(options.model_dump()) == heeded(method)
    assert MatchOptions.model_validate_json(options.model_dump_json()) == options
    assert MatchOptions(**options.model_dump()) == options


def test_changing_the_method_drops_what_the_new_one_does_not_heed():
    options = MatchOptions(method="bijective-zoomout", k_end=50, k_solve=15)
    assert options.replace(method="learned").k_end == 50
    assert "k_solve" not in options.replace(method="learned").model_dump()
    assert options.replace(n_candidates=2).k_solve == 15
    with pytest.raises(ParameterError, match="does not heed"):
        options.replace(method="registration", k_end=40)

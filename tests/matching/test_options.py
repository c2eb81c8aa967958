"""Options are one flat model that the command line and the window can read without heavy libraries."""

import subprocess
import sys

from geomlearn.matching.options import FunctionalMapOptions, MatchOptions, ZoomOutOptions


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

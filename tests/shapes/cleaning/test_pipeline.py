"""Steps one after the other, asked for by options."""

import numpy as np
import pytest

import geomlearn as gl
from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.shapes.cleaning.options import CleanOptions
from geomlearn.shapes.cleaning.pipeline import clean, steps_of


def test_fields_follow_through_all_steps(scan, strays):
    options = CleanOptions(scale="mm:m", up="x", outliers=True, subsample=500, normals=True)
    heights = np.array(scan.vertices[:, 0])
    done = clean(scan, options)
    assert done.shape.n_vertices == 500
    assert not strays[done.source_index].any()
    np.testing.assert_allclose(done.follow(heights), 1e3 * done.shape.vertices[:, 2], atol=1e-9)
    assert len(done.actions) == 5
    assert done.numbers["outliers"] == 25


def test_the_order_is_that_of_the_options():
    told = [name for name, _ in steps_of(CleanOptions(decimate=5, fill=True, weld=True, outliers=True, scale="unit"))]
    fields = list(CleanOptions.model_fields)
    assert told == ["scale", "weld", "outliers", "fill", "decimate"] == sorted(told, key=fields.index)


def test_nothing_asked_for_is_refused(scan):
    with pytest.raises(ParameterError, match="No step"):
        clean(scan)


@pytest.mark.parametrize(
    "wrong", [{"sigma": 2.0, "outliers": True}, {"trim": 2.0}, {"fill_edges": 9}, {"scale": "elbow"}, {"up": "w"}]
)
def test_options_without_effect_or_meaning_are_refused(wrong):
    with pytest.raises(ParameterError):
        CleanOptions(**wrong)


def test_the_short_way(holed):
    seen = []
    done = gl.clean(holed, fill=True, progress=Progress(lambda fraction, note: seen.append(note)))
    assert seen == ["fill", ""]
    assert gl.check(done.shape).findings == ()

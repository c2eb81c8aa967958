"""One line of text becomes regularizers."""

import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.regularizers.options import LambdaOrthogonalityOptions, OrthogonalConvOptions
from geomlearn.regularizers.terms import parse_terms


def test_text_becomes_terms():
    assert parse_terms("") == ()
    assert parse_terms("orth-conv:1e-3, lambda-orth:0.1:0.5") == (
        OrthogonalConvOptions(weight=1e-3),
        LambdaOrthogonalityOptions(weight=0.1, limit_rel=0.5),
    )
    assert parse_terms("orth-conv[enc.*]:1")[0].layers == "enc.*"
    assert parse_terms("orth-conv")[0] == OrthogonalConvOptions()
    for wrong in ("orthconv:1", "orth-conv:1:2", "orth-conv:much", "orth-conv[a:1", "orth-conv:-1"):
        with pytest.raises(ParameterError):
            parse_terms(wrong)

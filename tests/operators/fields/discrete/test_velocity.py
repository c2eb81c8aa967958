import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.discrete.transport import advection_matrix, patches_of
from geomlearn.operators.fields.discrete.velocity import is_divergence_free, velocity_of
from geomlearn.operators.fields.options import AdvectOptions
from geomlearn.shapes.shape import Shape


def test_a_rotation_by_hand(icosphere):
    """ω × (x − c) on faces, without its normal part; off centre only the centroid counts."""
    ball = icosphere(3)
    domain = build_domain(Shape(ball.vertices + np.array([5.0, -2.0, 1.0]), ball.faces))
    patches = patches_of(domain)
    w = velocity_of(domain, patches, AdvectOptions(axis=(0.0, 0.0, 2.0), angular_speed=3.0))
    x, y, _ = (patches.centers - [5.0, -2.0, 1.0]).T
    assert np.abs(w - 3 * np.column_stack([-y, x, 0 * x])).max() < 0.03


def test_a_slope_by_hand(square):
    domain = build_domain(square(4))
    options = AdvectOptions(velocity="gradient", velocity_expression="2*x - y")
    w = velocity_of(domain, patches_of(domain), options)
    np.testing.assert_allclose(w, np.tile([2.0, -1.0, 0.0], (32, 1)), atol=1e-13)


def test_given_velocities_lose_their_normal_part(square):
    domain = build_domain(square(4))
    w = velocity_of(domain, patches_of(domain), AdvectOptions(), np.tile([1.0, 2.0, 3.0], (25, 1)))
    np.testing.assert_allclose(w, np.tile([1.0, 2.0, 0.0], (32, 1)), atol=1e-13)


@pytest.mark.parametrize(
    ("options", "given", "expected"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"velocity": "stream", "velocity_expression": "x"}, False, True),
        ({"velocity": "gradient", "velocity_expression": "x"}, False, False),
        ({"divergence_free": False}, False, False),
        ({"divergence_free": True}, True, True),
    ],
)
def test_which_velocities_are_made_divergence_free(options, given, expected):
    assert is_divergence_free(AdvectOptions(**options), given) is expected


def test_streams_have_no_divergence_by_themselves(icosphere):
    domain = build_domain(icosphere(2))
    patches = patches_of(domain)
    options = AdvectOptions(velocity="stream", velocity_expression="x*y + z**3", divergence_free=False)
    w = velocity_of(domain, patches, options)
    assert np.abs(patches.divergence(w)).max() < 1e-13
    plain = advection_matrix(patches, w, skew=False, conservative=False)
    assert abs(plain + plain.T).max() < 1e-13


def test_a_rotation_stays_inside_the_rim(square):
    """The flow of a rotated square slides along its sides."""
    domain = build_domain(square(10))
    patches = patches_of(domain)
    w = velocity_of(domain, patches, AdvectOptions())
    assert np.abs(patches.divergence(w)).max() < 1e-13


def test_a_rotation_about_the_normal_of_a_plane(square):
    """About x, the flat square can only be lifted: nothing moves along it."""
    domain = build_domain(square(4))
    with pytest.raises(ParameterError, match="zero everywhere"):
        velocity_of(domain, patches_of(domain), AdvectOptions(axis=(1.0, 0.0, 0.0), divergence_free=False))

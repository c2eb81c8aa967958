import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.equations.gray_scott import gray_scott, random_spots, stripe_spacing
from geomlearn.operators.fields.options import GrayScottOptions
from geomlearn.shapes.shape import Shape


def run(shape, initial, **options):
    return gray_scott(build_domain(shape, "robust"), initial, GrayScottOptions(**options))


def test_a_constant_follows_the_scheme_by_hand(icosphere):
    """(1 + dt F) u⁺ = u + dt F − dt u v², (1 + dt (F + k)) v⁺ = v + dt u v²."""
    u, v, feed, kill, dt = 0.6, 0.3, 0.04, 0.06, 0.5
    series = run(icosphere(1), np.tile([u, v], (42, 1)), feed=feed, kill=kill, duration=dt, time_step=dt).value
    np.testing.assert_allclose(series.values[-1][:, 0], (u + dt * feed - dt * u * v**2) / (1 + dt * feed), rtol=1e-12)
    np.testing.assert_allclose(series.values[-1][:, 1], (v + dt * u * v**2) / (1 + dt * (feed + kill)), rtol=1e-12)
    assert series.names == ("u", "v")


def test_a_pattern_grows_and_stays_bounded(icosphere):
    """From spots: u in [0, 1], v in [0, 1], stripes about as far apart as asked."""
    shape = icosphere(4)
    domain = build_domain(shape, "robust")
    options = GrayScottOptions(spacing=0.6, duration=2500)
    result = gray_scott(domain, random_spots(domain, options), options)
    values = result.value.values
    assert values.min() >= 0
    assert values.max() <= 1 + 1e-12
    v = values[-1, :, 1]
    ripple = v - domain.mass @ v / domain.area
    assert ripple.std() > 0.05
    eigenvalue = ripple @ (domain.stiffness @ ripple) / (domain.mass @ ripple**2)
    assert 2 * np.pi / np.sqrt(eigenvalue) == pytest.approx(0.6, rel=0.2)


def test_spots_much_narrower_than_the_stripes_die(icosphere):
    """Ablation: why the random spots are half as wide as the stripes."""
    shape = icosphere(4)
    from geomlearn.operators.fields.initial import bump

    v = run(shape, bump(build_domain(shape), (0,), 0.06), spacing=0.6, duration=500).value.values[-1, :, 1]
    assert v.max() < 1e-3


def test_the_fed_state_is_at_rest(icosphere):
    series = run(icosphere(1), np.zeros(42), duration=50).value
    np.testing.assert_allclose(series.values[-1], np.tile([1.0, 0.0], (42, 1)), atol=1e-12)


def test_the_same_at_any_size(icosphere):
    shape = icosphere(2)
    huge = Shape(1e4 * shape.vertices, shape.faces)
    frames = [
        run(each, random_spots(build_domain(each, "robust"), GrayScottOptions(seed=3)), duration=200).value.values[-1]
        for each in (shape, huge)
    ]
    np.testing.assert_allclose(*frames, atol=1e-9)


def test_seeds(icosphere):
    domain = build_domain(icosphere(3))
    first, again, other = (random_spots(domain, GrayScottOptions(seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.5
    assert stripe_spacing(domain, GrayScottOptions(spacing=0.7)) == 0.7


def test_cloud(sphere_cloud):
    domain = build_domain(sphere_cloud(1500))
    options = GrayScottOptions(duration=1000)
    values = gray_scott(domain, random_spots(domain, options), options).value.values
    assert values.min() >= 0
    assert values.max() <= 1 + 1e-12
    assert values[-1, :, 1].std() > 0.05


def test_spots_outside_their_range(icosphere):
    with pytest.raises(ParameterError, match=r"lie in \[0, 1\]"):
        run(icosphere(1), np.linspace(-1, 1, 42))

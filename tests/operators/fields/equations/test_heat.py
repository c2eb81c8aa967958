import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.equations.heat import heat
from geomlearn.operators.fields.options import HeatOptions
from geomlearn.shapes.shape import Shape

T, DT = 0.2, 0.02
STEPS = 10


def last(shape, initial, laplacian="auto", **options):
    return heat(build_domain(shape, laplacian), initial, HeatOptions(**options)).value.values[-1]


@pytest.mark.parametrize(
    ("options", "factor"),
    [
        ({"scheme": "backward-euler"}, lambda q: (1 + q) ** -STEPS),
        ({"smooth_start": False}, lambda q: ((1 - q / 2) / (1 + q / 2)) ** STEPS),
        ({}, lambda q: (1 + q / 2) ** -4 * ((1 - q / 2) / (1 + q / 2)) ** (STEPS - 2)),
    ],
)
def test_eigenvectors_shrink_by_the_known_factor(icosphere, eigenpair, options, factor):
    """On L φ = λ M φ each scheme is a number in q = D λ dt: backward Euler, Crank–Nicolson, Rannacher's start."""
    shape = icosphere(2)
    eigenvalue, phi = eigenpair(build_domain(shape), 7)
    u = last(shape, phi, duration=T, time_step=DT, diffusivity=0.5, **options)
    np.testing.assert_allclose(u, factor(0.5 * eigenvalue * DT) * phi, atol=1e-12)


@pytest.mark.parametrize(("scheme", "order"), [("backward-euler", 1), ("crank-nicolson", 2)])
def test_order_in_time(icosphere, eigenpair, scheme, order):
    """Also with Rannacher's start."""
    shape = icosphere(2)
    eigenvalue, phi = eigenpair(build_domain(shape), 7)
    exact = np.exp(-eigenvalue * T) * phi
    coarse, fine = (
        np.abs(last(shape, phi, duration=T, time_step=dt, scheme=scheme) - exact).max() for dt in (0.002, 0.001)
    )
    assert coarse / fine == pytest.approx(2**order, rel=0.1)


def test_second_order_in_space_on_the_sphere(icosphere, relative_error):
    """u = z(5z² − 3) exp(−12t), with steps so short that only the mesh counts."""
    errors = []
    for subdivisions in (3, 4):
        shape = icosphere(subdivisions)
        z = shape.vertices[:, 2]
        harmonic = z * (5 * z**2 - 3)
        u = last(shape, harmonic, duration=0.1, time_step=0.0005, smooth_start=False)
        errors.append(relative_error(u, harmonic * np.exp(-1.2), build_domain(shape).mass))
    assert 3.2 < errors[0] / errors[1] < 4.8


def test_crank_nicolson_on_a_fine_sphere(icosphere, relative_error):
    """10242 vertices, l = 3, dt = 0.01: the published figure is 3.9e-4."""
    shape = icosphere(5)
    z = shape.vertices[:, 2]
    harmonic = z * (5 * z**2 - 3)
    u = last(shape, harmonic, duration=0.1, time_step=0.01, smooth_start=False)
    assert relative_error(u, harmonic * np.exp(-1.2), build_domain(shape).mass) < 1e-3


def test_total_and_constants_are_kept(icosphere):
    shape = icosphere(3)
    initial = np.random.default_rng(0).uniform(size=shape.n_vertices)
    result = heat(build_domain(shape), initial, HeatOptions(duration=1.0, time_step=0.01, save_every=1))
    totals = np.array([row["total"] for row in result.history])
    assert np.abs(totals / totals[0] - 1).max() < 1e-12
    np.testing.assert_allclose(last(shape, np.full(shape.n_vertices, 3.0), duration=1.0), 3.0, rtol=1e-12)


def spike(shape):
    initial = np.zeros(shape.n_vertices)
    initial[shape.n_vertices // 2] = 1.0
    return initial


@pytest.mark.parametrize("time_step", [1e-5, 1e-3, 1e-1])
def test_backward_euler_stays_in_range_with_the_robust_laplacian(slivers, time_step):
    u = last(slivers, spike(slivers), "robust", duration=time_step, time_step=time_step, scheme="backward-euler")
    assert u.min() > -1e-13
    assert u.max() < 1 + 1e-13


def test_the_range_is_left_with_negative_weights(slivers):
    """Ablation: the same mesh with cotan weights, some negative."""
    u = last(slivers, spike(slivers), "cotan", duration=1e-3, time_step=1e-3, scheme="backward-euler")
    assert u.min() < -1e-4


def test_rannacher_start_stops_the_ringing(icosphere):
    """Ablation: a spike under long Crank–Nicolson steps goes negative unless the start is smooth."""
    shape = icosphere(3)
    raw, smooth = (
        last(shape, spike(shape), duration=0.3, time_step=0.1, smooth_start=start).min() for start in (False, True)
    )
    assert raw < -0.3
    assert smooth > -0.06


def test_square_with_cold_rim(square, relative_error):
    """u = sin πx sin πy exp(−2π²t)."""
    shape = square(32)
    x, y, _ = shape.vertices.T
    mode = np.sin(np.pi * x) * np.sin(np.pi * y)
    u = last(shape, mode, boundary="dirichlet", duration=0.05, time_step=0.0005, smooth_start=False)
    assert relative_error(u, mode * np.exp(-(np.pi**2) / 10), build_domain(shape).mass) < 2e-3


def test_held_rim_drives_to_its_harmonic_function(square):
    shape = square(10)
    u = last(
        shape, np.zeros(shape.n_vertices), boundary="dirichlet", boundary_values="2*x - y", duration=5.0, time_step=0.05
    )
    np.testing.assert_allclose(u, 2 * shape.vertices[:, 0] - shape.vertices[:, 1], atol=1e-10)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**16), scale=st.floats(1e-3, 1e3))
def test_moving_scaling_and_renumbering_change_nothing(icosphere, seed, scale):
    """Times scale with length²."""
    rng = np.random.default_rng(seed)
    shape, order = icosphere(1), rng.permutation(42)
    initial = rng.normal(size=42)
    turned = scale * shape.vertices @ np.linalg.qr(rng.normal(size=(3, 3)))[0] + rng.normal(size=3)
    moved = Shape(turned[order], np.argsort(order)[shape.faces])
    here = last(shape, initial, "cotan", duration=0.1, time_step=0.01)
    there = last(moved, initial[order], "cotan", duration=0.1 * scale**2, time_step=0.01 * scale**2)
    np.testing.assert_allclose(there, here[order], atol=1e-9)


def test_defaults_follow_the_size(icosphere):
    """A sphere in millimetres looks like the same sphere in kilometres."""
    shape = icosphere(2)
    initial = spike(shape)
    huge = Shape(1e6 * shape.vertices, shape.faces)
    np.testing.assert_allclose(last(shape, initial), last(huge, initial), atol=1e-9)


def test_cloud(sphere_cloud, relative_error):
    shape = sphere_cloud(2000)
    domain = build_domain(shape)
    x, y, _ = shape.vertices.T
    u = last(shape, x * y, duration=0.1, time_step=0.005)
    assert relative_error(u, x * y * np.exp(-0.6), domain.mass) < 0.01

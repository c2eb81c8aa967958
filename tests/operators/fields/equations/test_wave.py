import numpy as np
import pytest

from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.equations.wave import wave
from geomlearn.operators.fields.options import WaveOptions


def run(shape, initial, **options):
    return wave(build_domain(shape), initial, WaveOptions(**options))


def test_eigenvectors_swing_at_the_known_rate(icosphere, eigenpair):
    """Newmark with β = 1/4 turns ω dt into θ = 2 arctan(ω dt/2): after n steps u = cos(nθ) φ."""
    shape = icosphere(2)
    eigenvalue, phi = eigenpair(build_domain(shape), 7)
    series = run(shape, phi, duration=3.0, time_step=0.1, speed=2.0, save_every=1).value
    theta = 2 * np.arctan(2.0 * np.sqrt(eigenvalue) * 0.1 / 2)
    expected = np.cos(np.arange(31) * theta)[:, None] * phi
    np.testing.assert_allclose(series.values, expected, atol=1e-12)


def test_second_order_on_the_sphere(icosphere, relative_error):
    """u = z(5z² − 3) cos(√12 t) at t = 0.4, where cos is steep."""
    errors = []
    for subdivisions, dt in ((3, 0.02), (4, 0.01)):
        shape = icosphere(subdivisions)
        z = shape.vertices[:, 2]
        harmonic = z * (5 * z**2 - 3)
        u = run(shape, harmonic, duration=2.0, time_step=dt).value.values[-1]
        errors.append(relative_error(u, harmonic * np.cos(np.sqrt(12) * 2), build_domain(shape).mass))
    assert errors[0] < 0.05
    assert 3.2 < errors[0] / errors[1] < 4.8


@pytest.mark.parametrize("time_step", [0.01, 1.0])
def test_energy_is_kept_for_any_step(icosphere, time_step):
    initial = np.random.default_rng(0).normal(size=642)
    history = run(icosphere(3), initial, duration=500 * time_step, time_step=time_step, save_every=1).history
    energy = np.array([row["energy"] for row in history])
    assert np.abs(energy / energy[0] - 1).max() < 1e-12


def test_explicit_steps_of_that_length_blow_up(icosphere):
    """Ablation: leapfrog, the explicit relative, at the step the test above takes."""
    domain = build_domain(icosphere(3))
    before = now = np.random.default_rng(0).normal(size=642)
    for _ in range(50):
        before, now = now, 2 * now - before - (domain.stiffness @ now) / domain.mass
    assert np.abs(now).max() > 1e10


def test_initial_velocity(icosphere, relative_error):
    """u_t = z at rest height: u = z sin(√2 t)/√2."""
    shape = icosphere(3)
    z = shape.vertices[:, 2]
    u = run(shape, 0 * z, velocity_expression="z", duration=1.0, time_step=0.01).value.values[-1]
    assert relative_error(u, z * np.sin(np.sqrt(2)) / np.sqrt(2), build_domain(shape).mass) < 0.01


def test_square_drum(square, relative_error):
    """u = sin πx sin πy cos(√2 π t) with the rim held."""
    shape = square(32)
    x, y, _ = shape.vertices.T
    mode = np.sin(np.pi * x) * np.sin(np.pi * y)
    u = run(shape, mode, boundary="dirichlet", duration=0.5, time_step=0.005).value.values[-1]
    assert relative_error(u, mode * np.cos(np.sqrt(2) * np.pi / 2), build_domain(shape).mass) < 0.01


def test_a_held_rim_stays_where_it_is(square):
    shape = square(8)
    series = run(shape, np.zeros(81), boundary="dirichlet", boundary_values="1 + x", velocity_expression="1").value
    rim = build_domain(shape).rim
    np.testing.assert_array_equal(
        series.values[:, rim], np.broadcast_to(1 + shape.vertices[rim, 0], (series.n_frames, 32))
    )


def test_speed_and_time_trade(icosphere):
    """Twice as fast for half as long is the same."""
    initial = np.random.default_rng(0).normal(size=162)
    slow = run(icosphere(2), initial, duration=1.0, time_step=0.01)
    fast = run(icosphere(2), initial, duration=0.5, time_step=0.005, speed=2.0)
    np.testing.assert_allclose(slow.value.values[-1], fast.value.values[-1], atol=1e-12)


def test_cloud(sphere_cloud, relative_error):
    shape = sphere_cloud(2000)
    z = shape.vertices[:, 2]
    u = run(shape, z, duration=1.0, time_step=0.01).value.values[-1]
    assert relative_error(u, z * np.cos(np.sqrt(2)), build_domain(shape).mass) < 0.03

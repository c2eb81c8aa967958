import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.equations.allen_cahn import allen_cahn, random_phases
from geomlearn.operators.fields.options import AllenCahnOptions


def run(shape, initial, **options):
    return allen_cahn(build_domain(shape, "robust"), initial, AllenCahnOptions(**options))


def test_a_constant_follows_the_scheme_by_hand(icosphere):
    """(1/dt + S) u⁺ = (1/dt + S) u − (u³ − u)/ε² with S = 2/ε²."""
    epsilon, dt, u = 0.5, 0.1, 0.3
    series = run(icosphere(1), np.full(42, u), epsilon=epsilon, duration=dt, time_step=dt).value
    expected = u - (u**3 - u) / epsilon**2 / (1 / dt + 2 / epsilon**2)
    np.testing.assert_allclose(series.values[-1], expected, rtol=1e-12)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), dt=st.floats(1e-4, 10.0), height=st.floats(0.1, 2.0))
def test_energy_never_grows_and_the_range_is_kept(icosphere, seed, dt, height):
    """For any step; also from values beyond ±1."""
    initial = np.random.default_rng(seed).uniform(-height, height, 162)
    history = run(icosphere(2), initial, epsilon=0.3, duration=30 * dt, time_step=dt, save_every=1).history
    energy = np.array([row["energy"] for row in history])
    assert (np.diff(energy) <= 1e-12 * energy[0]).all()
    assert max(max(row["maximum"], -row["minimum"]) for row in history) <= max(1.0, np.abs(initial).max()) + 1e-12


def test_two_hundred_steps_from_noise(icosphere):
    shape = icosphere(3)
    initial = random_phases(build_domain(shape), seed=0)
    result = run(shape, initial, epsilon=0.15, duration=0.8, time_step=0.004, save_every=1)
    energy = np.array([row["energy"] for row in result.history])
    u = result.value.values[-1]
    assert len(energy) == 201
    assert (np.diff(energy) < 0).all()
    assert np.abs(u).max() <= 1 + 1e-12
    # The phases have separated: most of the sphere is at one of the two.
    assert np.mean(np.abs(u) > 0.9) > 0.5
    assert result.stats["epsilon"] == 0.15


def test_without_the_stabiliser_energy_grows(icosphere):
    """Ablation: S = 0 at a step that the scheme takes without harm."""
    domain, epsilon, dt = build_domain(icosphere(2), "robust"), 0.3, 1.0
    u = np.random.default_rng(0).uniform(-1, 1, 162)
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import spsolve

    def energy(u):
        return u @ (domain.stiffness @ u) / 2 + domain.mass @ (u**2 - 1) ** 2 / (4 * epsilon**2)

    matrix = (diags_array(domain.mass / dt) + domain.stiffness).tocsc()
    energies = [energy(u)]
    for _ in range(5):
        u = spsolve(matrix, domain.mass * (u / dt - (u**3 - u) / epsilon**2))
        energies.append(energy(u))
    assert max(np.diff(energies)) > 1


def test_a_straight_border_is_the_known_profile(square):
    """tanh((x − 1/2)/(√2 ε)) is at rest between two phases."""
    epsilon = 0.08
    shape = square(40)
    profile = np.tanh((shape.vertices[:, 0] - 0.5) / (np.sqrt(2) * epsilon))
    u = run(shape, profile, epsilon=epsilon, duration=0.2).value.values[-1]
    assert np.abs(u - profile).max() < 0.02


def test_phases_are_at_rest(icosphere):
    for phase in (-1.0, 1.0):
        u = run(icosphere(1), np.full(42, phase), duration=1.0).value.values[-1]
        np.testing.assert_allclose(u, phase, rtol=1e-12)


def test_cloud(sphere_cloud):
    shape = sphere_cloud(800)
    domain = build_domain(shape)
    result = allen_cahn(domain, random_phases(domain, 1), AllenCahnOptions(save_every=1))
    energy = np.array([row["energy"] for row in result.history])
    assert (np.diff(energy) <= 1e-12 * energy[0]).all()
    assert energy[-1] < 0.6 * energy[0]


def test_huge_values(icosphere):
    with pytest.raises(ParameterError, match="−1 and 1"):
        run(icosphere(1), np.full(42, 1e9))

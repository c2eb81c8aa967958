import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.equations.advect import advect
from geomlearn.operators.fields.initial import bump
from geomlearn.operators.fields.options import AdvectOptions
from geomlearn.shapes.shape import Shape


def run(shape, initial, velocity=None, **options):
    return advect(build_domain(shape), initial, AdvectOptions(**options), velocity=velocity)


def last(shape, initial, velocity=None, **options):
    return run(shape, initial, velocity, **options).value.values[-1]


def turned_xy(points, angle):
    """The function xy after the sphere has turned about z."""
    x, y, _ = points.T
    c, s = np.cos(angle), np.sin(angle)
    return (c * x + s * y) * (c * y - s * x)


@pytest.mark.parametrize("diffusivity", [0.02, 0.0])
def test_second_order_on_the_sphere(icosphere, relative_error, diffusivity):
    """One radian about z; xy decays by exp(−6νt)."""
    errors = []
    for subdivisions, dt in ((3, 0.02), (4, 0.01), (5, 0.005)):
        shape = icosphere(subdivisions)
        x, y, _ = shape.vertices.T
        u = last(shape, x * y, diffusivity=diffusivity, duration=1.0, time_step=dt, stabilize=False)
        exact = turned_xy(shape.vertices, 1.0) * np.exp(-6 * diffusivity)
        errors.append(relative_error(u, exact, build_domain(shape).mass))
    assert errors[-1] < 3e-3
    ratios = np.divide(errors[:-1], errors[1:])
    assert ((ratios > 3.2) & (ratios < 4.8)).all(), ratios


def test_converges_on_clouds(sphere_cloud, relative_error):
    """Between first and second order, as neighbouring local triangulations disagree here and there."""
    errors = []
    for n in (1000, 4000):
        shape = sphere_cloud(n)
        x, y, _ = shape.vertices.T
        u = last(shape, x * y, diffusivity=0.02, duration=1.0, time_step=0.01, stabilize=False)
        exact = turned_xy(shape.vertices, 1.0) * np.exp(-0.12)
        errors.append(relative_error(u, exact, np.ones(n)))
    assert errors[1] < 2.5e-3
    assert errors[0] / errors[1] > 2


@pytest.mark.parametrize("stabilize", [False, True])
@pytest.mark.parametrize("kind", ["mesh", "cloud"])
def test_total_and_constants_are_kept(icosphere, sphere_cloud, stabilize, kind):
    shape = icosphere(3) if kind == "mesh" else sphere_cloud(600)
    options = {"diffusivity": 0.001, "duration": 2.0, "time_step": 0.02, "stabilize": stabilize}
    initial = np.random.default_rng(0).uniform(size=shape.n_vertices)
    totals = np.array([row["total"] for row in run(shape, initial, **options).history])
    assert np.abs(totals / totals[0] - 1).max() < 1e-12
    np.testing.assert_allclose(last(shape, np.full(shape.n_vertices, 2.0), **options), 2.0, rtol=1e-11)


def test_energy_is_kept_without_diffusion(icosphere):
    """The skew matrix and Crank–Nicolson keep ∫u² to rounding."""
    initial = np.random.default_rng(0).normal(size=642)
    options = {"diffusivity": 0.0, "duration": 5.0, "time_step": 0.05, "stabilize": False, "smooth_start": False}
    energy = np.array([row["energy"] for row in run(icosphere(3), initial, **options).history])
    assert np.abs(energy / energy[0] - 1).max() < 1e-12


def test_energy_drifts_without_the_skew_part(icosphere):
    """Ablation: the same velocity, taken as it comes."""
    initial = np.random.default_rng(0).normal(size=642)
    options = {"diffusivity": 0.0, "duration": 5.0, "time_step": 0.05, "stabilize": False, "smooth_start": False}
    energy = [row["energy"] for row in run(icosphere(3), initial, divergence_free=False, **options).history]
    assert abs(energy[-1] / energy[0] - 1) > 1e-5


def test_a_full_turn_brings_a_bump_back(icosphere, relative_error):
    shape = icosphere(4)
    domain = build_domain(shape)
    initial = bump(domain, (0,), 0.5)
    u = last(shape, initial, diffusivity=0.0, axis=(1.0, 2.0, 3.0), time_step=2 * np.pi / 400)
    assert relative_error(u, initial, domain.mass) < 0.1
    assert relative_error(last(shape, initial, diffusivity=0.0, duration=np.pi), initial, domain.mass) > 1


def test_stabilising_damps_the_ringing_of_a_step(icosphere):
    """Ablation: half a sphere at one, carried round once without diffusion."""
    shape = icosphere(4)
    step = np.where(shape.vertices[:, 0] > 0, 1.0, 0.0)
    raw, smooth = (
        last(shape, step, diffusivity=0.0, stabilize=each, time_step=2 * np.pi / 100) for each in (False, True)
    )
    assert raw.min() < -0.3
    assert smooth.min() > -0.22
    assert smooth.max() < 1.22
    assert np.sum((smooth - step) ** 2) < 0.8 * np.sum((raw - step) ** 2)


def test_backward_euler_is_first_order(icosphere, relative_error):
    shape = icosphere(4)
    x, y, _ = shape.vertices.T
    reference = last(shape, x * y, diffusivity=0.02, duration=1.0, time_step=0.002, stabilize=False)
    mass = build_domain(shape).mass
    options = {"diffusivity": 0.02, "duration": 1.0, "stabilize": False, "scheme": "backward-euler"}
    coarse, fine = (relative_error(last(shape, x * y, time_step=dt, **options), reference, mass) for dt in (0.02, 0.01))
    assert coarse / fine == pytest.approx(2, rel=0.15)


def test_all_ways_to_say_a_rotation_agree(icosphere, relative_error):
    """About z on the unit sphere: axis, stream function −z, velocities per vertex, velocities per face."""
    shape = icosphere(3)
    domain = build_domain(shape)
    x, y, z = shape.vertices.T
    spin = np.column_stack([-y, x, 0 * z])
    options = {"diffusivity": 0.02, "duration": 1.0, "time_step": 0.02}
    reference = last(shape, x * y, **options)
    others = [
        advect(domain, x * y, AdvectOptions(velocity="stream", velocity_expression="-z", **options)).value.values[-1],
        last(shape, x * y, spin, **options),
        last(shape, x * y, spin[shape.faces].mean(axis=1), divergence_free=True, **options),
    ]
    for other in others:
        assert relative_error(other, reference, domain.mass) < 0.02
    backwards = last(shape, x * y, axis=(0.0, 0.0, -1.0), **options)
    assert relative_error(backwards, reference, domain.mass) > 0.5


def test_a_slope_carries_uphill(icosphere):
    """w = ∇z moves things north; conservative keeps the total, the other form keeps constants."""
    shape = icosphere(3)
    domain = build_domain(shape)
    z = shape.vertices[:, 2]
    options = {
        "velocity": "gradient",
        "velocity_expression": "z",
        "diffusivity": 0.05,
        "duration": 1.0,
        "time_step": 0.01,
    }
    start = 1 + 0 * z
    kept = advect(domain, start, AdvectOptions(conservative=True, **options))
    carried = advect(domain, start, AdvectOptions(**options))
    totals = [row["total"] for row in kept.history]
    assert totals[-1] == pytest.approx(totals[0], rel=1e-12)
    assert domain.mass @ (z * kept.value.values[-1]) > 0.4 * domain.area
    np.testing.assert_allclose(carried.value.values[-1], 1.0, rtol=1e-11)


def test_compressed_gas_settles_as_known(icosphere, relative_error):
    """u_t + ∇·(u∇z) = νΔu comes to rest at exp(z/ν)."""
    shape = icosphere(4)
    domain = build_domain(shape)
    options = AdvectOptions(
        velocity="gradient", velocity_expression="z", diffusivity=0.5, conservative=True, duration=10.0, time_step=0.1
    )
    u = advect(domain, np.ones(shape.n_vertices), options).value.values[-1]
    exact = np.exp(2 * shape.vertices[:, 2])
    assert relative_error(u, exact * domain.area / (domain.mass @ exact), domain.mass) < 5e-3


def test_held_rim(square, relative_error):
    """Steady flow between held values: u = (e^{x/ν} − 1)/(e^{1/ν} − 1) for w = (1, 0, 0)."""
    shape = square(32)
    nu = 0.1
    exact = np.expm1(shape.vertices[:, 0] / nu) / np.expm1(1 / nu)
    options = AdvectOptions(
        diffusivity=nu,
        boundary="dirichlet",
        boundary_values=f"(exp(x/{nu}) - 1) / (exp(1/{nu}) - 1)",
        duration=4.0,
        time_step=0.05,
    )
    domain = build_domain(shape)
    wind = np.tile([1.0, 0.0, 0.0], (shape.n_faces, 1))
    u = advect(domain, np.zeros(shape.n_vertices), options, velocity=wind).value.values[-1]
    assert relative_error(u, exact, domain.mass) < 0.02


def test_stream_on_a_cloud_needs_normals(sphere_cloud):
    shape = sphere_cloud(500)
    x, y, _ = shape.vertices.T
    options = AdvectOptions(velocity="stream", velocity_expression="-z", diffusivity=0.02, duration=1.0, time_step=0.02)
    with pytest.raises(ParameterError, match="without normals"):
        advect(build_domain(shape), x * y, options)
    with_normals = build_domain(Shape(shape.vertices, normals=shape.vertices))
    u = advect(with_normals, x * y, options).value.values[-1]
    reference = last(shape, x * y, diffusivity=0.02, duration=1.0, time_step=0.02)
    assert np.corrcoef(u, reference)[0, 1] > 0.999


def test_figures_of_the_run(icosphere):
    result = run(icosphere(3), np.zeros(642), diffusivity=0.05, duration=1.0)
    assert result.stats["speed"] == pytest.approx(np.sqrt(2 / 3), rel=0.01)
    # |w| h/ν with |w| ≤ 1, h ≈ 0.15
    assert 2 < result.stats["peclet"] < 4
    assert 0 < result.stats["stabilized_share"] < 1


@pytest.mark.parametrize(
    ("velocity", "error", "words"),
    [
        (np.zeros((42, 3)), ParameterError, "zero everywhere"),
        (np.full((42, 3), np.nan), ParameterError, "not finite"),
        (np.zeros((41, 3)), SizeMismatch, r"expected \(42, 3\) per vertex or \(80, 3\) per face"),
    ],
)
def test_velocities_that_cannot_be_used(icosphere, velocity, error, words):
    with pytest.raises(error, match=words):
        run(icosphere(1), np.zeros(42), velocity)

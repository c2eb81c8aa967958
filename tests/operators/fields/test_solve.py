import numpy as np
import pytest

from geomlearn.core.errors import Cancelled, FormatError, GeomError, ParameterError, SizeMismatch, SolverError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.operators.fields.field_files import read_field, write_field
from geomlearn.operators.fields.options import (
    EQUATIONS,
    AdvectOptions,
    AllenCahnOptions,
    GrayScottOptions,
    HeatOptions,
    PoissonOptions,
    WaveOptions,
)
from geomlearn.operators.fields.solve import solve
from geomlearn.shapes.shape import Shape

SHORT = {
    "poisson": PoissonOptions(),
    "heat": HeatOptions(),
    "wave": WaveOptions(duration=1.0, time_step=0.05),
    "advect": AdvectOptions(duration=1.0, time_step=0.05),
    "allen-cahn": AllenCahnOptions(duration=0.5),
    "gray-scott": GrayScottOptions(duration=100),
}


@pytest.mark.parametrize("kind", ["mesh", "cloud", "open mesh"])
@pytest.mark.parametrize("equation", EQUATIONS)
def test_every_equation_on_every_kind_of_shape(icosphere, sphere_cloud, square, equation, kind):
    shape = {"mesh": icosphere(2), "cloud": sphere_cloud(300), "open mesh": square(10)}[kind]
    result = solve(equation, shape, SHORT[equation])
    series = result.value
    assert result.status is Status.CONVERGED
    assert series.n_vertices == shape.n_vertices
    assert np.isfinite(series.values).all()
    assert np.ptp(series.values) > 0
    assert series.times[0] == 0
    if equation != "poisson":
        assert len(result.history) == series.n_frames
        assert result.stats["n_steps"] > 1


@pytest.mark.parametrize("equation", EQUATIONS)
def test_the_metadata_are_enough_to_do_it_again(icosphere, equation):
    first = solve(equation, icosphere(2), SHORT[equation]).value
    about = first.metadata
    again = solve(about["method"], icosphere(2), EQUATIONS[equation](**about["parameters"])).value
    np.testing.assert_array_equal(first.values, again.values)
    assert about["n_vertices"] == 162
    assert about["version"]


def test_to_a_file_and_on_from_there(tmp_path, icosphere):
    """Two halves make a whole, to the two backward-Euler starts."""
    shape = icosphere(2)
    options = HeatOptions(duration=0.1, time_step=0.01, scheme="backward-euler")
    half = write_field(tmp_path / "half.npz", solve("heat", shape, options).value)
    rest = solve("heat", shape, options.replace(values_file=str(half))).value.values[-1]
    whole = solve("heat", shape, options.replace(duration=0.2)).value.values[-1]
    np.testing.assert_allclose(rest, whole, atol=1e-13)
    assert read_field(half).metadata["method"] == "heat"


def test_an_array_in_hand_equals_the_same_in_a_file(tmp_path, icosphere):
    values = np.random.default_rng(0).normal(size=162)
    np.save(tmp_path / "start.npy", values)
    given = solve("wave", icosphere(2), SHORT["wave"], initial=values).value
    read = solve("wave", icosphere(2), SHORT["wave"].replace(values_file=str(tmp_path / "start.npy"))).value
    np.testing.assert_array_equal(given.values, read.values)


@pytest.mark.parametrize("per", ["vertex", "face"])
def test_velocities_from_a_file(tmp_path, icosphere, per):
    shape = icosphere(2)
    places = shape.vertices if per == "vertex" else shape.vertices[shape.faces].mean(axis=1)
    velocity = np.cross([0, 0, 1], places)
    np.savetxt(tmp_path / "w.txt", velocity)
    options = AdvectOptions(duration=0.5, time_step=0.05, diffusivity=0.01)
    given = solve("advect", shape, options, velocity=velocity).value.values
    read = solve("advect", shape, options.replace(velocity="file", velocity_file=str(tmp_path / "w.txt"))).value.values
    np.testing.assert_allclose(given, read, atol=1e-14)


def test_cancelling_hands_over_the_frames_so_far(icosphere):
    seen = []
    progress = Progress(lambda fraction, note: seen.append(note), lambda: len(seen) > 30)
    result = solve("heat", icosphere(2), HeatOptions(save_every=1), progress=progress)
    assert result.status is Status.CANCELLED
    assert 5 < result.value.n_frames < 100
    assert result.value.metadata["status"] == "cancelled"


def test_cancelling_before_the_first_step(icosphere):
    with pytest.raises(Cancelled):
        solve("heat", icosphere(2), progress=Progress(None, lambda: True))


def test_a_run_that_breaks_hands_over_its_frames(icosphere):
    """Steps of 100 are far too long for the explicit reaction."""
    start = np.full((162, 2), 40.0)
    with pytest.raises(SolverError, match="shorter time steps") as caught:
        solve("gray-scott", icosphere(2), GrayScottOptions(duration=5000, time_step=100, save_every=1), initial=start)
    assert caught.value.best.n_frames >= 1
    assert caught.value.best.metadata["method"] == "gray-scott"


BALL = Shape(
    np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]), [[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]]
)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: solve("stokes", BALL), ParameterError, "no equation called stokes"),
        (lambda: solve("heat", BALL, WaveOptions()), ParameterError, "heat takes HeatOptions, not WaveOptions"),
        (lambda: solve("heat", BALL, initial=np.zeros(5)), SizeMismatch, "4 vertices"),
        (lambda: solve("heat", BALL, initial=[0, 0, 0, np.nan]), ParameterError, "not finite"),
        (lambda: solve("heat", BALL, initial=np.zeros((4, 2))), SizeMismatch, "4 vertices"),
        (lambda: solve("heat", BALL, HeatOptions(vertex=(4,))), ParameterError, "vertices 0 to 3"),
        (lambda: solve("heat", BALL, HeatOptions(expression="eval(1)")), ParameterError, "the word eval"),
        (lambda: solve("heat", BALL, HeatOptions(values_file="nowhere.npy")), FormatError, "no file"),
        (lambda: solve("heat", BALL, HeatOptions(vertex=(0,)), initial=np.zeros(4)), ParameterError, "given twice"),
        (lambda: solve("heat", BALL, velocity=np.zeros((4, 3))), ParameterError, "takes no velocity"),
        (lambda: solve("heat", BALL, HeatOptions(boundary="dirichlet")), ParameterError, "no rim"),
        (lambda: solve("heat", BALL, HeatOptions(duration=1, time_step=2)), ParameterError, "longer than"),
        (lambda: solve("wave", BALL, WaveOptions(velocity_expression="1/0")), ParameterError, "of 4 points"),
        (
            lambda: solve(
                "advect",
                BALL,
                AdvectOptions(velocity="gradient", velocity_expression="x"),
                velocity=np.zeros((4, 3)),
            ),
            ParameterError,
            "given twice",
        ),
        (lambda: solve("heat", Shape(BALL.vertices * [1, 0, 0], BALL.faces)), GeomError, "area"),
        (lambda: solve("heat", Shape([[0, 0, 0], [1, 0, 0]])), GeomError, "points"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, error, words):
    with pytest.raises(error, match=words):
        call()

import numpy as np
import pytest

from geomlearn.core.arrays import write_arrays
from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.field_files import write_field
from geomlearn.operators.fields.initial import bump, checked_values, initial_values, read_values
from geomlearn.operators.fields.options import GrayScottOptions, HeatOptions
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.shapes.shape import Shape


@pytest.fixture(scope="module")
def domain(icosphere):
    return build_domain(icosphere(4))


@pytest.mark.parametrize("radius", [0.2, 0.5])
def test_a_bump_is_a_gaussian_of_geodesic_distance(domain, radius):
    u = bump(domain, (7,), radius)
    distance = np.arccos(np.clip(domain.points @ domain.points[7], -1, 1))
    assert u.max() == u[7] == 1
    assert np.abs(u - np.exp(-((distance / radius) ** 2))).max() < 0.05


def test_a_bump_knows_the_gap():
    """Two sheets a hair apart: the bump stays on its own."""
    x, y = np.meshgrid(np.arange(5.0), np.arange(5.0))
    sheet = np.column_stack([x.ravel(), y.ravel(), 0 * x.ravel()])
    corner = (np.arange(4)[:, None] * 5 + np.arange(4)).ravel()
    faces = np.vstack(
        [np.column_stack([corner, corner + 1, corner + 6]), np.column_stack([corner, corner + 6, corner + 5])]
    )
    both = Shape(np.vstack([sheet, sheet + np.array([0, 0, 1e-3])]), np.vstack([faces, faces + 25]))
    u = bump(build_domain(both), (12,), 2.0)
    assert u[:25].min() > 0
    assert np.abs(u[25:]).max() == 0


def test_several_bumps(domain):
    u = bump(domain, (0, 900, 0), 0.2)
    assert u[0] > 0.9
    assert u[900] > 0.9


def test_a_bump_stays_in_its_range_with_negative_weights(slivers):
    """Or the spots of Gray–Scott would be refused."""
    u = bump(build_domain(slivers, "cotan"), (7,), 0.05)
    assert u.min() >= 0
    assert u.max() == 1


def test_a_tiny_radius_is_a_spike(domain):
    u = bump(domain, (5,), 1e-6)
    assert u[5] == 1
    assert np.delete(u, 5).max() < 1e-6


@pytest.mark.parametrize("vertex", [-1, 2562, 10**12])
def test_vertices_that_are_not_there(domain, vertex):
    with pytest.raises(ParameterError, match="has vertices 0 to 2561"):
        bump(domain, (vertex,))


def test_a_vertex_without_faces(icosphere):
    ball = icosphere(1)
    shape = Shape(np.vstack([ball.vertices, [[5, 5, 5]]]), ball.faces)
    with pytest.raises(ParameterError, match="belongs to no face"):
        bump(build_domain(shape), (42,))


def test_where_the_options_point(domain, tmp_path):
    file = tmp_path / "start.txt"
    np.savetxt(file, np.arange(2562))
    np.testing.assert_array_equal(initial_values(domain, HeatOptions(values_file=str(file))), np.arange(2562))
    z = domain.points[:, 2]
    np.testing.assert_array_equal(initial_values(domain, HeatOptions(expression="z")), z)
    np.testing.assert_array_equal(initial_values(domain, HeatOptions(vertex=(3,))), bump(domain, (3,)))
    assert initial_values(domain, HeatOptions()) is None
    narrow = initial_values(domain, GrayScottOptions(vertex=(3,)), 2, 0.1)
    np.testing.assert_array_equal(narrow, bump(domain, (3,), 0.1))


VALUES = np.linspace(-1, 1, 30)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.mat", "a.h5", "a.txt", "a.csv", "noted.txt"])
def test_files_of_values(tmp_path, name):
    path = tmp_path / name
    if name == "a.npy":
        np.save(path, VALUES)
    elif name == "noted.txt":
        path.write_text("# heights\n" + "\n".join(f"{value!r}  # mm" for value in VALUES.tolist()) + "\n\n")
    elif path.suffix in (".txt", ".csv"):
        np.savetxt(path, VALUES)
    else:
        write_arrays(path, {"height": VALUES, "other": np.zeros(7)}, {})
    np.testing.assert_allclose(read_values(path, 30), VALUES, rtol=1e-15)


def test_columns_keep_their_order(tmp_path):
    path = tmp_path / "pair.csv"
    np.savetxt(path, np.column_stack([VALUES, 2 * VALUES]), delimiter=",")
    np.testing.assert_allclose(read_values(path, 30), np.column_stack([VALUES, 2 * VALUES]))


def test_the_last_frame_of_a_saved_field(tmp_path):
    path = tmp_path / "heat.npz"
    write_field(path, FieldSeries([0.0, 1.0], [VALUES, 5 * VALUES]))
    np.testing.assert_array_equal(read_values(path, 30), 5 * VALUES)
    path = tmp_path / "pair.npz"
    frames = np.random.default_rng(0).normal(size=(3, 30, 2))
    write_field(path, FieldSeries([0.0, 1.0, 2.0], frames, ("u", "v")))
    np.testing.assert_array_equal(read_values(path, 30), frames[-1])


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ("1 2\n3\n", FormatError, "different counts"),
        ("one\ntwo\n", FormatError, "not a column of numbers"),
        ("# nothing\n", FormatError, "no numbers"),
        ("1\n2\n3\n", SizeMismatch, r"text \(3, 1\), but the shape has 30"),
        ("", FormatError, "0 bytes"),
        (b"\xff\xfe\x00", FormatError, "not a column of numbers"),
    ],
)
def test_damaged_texts(tmp_path, content, error, words):
    path = tmp_path / "bad.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(error, match=words):
        read_values(path, 30)


def test_files_that_do_not_say_which(tmp_path):
    path = tmp_path / "two.npz"
    np.savez(path, a=VALUES, b=VALUES)
    with pytest.raises(FormatError, match="several arrays of 30 rows: a, b"):
        read_values(path, 30)
    words = tmp_path / "words.npy"
    np.save(words, np.array(["a"] * 30))
    with pytest.raises(FormatError, match="not real numbers"):
        read_values(words, 30)
    np.save(words, VALUES + 1j)
    with pytest.raises(FormatError, match="not real numbers"):
        read_values(words, 30)
    with pytest.raises(FormatError, match="no file"):
        read_values(tmp_path / "absent.npy", 30)


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        (np.zeros(41), SizeMismatch, r"\(41,\), but icosphere has 42 vertices"),
        (np.zeros((42, 2)), SizeMismatch, r"\(42, 2\)"),
        (np.r_[np.zeros(41), np.nan], ParameterError, "1 initial values are not finite, the first at vertex 41"),
        (np.full(42, np.inf), ParameterError, "not finite"),
        (["a"] * 42, ParameterError, "not numbers"),
        ({}, ParameterError, "not numbers"),
    ],
)
def test_arrays_that_cannot_start(icosphere, values, error, words):
    with pytest.raises(error, match=words):
        checked_values(build_domain(icosphere(1)), values)


def test_arrays_that_can(icosphere):
    domain = build_domain(icosphere(1))
    assert checked_values(domain, np.zeros((42, 1))).shape == (42,)
    assert checked_values(domain, np.zeros((42, 2)), 2).shape == (42, 2)
    assert checked_values(domain, [1] * 42).dtype == np.float64

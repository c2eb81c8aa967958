"""Samples: what they refuse, splitting, joining, and their files."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, GeomError, ParameterError, SizeMismatch
from geomlearn.operators.data.files import read_samples
from geomlearn.operators.data.sample_files import write_samples
from geomlearn.operators.data.samples import Samples, ShapeSamples, coarsened, join, split
from geomlearn.shapes.shape import Shape


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    return Samples(rng.random((10, 4, 5, 2)), rng.random((10, 4, 5, 1)), mask=rng.random((10, 4, 5)) < 0.5, task="t")


@pytest.fixture
def on_shapes():
    rng = np.random.default_rng(0)
    shapes = tuple(Shape(rng.random((n, 3)), np.array([[0, 1, 2]]), f"s{n}") for n in (4, 5, 6))
    shape_of = np.array([0, 0, 1, 1, 2, 2])
    sizes = [shapes[i].n_vertices for i in shape_of]
    return ShapeSamples(
        shapes, shape_of, tuple(rng.random((n, 1)) for n in sizes), tuple(rng.random((n, 1)) for n in sizes)
    )


@pytest.mark.parametrize("suffix", [".h5", ".npz"])
def test_files_give_back_what_they_were_given(samples, on_shapes, tmp_path, suffix):
    back = read_samples(write_samples(tmp_path / f"a{suffix}", samples))
    assert back.input_names == ("a0", "a1")
    for name in ("inputs", "targets", "mask"):
        np.testing.assert_array_equal(getattr(back, name), getattr(samples, name))
    back = read_samples(write_samples(tmp_path / f"b{suffix}", on_shapes))
    assert [shape.name for shape in back.shapes] == ["s4", "s5", "s6"]
    for index in range(6):
        np.testing.assert_array_equal(back.targets[index], on_shapes.targets[index])
    np.testing.assert_array_equal(back.shapes[1].vertices, on_shapes.shapes[1].vertices)


def test_a_file_without_its_arrays_says_what_is_missing(samples, tmp_path):
    from geomlearn.core.arrays import read_arrays, write_arrays

    arrays, metadata = read_arrays(write_samples(tmp_path / "a.npz", samples))
    del arrays["targets"]
    with pytest.raises(FormatError, match="lacks part of its samples: 'targets'"):
        read_samples(write_arrays(tmp_path / "b.npz", arrays, metadata))


def test_the_split_keeps_the_last_for_judging(samples):
    halves = split(samples)
    assert (halves.train.n_samples, halves.test.n_samples) == (8, 2)
    np.testing.assert_array_equal(halves.test.inputs, samples.inputs[8:])
    assert split(samples, 3).test.n_samples == 3
    for n_test in (0, 10):
        with pytest.raises(ParameterError, match="cannot be split"):
            split(samples, n_test)


def test_no_shape_is_both_learned_from_and_judged_on(on_shapes):
    halves = split(on_shapes, 1)
    assert halves.test.n_samples == 2
    assert [shape.name for shape in halves.test.shapes] == ["s6"]
    assert {shape.name for shape in halves.train.shapes} == {"s4", "s5"}


def test_joining_parts_gives_the_whole(samples, on_shapes):
    whole = join([samples.take(slice(0, 3)), samples.take(slice(3, 10))])
    np.testing.assert_array_equal(whole.targets, samples.targets)
    whole = join([on_shapes.take(slice(0, 3)), on_shapes.take(slice(3, 6))])
    assert len(whole.shapes) == 3
    assert whole.shape_of.tolist() == on_shapes.shape_of.tolist()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"targets": np.zeros((9, 4, 5, 1))}, "no pairs of functions"),
        ({"targets": np.full((10, 4, 5, 1), np.nan)}, "not finite, first in row 0"),
        ({"points": np.zeros((10, 4, 5, 2))}, "Points have shape"),
        ({"mask": np.ones((10, 4), bool)}, "mask has shape"),
        ({"codes": np.zeros(10)}, "Codes have shape"),
        ({"input_names": ("only one",)}, "2 channels have 1 names"),
    ],
)
def test_what_does_not_fit_is_refused(samples, change, sentence):
    given = {"inputs": samples.inputs, "targets": samples.targets, **change}
    with pytest.raises(GeomError, match=sentence):
        Samples(**given)


def test_values_must_fit_their_shape(on_shapes):
    with pytest.raises(SizeMismatch, match="Sample 0 has values"):
        ShapeSamples(on_shapes.shapes, np.array([1]), on_shapes.inputs[:1], on_shapes.targets[:1])
    with pytest.raises(SizeMismatch, match="not there"):
        ShapeSamples(on_shapes.shapes, np.array([3]), on_shapes.inputs[:1], on_shapes.targets[:1])


def test_a_coarser_grid_keeps_every_mth_node(samples):
    thin = coarsened(samples, 2)
    assert thin.resolution == (2, 3)
    np.testing.assert_array_equal(thin.targets, samples.targets[:, ::2, ::2])
    np.testing.assert_array_equal(thin.mask, samples.mask[:, ::2, ::2])
    assert coarsened(samples, 1) is samples
    assert split(samples, 3).coarsened(2).test.inputs.shape == (3, 2, 3, 2)


def test_what_has_no_coarser_grid_is_refused(samples, on_shapes):
    with pytest.raises(ParameterError, match="Every 4-th node of 4 × 5 is no grid"):
        coarsened(samples, 4)
    with pytest.raises(ParameterError, match="of shapes is no grid"):
        coarsened(on_shapes, 2)

"""Making data: what a sample depends on, the cache, and every task."""

import numpy as np
import pytest

import geomlearn.operators.data.generate as module
from geomlearn.core.errors import Cancelled, ParameterError
from geomlearn.core.progress import Progress
from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import (
    TASKS,
    BurgersData,
    DarcyData,
    ElasticityData,
    NavierStokesData,
    PipeData,
    SeriesData,
    ShapesData,
)

SMALL = {
    "darcy": DarcyData(resolution=9),
    "burgers": BurgersData(resolution=16, solver_resolution=32, duration=0.1),
    "navier-stokes": NavierStokesData(resolution=8, n_in=2, n_out=1, spacing=0.1),
    "elasticity": ElasticityData(around=8, layers=2),
    "pipe": PipeData(along=4, across=2),
}
# Meshing a random body takes longer than everything else: one test below has them.
ON_SHAPES = ShapesData(shapes=("builtin:icosphere",), n_vertices=500)
SERIES = SeriesData(shapes=("builtin:icosphere",), n_vertices=500, frames=4)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 3)


def options_of(row):
    return SMALL.get(row.key, SERIES if row.key.endswith("-series") else ON_SHAPES)


@pytest.mark.parametrize("row", TASKS, ids=lambda row: row.key)
@pytest.mark.usefixtures("small_parts")
def test_every_task_makes_what_it_was_asked_for_and_again_the_same(row):
    assert isinstance(options_of(row), row.options)
    assert row.title
    samples = generate(row.key, 3, options_of(row), seed=5, jobs=1)
    again = generate(row.key, 2, options_of(row), seed=5, jobs=1, cache=False)
    assert (samples.n_samples, samples.task, samples.metadata["seed"]) == (3, row.key, 5)
    for index in range(2):
        np.testing.assert_array_equal(samples.inputs[index], again.inputs[index])
        np.testing.assert_array_equal(samples.targets[index], again.targets[index])
    assert not np.array_equal(samples.targets[0], samples.targets[1])
    assert np.std(samples.targets[0]) > 0


def test_seeds_differ_and_the_number_of_processes_does_not_matter():
    one = generate("darcy", 20, SMALL["darcy"], seed=1, jobs=1, cache=False)
    many = generate("darcy", 20, SMALL["darcy"], seed=1, jobs=2, cache=False)
    other = generate("darcy", 20, SMALL["darcy"], seed=2, jobs=1, cache=False)
    np.testing.assert_array_equal(one.targets, many.targets)
    assert not np.array_equal(one.targets, other.targets)


def test_what_is_cached_is_used_what_is_damaged_is_made_again_and_cancelling_keeps_it(tmp_path):
    seen = []
    with pytest.raises(Cancelled):
        generate(
            "darcy", 24, SMALL["darcy"], jobs=1, progress=Progress(None, lambda: bool(seen.append(0)) or len(seen) > 1)
        )
    kept = sorted((tmp_path / "cache").rglob("*.npz"))
    assert len(kept) == 2
    kept[0].write_bytes(b"PK\x03\x04 no more")
    stamp = kept[1].stat().st_ino
    whole = generate("darcy", 24, SMALL["darcy"], jobs=1)
    assert kept[1].stat().st_ino == stamp
    fresh = generate("darcy", 24, SMALL["darcy"], jobs=1, cache=False)
    np.testing.assert_array_equal(whole.targets, fresh.targets)


def test_elasticity_on_a_grid_is_stress_where_there_is_material():
    samples = generate("elasticity", 2, SMALL["elasticity"].replace(layout="grid", resolution=17), jobs=1, cache=False)
    assert samples.mask is not None
    assert (samples.targets[..., 0][~samples.mask] == 0).all()
    assert (samples.targets[..., 0][samples.mask] > 0).all()
    assert 0.6 < samples.mask.mean() < 0.95
    np.testing.assert_array_equal(samples.inputs[..., 0] == 1, samples.mask)


@pytest.mark.usefixtures("small_parts")
def test_shapes_take_turns_and_files_and_built_in_shapes_do_as_well():
    bodies = ShapesData(n_vertices=500, samples_per_shape=2)
    samples = generate("heat-on-shapes", 3, bodies, jobs=1, cache=False)
    assert samples.shape_of.tolist() == [0, 0, 1]
    assert samples.shapes[0].name == "random-biped 0"
    assert samples.shapes[1].n_vertices == 500
    given = ShapesData(shapes=("builtin:torus",), n_vertices=500)
    torus = generate("heat-on-shapes", 1, given, jobs=1, cache=False)
    assert torus.shapes[0].name == "torus"
    # Heat loses its extremes.
    assert np.abs(torus.targets[0]).max() < np.abs(torus.inputs[0]).max()


def test_a_shape_file_that_changed_is_read_again(tmp_path):
    from geomlearn.shapes.io import write_shape
    from geomlearn.shapes.load import load_shape

    path, ball = tmp_path / "ball.ply", load_shape("builtin:icosphere")
    options = ShapesData(shapes=(str(path),), n_bumps=1)
    extents = []
    for size in (1, 2):
        write_shape(path, ball.replace(vertices=size * ball.vertices), force=True)
        extents.append(generate("poisson-on-shapes", 1, options, jobs=1).shapes[0].diagonal)
    assert extents[1] == pytest.approx(2 * extents[0])


def test_wrong_requests_are_sentences():
    with pytest.raises(ParameterError, match="no data set called darcie"):
        generate("darcie", 3)
    with pytest.raises(ParameterError, match="darcy takes DarcyData"):
        generate("darcy", 3, PipeData())
    with pytest.raises(ParameterError, match="0 samples"):
        generate("darcy", 0)
    with pytest.raises(ParameterError, match="misses the rim"):
        DarcyData(resolution=86, stride=3)
    with pytest.raises(ParameterError, match="multiple of 8"):
        ElasticityData(around=12)

"""Sensors, samples and snapshots in files; what is wrong with one is a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, GeomError, MeshError, SizeMismatch
from geomlearn.sensing.io.samples import read_samples, read_snapshots
from geomlearn.sensing.io.sensors import lay_on, read_sensors, write_sensors
from geomlearn.sensing.io.tables import read_table
from geomlearn.shapes.builtin import icosphere

BALL = icosphere(6)


def test_sensors_survive_their_file_and_keep_their_vertices(tmp_path):
    vertices, weights = np.array([5, 3, 200]), np.array([0.1, 1 / 3, 2.0])
    write_sensors(tmp_path / "s.csv", BALL, vertices, weights)
    assert (tmp_path / "s.csv").read_text().splitlines()[0] == "vertex,x,y,z,weight"
    found = read_sensors(tmp_path / "s.csv")
    laid, distances = lay_on(found, BALL)
    assert laid.tolist() == [5, 3, 200]
    assert (found.weights == weights).all()
    assert distances.max() == 0
    with pytest.raises(GeomError, match="exists already"):
        write_sensors(tmp_path / "s.csv", BALL, vertices, weights)


def test_sensors_are_laid_on_another_mesh_by_their_places(tmp_path):
    write_sensors(tmp_path / "s.csv", BALL, np.arange(10), np.ones(10))
    finer = icosphere(16)
    laid, distances = lay_on(read_sensors(tmp_path / "s.csv"), finer)
    assert np.linalg.norm(finer.vertices[laid] - BALL.vertices[:10], axis=1) == pytest.approx(distances)
    assert distances.max() < 0.1


def test_sensors_off_the_shape_are_refused(tmp_path):
    (tmp_path / "s.csv").write_text("x,y,z\n1,0,0\n3,0,0\n")
    with pytest.raises(MeshError, match="1 of 2 sensors lie off"):
        lay_on(read_sensors(tmp_path / "s.csv"), BALL)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("vertex,weight\n1,2\n", "no column x"),
        ("x,y,z\n1,2\n", "2 cells, not 3"),
        ("x,y,z\n1,2,no\n", "'no' for a number"),
        ("x,y,z\n", "no rows"),
        ("x,y,z,weight\n1,0,0,-1\n", "not usable"),
        ("vertex,x,y,z\n1.5,1,0,0\n", "names vertex 1.5"),
    ],
)
def test_damaged_sensors_are_sentences(tmp_path, text, sentence):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(FormatError, match=sentence):
        read_sensors(tmp_path / "s.csv")


def test_values_at_vertices_at_points_and_as_snapshots(tmp_path):
    (tmp_path / "v.csv").write_text("vertex,value\n4,1.5\n2,nan\n")
    read = read_samples(tmp_path / "v.csv", 10)
    assert read.vertices.tolist() == [4, 2]
    assert np.isnan(read.values[1, 0])
    (tmp_path / "p.csv").write_text("x,y,z,value\n1,2,3,4\n")
    assert read_samples(tmp_path / "p.csv", 10).points.tolist() == [[1, 2, 3]]
    (tmp_path / "t.csv").write_text("1,2,3\n4,5,6\n")
    assert read_samples(tmp_path / "t.csv", 10).values.tolist() == [[1, 4], [2, 5], [3, 6]]
    np.savez(tmp_path / "scan.npz", points=np.ones((4, 3)), values=np.arange(8.0).reshape(2, 4))
    assert read_samples(tmp_path / "scan.npz", 10).values.shape == (4, 2)
    assert read_snapshots(tmp_path / "t.csv", 3).shape == (2, 3)


def test_samples_that_do_not_fit_are_sentences(tmp_path):
    (tmp_path / "v.csv").write_text("vertex,value\n12,1\n")
    with pytest.raises(FormatError, match="names vertex 12 of 10"):
        read_samples(tmp_path / "v.csv", 10)
    np.savez(tmp_path / "a.npz", points=np.ones((4, 3)), values=np.ones(5))
    with pytest.raises(SizeMismatch, match="5 values at 4 places"):
        read_samples(tmp_path / "a.npz", 10)
    np.savez(tmp_path / "b.npz", something=np.ones(5))
    with pytest.raises(FormatError, match="holds no values"):
        read_samples(tmp_path / "b.npz", 10)
    (tmp_path / "dead.csv").write_text("nan,nan\n" * 3)
    with pytest.raises(FormatError, match="has no rows of numbers"):
        read_samples(tmp_path / "dead.csv", 10)
    (tmp_path / "t.csv").write_text("1,2,3\n")
    with pytest.raises(SizeMismatch, match="3 readings, but there are 5"):
        read_snapshots(tmp_path / "t.csv", 5)


def test_a_byte_order_mark_and_comments_are_skipped(tmp_path):
    (tmp_path / "t.csv").write_bytes("\ufeffa,b\n# a comment,x\n1,2\n".encode())
    names, table = read_table(tmp_path / "t.csv")
    assert names == ("a", "b")
    assert table.tolist() == [[1, 2]]

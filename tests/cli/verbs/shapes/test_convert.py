"""What `convert` takes along, and what it names."""

import numpy as np
import pytest

from geomlearn.app.cli.main import main
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import read_held, read_shape, write_shape
from geomlearn.spectral.basis_files import read_basis, write_basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


@pytest.fixture(scope="module")
def ball():
    return builtin("sphere", 500)


def test_a_basis_becomes_a_field_for_each_mode(ball, tmp_path, capsys):
    basis = eigenbasis(ball, EigenbasisOptions(k=6))
    write_basis(tmp_path / "b.npz", basis, ball)
    assert main(["convert", str(tmp_path / "b.npz"), str(tmp_path / "b.vtp")]) == 0
    assert main(["convert", str(tmp_path / "b.npz"), str(tmp_path / "b.ply")]) == 0
    np.testing.assert_array_equal(read_basis(tmp_path / "b.vtp").evecs, basis.evecs)
    modes = [a for name, a in read_held(tmp_path / "b.ply").point_data.items() if name.startswith("mode_")]
    np.testing.assert_array_equal(np.stack(modes, axis=1), basis.evecs)
    capsys.readouterr()
    assert main(["convert", str(tmp_path / "b.vtp"), str(tmp_path / "b.obj")]) == 0
    assert "no room for the basis of 6 modes" in " ".join(capsys.readouterr().err.split())


def test_point_data_go_along_or_are_named(ball, tmp_path, capsys):
    data = {"heat": np.arange(500.0), "velocity": np.ones((500, 3))}
    write_shape(tmp_path / "a.vtp", ball, point_data=data)
    for suffix in (".npz", ".ply", ".vtp"):
        assert main(["convert", str(tmp_path / "a.vtp"), str(tmp_path / f"b{suffix}")]) == 0
        held = read_held(tmp_path / f"b{suffix}").point_data
        np.testing.assert_array_equal(held["heat"], data["heat"])
        assert {"velocity"} <= held.keys() or {"velocity_0", "velocity_1", "velocity_2"} <= held.keys()
    capsys.readouterr()
    assert main(["convert", str(tmp_path / "a.vtp"), str(tmp_path / "b.stl")]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "no room for" in said
    assert "heat, velocity" in said
    assert read_shape(tmp_path / "b.stl").n_faces == ball.n_faces

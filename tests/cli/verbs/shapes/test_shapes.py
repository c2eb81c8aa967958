"""info, check and convert."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.shapes.io import read_shape, write_shape
from geomlearn.shapes.shape import Shape


@pytest.fixture
def torn(tmp_path):
    """Two triangles that share an edge but not its vertices, and a vertex of no face: usable, and worth mending."""
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [9, 9, 9]], float)
    return write_shape(tmp_path / "torn.off", Shape(vertices, np.array([[0, 1, 2], [3, 4, 5]])))


@pytest.fixture
def flat(tmp_path):
    """A mesh whose only face has no area: not usable."""
    return write_shape(
        tmp_path / "flat.off", Shape(np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0.0]]), np.array([[0, 1, 2]]))
    )


def test_info_counts_a_sphere(geomlearn, ball):
    run = geomlearn("info", ball, "--json")
    (facts,) = run.json["files"]
    assert run.code == 0
    assert (facts["n_vertices"], facts["n_edges"], facts["n_faces"]) == (642, 1920, 1280)
    assert (facts["genus"], facts["n_boundary_loops"], facts["n_components"]) == (0, 0, 1)
    assert facts["area"] == pytest.approx(4 * np.pi, rel=0.02)


def test_info_says_it_in_80_columns_with_units(geomlearn, ball):
    run = geomlearn("info", ball)
    assert "642 vertices, 1,920 edges, 1,280 faces" in run.out
    assert "length²" in run.out
    assert max(map(len, run.out.splitlines())) <= 80


def test_info_of_several_files_goes_on_past_a_bad_one(geomlearn, ball):
    run = geomlearn("info", "nothing.off", ball, "--json")
    first, second = run.json["files"]
    assert run.code == 1
    assert first["error"].startswith("There is no file")
    assert second["n_vertices"] == 642
    assert "nothing.off" in run.err


def test_info_lists_the_built_in_shapes(geomlearn):
    names = geomlearn("info", "builtin:", "--json").json["builtin"]
    assert "sphere" in names
    assert len(names) > 20
    said = geomlearn("info", "builtin:").out
    assert "builtin:torus" in said
    assert "builtin:biped-BODY-POSE" in said
    wrong = geomlearn("info", "builtin:spher")
    assert wrong.code == 1
    assert "Did you mean sphere" in wrong.err


def test_check_exits_0_on_a_usable_shape_and_1_on_another(geomlearn, ball, flat):
    good, bad = geomlearn("check", ball), geomlearn("check", flat)
    assert (good.code, bad.code) == (0, 1)
    assert "ball  usable" in good.out
    assert "flat  not usable" in bad.out
    assert "error" in bad.out


def test_check_quiet_speaks_by_its_exit_code(geomlearn, ball, flat):
    for path, code in ((ball, 0), (flat, 1)):
        run = geomlearn("check", path, "--quiet")
        assert (run.code, run.out, run.err) == (code, "", "")


def test_check_of_an_unreadable_file_is_json_too(geomlearn, tmp_path):
    (tmp_path / "junk.ply").write_bytes(b"ply\nformat ascii 1.0\nelement vertex 99\n")
    run = geomlearn("check", "junk.ply", "--json")
    assert run.code == 1
    assert run.json["usable"] is False
    assert run.json["error"]
    assert run.err.startswith("error: ")


def test_check_repairs_and_lists_what_it_did(geomlearn, torn):
    found = geomlearn("check", torn, "--json").json
    assert {finding["kind"] for finding in found["findings"]} >= {"duplicate vertices", "unreferenced vertices"}
    run = geomlearn("check", torn, "--repair", "-o", "mended.ply", "--json")
    assert run.code == 0
    assert len(run.json["repair"]["actions"]) >= 2
    mended = read_shape("mended.ply")
    assert (mended.n_vertices, mended.n_faces) == (4, 2)
    assert run.json["repair"]["findings"] == []
    assert "did" in geomlearn("check", torn, "--repair", "-o", "again.ply").out


def test_convert_keeps_the_geometry(geomlearn, ball, tmp_path):
    run = geomlearn("convert", ball, "ball.ply")
    assert run.code == 0
    assert "wrote ball.ply  642 vertices, 1,280 faces" in run.out
    before, after = read_shape(ball), read_shape(tmp_path / "ball.ply")
    np.testing.assert_allclose(after.vertices, before.vertices, atol=1e-6)
    np.testing.assert_array_equal(after.faces, before.faces)


def test_convert_mends_a_file_that_counts_from_one(geomlearn, tmp_path):
    (tmp_path / "one.off").write_text("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 1 2 3\n")
    refused = geomlearn("convert", "one.off", "zero.off")
    assert refused.code == 1 and "geomlearn convert one.off OUT --index-base 1" in refused.err
    assert geomlearn("convert", "one.off", "zero.off", "--index-base", "1").code == 0
    assert read_shape(tmp_path / "zero.off").faces.tolist() == [[0, 1, 2]]


def test_convert_refuses_to_overwrite_and_unknown_suffixes(geomlearn, ball):
    again = geomlearn("convert", "builtin:sphere", ball)
    assert again.code == 1
    assert "exists already" in again.err
    assert "--force" in again.err
    before = ball.read_bytes()
    assert geomlearn("convert", "builtin:icosphere", ball, "--force", "--quiet").code == 0
    assert ball.read_bytes() != before
    wrong = geomlearn("convert", ball, "ball.docx")
    assert wrong.code == 1
    assert ".docx" in wrong.err

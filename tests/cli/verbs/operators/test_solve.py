"""solve: each equation from the command line, its start, its files."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.operators.fields.field_files import read_field
from geomlearn.operators.fields.options import EQUATIONS


@pytest.mark.parametrize("equation", EQUATIONS)
def test_every_equation_writes_a_field_of_this_shape(geomlearn, ball, equation):
    brief = [] if equation == "poisson" else ["--duration", 0.05, "--time-step", 0.01]
    run = geomlearn("solve", equation, ball, "-o", "field.npz", *brief, "--json")
    assert run.code == 0, run.err
    field = read_field("field.npz")
    assert field.n_vertices == 642
    assert field.n_frames == run.json["frames"]
    assert run.json["minimum"] <= run.json["maximum"]
    assert run.json["metadata"]["method"] == equation


def test_heat_from_an_expression_decays_as_its_eigenvalue_says(geomlearn, ball):
    words = ["solve", "heat", ball, "-o", "heat.npz", "--expression", "z", "--duration", 0.5, "--diffusivity", 0.4]
    assert geomlearn(*words).code == 0
    field = read_field("heat.npz")
    # z is an eigenfunction of the unit sphere with eigenvalue 2: it decays as exp(−2 D t).
    ratio = np.abs(field.values[-1]).max() / np.abs(field.values[0]).max()
    assert ratio == pytest.approx(np.exp(-2 * 0.4 * 0.5), rel=0.02)


def test_a_flag_is_repeated_for_several_vertices(geomlearn, ball):
    words = [
        "solve",
        "heat",
        ball,
        "-o",
        "heat.npz",
        "--duration",
        0.01,
        "--radius",
        0.3,
        "--vertex",
        0,
        "--vertex",
        17,
    ]
    assert geomlearn(*words).code == 0
    first = read_field("heat.npz").values[0]
    assert min(first[0], first[17]) > 0.9


def test_it_says_what_it_wrote_and_what_comes_next(geomlearn, ball):
    run = geomlearn("solve", "poisson", ball, "-o", "u.vtp", "--expression", "x*y")
    assert run.code == 0
    assert "wrote u.vtp" in run.out
    assert "geomlearn render" in run.out


def test_options_that_contradict_each_other_are_wrong_usage(geomlearn, ball):
    run = geomlearn("solve", "heat", ball, "-o", "h.npz", "--vertex", 3, "--expression", "x")
    assert run.code == 2
    assert "both say where to start from" in run.err


def test_a_film_is_not_a_moment(geomlearn, ball):
    run = geomlearn("solve", "heat", ball, "-o", "heat.vtp")
    assert run.code == 1
    assert ".pvd" in run.err


def test_a_formula_cannot_reach_beyond_mathematics(geomlearn, ball):
    run = geomlearn("solve", "heat", ball, "-o", "h.npz", "--expression", "__import__('os').getcwd()")
    assert run.code == 1
    assert "Traceback" not in run.err

"""What is copied for the command line is what the command line understands."""

from __future__ import annotations

import shlex

import pytest

from geomlearn.app.cli.verbs.operators.solve import solve
from geomlearn.app.model.results import option_flags
from geomlearn.operators.fields.options import EQUATIONS


@pytest.mark.parametrize(
    ("equation", "given"),
    [
        ("heat", {"vertex": (3, 20), "radius": 0.5, "smooth_start": False}),
        ("advect", {"axis": (0.0, 1.0, 0.0), "divergence_free": True, "expression": "sin(4*y) - x"}),
        ("gray-scott", {"feed": 0.05, "seed": 7}),
        ("poisson", {}),
    ],
)
def test_flags_say_the_same_options(equation, given):
    options = EQUATIONS[equation](**given)
    line = f"{equation} shape.off{option_flags(options)} -o out.npz"
    _, bound, _ = solve.parse_args(shlex.split(line), print_error=False, exit_on_error=False)
    assert bound.arguments.get("options", EQUATIONS[equation]()) == options

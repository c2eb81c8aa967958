import subprocess
import sys

import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.options import EQUATIONS, AdvectOptions, HeatOptions, PoissonOptions


@pytest.mark.parametrize("model", EQUATIONS.values())
def test_options_survive_json(model):
    options = model(vertex=(1, 2), radius=0.5)
    assert model.model_validate_json(options.model_dump_json()) == options
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: HeatOptions(time_step=0), "time_step"),
        (lambda: HeatOptions(duration=-1), "duration"),
        (lambda: HeatOptions(diffusivity=0), "diffusivity"),
        (lambda: HeatOptions(save_every=0), "save_every"),
        (lambda: HeatOptions(vertex=(1,), expression="x"), "vertex and expression both say"),
        (lambda: HeatOptions(expression="x", values_file="a.txt"), "expression and values_file both say"),
        (lambda: HeatOptions(expression="x", radius=1.0), "radius belongs to a bump"),
        (lambda: PoissonOptions(boundary_values="x"), "only with boundary = dirichlet"),
        (lambda: AdvectOptions(velocity="stream"), "velocity_expression goes with"),
        (lambda: AdvectOptions(velocity_expression="x"), "velocity_expression goes with"),
        (lambda: AdvectOptions(velocity="file"), "velocity_file goes with"),
        (lambda: AdvectOptions(axis=(0, 0, 0)), "axis is zero"),
        (lambda: AdvectOptions(angular_speed=0), "angular_speed is zero"),
        (lambda: HeatOptions(colour="red"), "no option called colour"),
    ],
)
def test_options_that_contradict_themselves(make, words):
    with pytest.raises(ParameterError, match=words):
        make()


def test_reading_the_options_loads_nothing_heavy():
    """`geomlearn --help` and the window read them before any mathematics."""
    code = "import sys, geomlearn.operators.fields.options\n"
    code += "print([m for m in ('numpy', 'scipy', 'torch') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"

"""Solutions in eigenfunctions against the equation itself, and as a yardstick of the solvers."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.fields.from_basis import from_basis
from geomlearn.operators.fields.options import HeatOptions, PoissonOptions, WaveOptions
from geomlearn.operators.fields.residual import residual
from geomlearn.operators.fields.solve import initial_field, solve
from geomlearn.shapes.load import load_shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.laplacian import build_laplacian
from geomlearn.spectral.options import EigenbasisOptions

SMOOTH = "x + 0.5*y*z"


@pytest.fixture(scope="module")
def sphere():
    shape = load_shape("builtin:icosphere")
    return shape, eigenbasis(shape, EigenbasisOptions(k=40))


def test_one_mode_decays_as_the_exponential_says(sphere):
    shape, basis = sphere
    like = type(initial_field("heat", shape))(np.array([0.0, 0.3]), np.stack([basis.evecs[:, 5]] * 2))
    found = from_basis("heat", shape, HeatOptions(diffusivity=2.0), basis, like)
    assert np.allclose(found.values[1], np.exp(-2 * basis.evals[5] * 0.3) * basis.evecs[:, 5], atol=1e-10)


@pytest.mark.parametrize(
    ("equation", "coarse"),
    [
        ("heat", HeatOptions(expression=SMOOTH, duration=0.4, time_step=0.05, scheme="backward-euler")),
        ("wave", WaveOptions(expression=SMOOTH, duration=1.0, time_step=0.1)),
    ],
)
def test_the_solvers_come_closer_with_smaller_steps(sphere, equation, coarse):
    shape, basis = sphere
    errors = []
    for part in (1, 4):
        options = coarse.replace(time_step=coarse.time_step / part)
        field = solve(equation, shape, options).value
        errors.append(residual(field, from_basis(equation, shape, options, basis, field)).relative[-1])
    assert errors[1] < 0.4 * errors[0] and errors[1] < 0.02


def test_poisson_fulfils_its_equation(sphere):
    shape, basis = sphere
    options = PoissonOptions(expression=SMOOTH)
    u = from_basis("poisson", shape, options, basis).values[0]
    laplacian, f = build_laplacian(shape), initial_field("poisson", shape, options).values[0]
    f = f - laplacian.mass @ f / laplacian.mass.sum()
    assert np.linalg.norm(laplacian.stiffness @ u - laplacian.mass * f) < 0.02 * np.linalg.norm(laplacian.mass * f)
    assert (
        residual(solve("poisson", shape, options).value, from_basis("poisson", shape, options, basis)).relative < 0.02
    )


def test_what_it_cannot_do_is_a_sentence(sphere):
    shape, basis = sphere
    with pytest.raises(ParameterError, match="not solved by eigenfunctions"):
        from_basis("advect", shape, HeatOptions(), basis)
    with pytest.raises(ParameterError, match="from rest"):
        from_basis("wave", shape, WaveOptions(velocity_expression="x"), basis)
    with pytest.raises(ParameterError, match="rim"):
        from_basis("heat", shape, HeatOptions(boundary="dirichlet"), basis)
    with pytest.raises(SizeMismatch, match="rows"):
        from_basis("heat", load_shape("builtin:torus"), HeatOptions(), basis)

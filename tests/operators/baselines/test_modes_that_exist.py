"""Modes from the Nyquist frequency on do not exist: refused for every number of axes, on every grid inside a model."""

import pytest
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.table import model_named


@pytest.mark.parametrize(
    "grid, most", [((16,), 8), ((17,), 9), ((64, 10), 5), ((9, 64), 5), ((7, 7), 4), ((64, 64), 32)]
)
def test_the_most_modes_are_taken_and_one_more_is_refused(grid, most):
    row, signature = model_named("fno"), Signature("grid", grid, ("a",), ("u",))
    options = row.resolve_options()
    with pytest.raises(ParameterError, match=f"{most + 1} Fourier modes need {2 * most + 1} points") as caught:
        FieldOperator(row, signature, options(modes=most + 1, width=2, layers=1))
    assert f"modes ≤ {most}" in caught.value.hint
    network = FieldOperator(row, signature, options(modes=most, width=2, layers=1)).network
    answer = network(torch.randn(2, *grid, 1))
    answer.square().sum().backward()
    # Every mode that was taken does something. On an odd first axis −m is none of its waves: that row alone is idle.
    idle = len(grid) == 2 and grid[0] == 2 * most - 1
    for weight in network.layers.spectral.parameters():
        works = weight.grad.norm(dim=-1) > 0
        if idle:
            assert not works[most * most : (most + 1) * most].any()
            works[most * most : (most + 1) * most] = True
        assert works.all()


@pytest.mark.parametrize("grid, modes", [(8, 5), (40, 21), (9, 5)])
def test_the_inner_grid_of_points_too(grid, modes):
    options = model_named("geo-fno").resolve_options()
    with pytest.raises(ParameterError, match="modes"):
        options(grid=grid, modes=modes)
    assert options(grid=grid, modes=modes - 1).modes == modes - 1

"""The pipe: Poiseuille's flow, conservation of volume, convergence."""

import itertools

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.grids.pipe import centre_line, random_pipe, solve_pipe


def test_a_straight_pipe_carries_the_parabola():
    flow = solve_pipe(np.zeros(10), 8, 4)
    np.testing.assert_allclose(flow.u, 0.25 - flow.nodes[..., 1] ** 2, atol=1e-13)
    np.testing.assert_allclose(flow.v, 0, atol=1e-13)


def test_what_flows_in_flows_out_whatever_the_bends():
    flow = solve_pipe(random_pipe(np.random.default_rng(0)), 16, 4)
    assert flow.inflow == pytest.approx(1 / 6, rel=1e-12)
    assert flow.outflow == pytest.approx(1 / 6, rel=1e-10)
    assert flow.nodes.shape == (33, 9, 2)
    assert (np.diff(flow.nodes[..., 1], axis=1) > 0).all()
    assert np.abs(flow.u[:, [0, -1]]).max() == 0


def test_finer_elements_change_less():
    numbers = 0.5 * random_pipe(np.random.default_rng(0))
    flows = [solve_pipe(numbers, 8 * m, 4 * m).u[:: 2 * m, :: 2 * m] for m in (1, 2, 4)]
    changes = [np.abs(a - b).max() for a, b in itertools.pairwise(flows)]
    assert changes[1] < 0.6 * changes[0]


def test_the_centre_line_passes_its_heights_with_its_slopes():
    numbers = random_pipe(np.random.default_rng(0))
    x = np.linspace(0, 10, 5)
    np.testing.assert_allclose(centre_line(numbers, x), numbers[::2])
    step = 1e-6
    slope = (centre_line(numbers, x[1:-1] + step) - centre_line(numbers, x[1:-1] - step)) / (2 * step)
    # The slopes belong to pieces of unit length; a piece is 2.5 long.
    np.testing.assert_allclose(slope * 2.5, numbers[3:-1:2], atol=1e-5)


def test_unusable_numbers_are_refused():
    with pytest.raises(ParameterError, match="ten numbers"):
        solve_pipe(np.zeros(4))

"""From a shape to its learned basis, to probes on it, and to the basis they induce."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import icosphere
from geomlearn.spectral.learned_eigenbasis.of_shape import induced_basis, learned_basis, sample_probes
from geomlearn.spectral.learned_eigenbasis.options import LearnedOptions, ProbeOptions


@pytest.fixture(scope="module")
def ball():
    return icosphere(8)


def test_a_fit_at_the_vertices(ball):
    options = LearnedOptions(network="fit", k=4, steps=60, n_samplings=2, n_points=150, width=32, frequency=1.0)
    basis = learned_basis(ball, options)
    assert basis.evecs.shape == (642, 4)
    # The first harmonics are the coordinates.
    part = basis.project(ball.vertices[:, 2])
    assert np.linalg.norm(part[1:]) ** 2 > 0.9 * float(basis.mass @ ball.vertices[:, 2] ** 2)


@pytest.mark.parametrize("family", ["self-tuned", "reference", "hadamard", "polynomial"])
def test_probes_and_the_basis_they_induce(ball, family):
    options = ProbeOptions(probes=family)
    probes = sample_probes(ball, options, n=3)
    assert probes.shape == (3, 642)
    assert np.allclose(probes.std(axis=1), 1)
    basis = induced_basis(ball, options, k=6)
    gram = basis.evecs.T @ (basis.mass[:, None] * basis.evecs)
    assert np.abs(gram - np.eye(6)).max() < 1e-6
    assert (np.diff(basis.evals) >= 0).all()


def test_self_tuned_probes_induce_the_spectrum_of_the_sphere(ball):
    basis = induced_basis(ball, ProbeOptions(), k=9)
    # 2 and 6, at 642 vertices.
    assert basis.evals[1:4].mean() == pytest.approx(2.0, rel=0.15)
    assert basis.evals[4:9].mean() == pytest.approx(6.0, rel=0.15)


def test_a_potential_is_asked_for(ball):
    with pytest.raises(ParameterError, match="need a potential"):
        induced_basis(ball, ProbeOptions(probes="schrodinger"))
    height = ball.vertices[:, 2]
    basis = induced_basis(ball, ProbeOptions(probes="schrodinger", potential_weight=5), k=4, potential=height)
    assert basis.mass @ height < -0.2 * basis.mass.sum()

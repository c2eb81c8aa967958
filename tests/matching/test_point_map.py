"""Point maps and functional maps: couplings, the identity, sizes that do not fit."""

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.point_map import functional_map_of, point_map


def test_couplings_agree_for_orthogonal_maps(bent_pair):
    generator = np.random.default_rng(0)
    fmap = np.linalg.qr(generator.standard_normal((20, 20)))[0]
    evecs = bent_pair.basis_a.evecs, bent_pair.basis_b.evecs
    both = [point_map(fmap, *evecs, coupling=coupling) for coupling in ("adjoint", "orthogonal")]
    assert (both[0] == both[1]).mean() > 0.99


def test_the_functional_map_of_the_identity_is_the_identity(bent_pair):
    basis = bent_pair.basis_a
    fmap = functional_map_of(np.arange(basis.n_vertices), basis.evecs, basis.evecs, basis.mass)
    np.testing.assert_allclose(fmap, np.eye(basis.k), atol=1e-9)


def test_a_map_of_more_modes_than_there_are_is_refused(bent_pair):
    with pytest.raises(SizeMismatch, match="needs 120 modes on A"):
        point_map(np.eye(120), bent_pair.basis_a.evecs, bent_pair.basis_b.evecs)

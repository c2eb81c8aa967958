"""Point maps and functional maps: the definition, the identity, sizes that do not fit."""

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.point_map import functional_map_of, point_map


def test_a_point_map_is_the_search_of_its_definition(bent_pair):
    fmap = np.random.default_rng(0).standard_normal((15, 20))
    evecs = bent_pair.basis_a.evecs[:, :20], bent_pair.basis_b.evecs[:, :15]
    squared = (((evecs[1] @ fmap)[:, None] - evecs[0][None]) ** 2).sum(axis=2)
    assert (point_map(fmap, *evecs) == squared.argmin(axis=1)).mean() > 0.99


def test_the_functional_map_of_the_identity_is_the_identity(bent_pair):
    basis = bent_pair.basis_a
    fmap = functional_map_of(np.arange(basis.n_vertices), basis.evecs, basis.evecs, basis.mass)
    np.testing.assert_allclose(fmap, np.eye(basis.k), atol=1e-9)


def test_a_map_of_more_modes_than_there_are_is_refused(bent_pair):
    with pytest.raises(SizeMismatch, match="needs 120 modes on A"):
        point_map(np.eye(120), bent_pair.basis_a.evecs, bent_pair.basis_b.evecs)

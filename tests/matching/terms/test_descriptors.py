"""Descriptors of a copy are the same functions, whatever its order, place and signs; landmarks add their columns."""

import numpy as np
import pytest

from geomlearn.matching.options import MatchOptions
from geomlearn.matching.terms.descriptors import LANDMARK_COLUMNS, descriptors

NONE = np.zeros((0, 2), int)


@pytest.mark.parametrize(("kind", "columns"), [("wks", 8), ("hks", 8), ("both", 16)])
def test_a_rigid_copy_has_the_same_descriptors(rigid_pair, kind, columns):
    """Property 5."""
    options = MatchOptions(descriptors=kind, n_descriptors=8)
    picked = np.array([[3, rigid_pair.truth[3]], [200, rigid_pair.truth[200]]])
    for landmarks, count in ((NONE, columns), (picked, 3 * columns)):
        on_a, on_b = descriptors(rigid_pair.basis_a, rigid_pair.basis_b, options, landmarks)
        assert on_a.shape == (642, count)
        np.testing.assert_allclose(on_b[rigid_pair.truth], on_a, atol=1e-6 * np.abs(on_a).max())


def test_columns_have_unit_length_under_the_mass(bent_pair):
    for basis, values in zip(
        (bent_pair.basis_a, bent_pair.basis_b),
        descriptors(bent_pair.basis_a, bent_pair.basis_b, MatchOptions(), NONE),
        strict=True,
    ):
        lengths = (basis.mass[:, None] * values**2).sum(axis=0)
        np.testing.assert_allclose(lengths, lengths[0], rtol=1e-9)


def test_many_landmarks_share_a_fixed_number_of_columns(bent_pair):
    picked = np.stack([np.arange(60), bent_pair.truth[:60]], axis=1)
    on_a, _ = descriptors(bent_pair.basis_a, bent_pair.basis_b, MatchOptions(), picked)
    assert on_a.shape[1] <= 20 + LANDMARK_COLUMNS

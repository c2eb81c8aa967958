"""Spectra and distances."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.morphometrics.distances import pairwise, spectrum_of
from geomlearn.core.errors import SizeMismatch
from geomlearn.shapes.builtin import icosphere
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


def test_the_spectrum_of_a_sphere_is_known_and_size_does_not_matter(monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")
    ball = icosphere(8)
    found = spectrum_of(eigenbasis(ball, EigenbasisOptions(k=9)))
    # λ = l(l + 1) on the unit sphere of area 4π: 2, 2, 2, 6, … over 1, 2, 3, 4 …
    expected = np.repeat([2, 6], [3, 5]) / np.arange(1, 9)
    np.testing.assert_allclose(found, expected, rtol=0.04)
    larger = eigenbasis(ball.replace(vertices=7 * ball.vertices), EigenbasisOptions(k=9))
    np.testing.assert_allclose(spectrum_of(larger), found, rtol=1e-6)


def test_distances_are_weighted_root_means():
    a, b = np.array([0.0, 0.0, 0.0]), np.array([3.0, 0.0, 1.0])
    found = pairwise([a, b])
    assert found[0, 1] == found[1, 0] == pytest.approx(np.sqrt(10 / 3))
    assert pairwise([a, b], np.array([1.0, 1.0, 0.0]))[0, 1] == pytest.approx(np.sqrt(9 / 2))
    with pytest.raises(SizeMismatch, match="Rows have shapes"):
        pairwise([a, b[:2]])

"""Pairs of blobs with their bases and the true map."""

from dataclasses import dataclass

import numpy as np
import pytest

from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from tests.matching.blobs import bent, blob, permuted, rotation, unit_basis


@dataclass(frozen=True)
class Pair:
    """Two shapes with bases of unit area, and the true map."""

    a: Shape
    b: Shape
    basis_a: Basis
    basis_b: Basis
    truth: np.ndarray


@pytest.fixture(scope="session")
def bent_pair() -> Pair:
    a = blob(3)
    b, truth = permuted(bent(a), seed=1)
    return Pair(a, b, unit_basis(a, 100), unit_basis(b, 100), truth)


@pytest.fixture(scope="session")
def strained_pair() -> Pair:
    """Bent so much that the outside is much longer than the inside: far from isometric."""
    a = blob(3)
    b, truth = permuted(bent(a, 0.5), seed=1)
    return Pair(a, b, unit_basis(a, 100), unit_basis(b, 100), truth)


@pytest.fixture(scope="session")
def rigid_pair() -> Pair:
    a = blob(3)
    moved = a.replace(vertices=a.vertices @ rotation(3).T + [1.0, -2.0, 0.5])
    b, truth = permuted(moved, seed=2)
    return Pair(a, b, unit_basis(a, 60), unit_basis(b, 60), truth)

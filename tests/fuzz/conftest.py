"""The sphere of the shapes' tests."""

import pytest

from geomlearn.shapes.shape import Shape
from tests.shapes.conftest import icosphere


@pytest.fixture(scope="session")
def sphere() -> Shape:
    return icosphere(1)

"""The small picture for notebooks."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.thumbnail import thumbnail


def painted(*given) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(thumbnail(*given, size=100))), float)


def test_a_sphere_covers_the_disk_it_should():
    image = painted(builtin("icosphere", 642))
    share = (image.min(axis=2) < 250).mean()
    # A disk across 92 % of the width; its smoothed rim counts too, one pixel in a hundred.
    assert share == pytest.approx(np.pi * 0.46**2, abs=0.03)


def test_values_run_from_dark_violet_to_yellow():
    sphere = builtin("icosphere", 642)
    image = painted(sphere, sphere.vertices[:, 1])
    top, bottom = image[15, 50], image[85, 50]
    assert top[0] > top[2] + 50
    assert bottom[2] > bottom[1] + 10


def test_the_whole_shape_is_in_the_picture_however_it_lies():
    sphere = builtin("icosphere", 642)
    for stretch in ((4, 1, 1), (1, 4, 1), (1, 1, 4)):
        image = painted(Shape(sphere.vertices * stretch + 7, sphere.faces))
        edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        assert (edge > 250).all()


def test_clouds_are_dots_and_constants_are_no_error():
    cloud = Shape(builtin("icosphere", 642).vertices)
    assert (painted(cloud, np.ones(cloud.n_vertices)).min(axis=2) < 250).mean() > 0.3
    assert (painted(Shape(np.zeros((1, 3)))) < 250).any()

"""A shape as it is drawn: computed once, whatever happens to its item."""

import gc
import weakref

import numpy as np

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.view.geometry import geometry_of
from geomlearn.shapes.shape import Shape
from tests.model.scenes import octahedron


def test_states_of_an_item_share_it():
    item = ShapeItem(label="a", shape=octahedron())
    assert item.replace(edges=True).unit_vertices is item.unit_vertices
    assert item.replace(edges=True).unit_normals is item.unit_normals


def test_it_has_unit_size_and_outward_normals_even_inside_out():
    shape = octahedron(scale=40.0)
    for faces in (shape.faces, shape.faces[:, ::-1]):
        item = ShapeItem(label="a", shape=Shape(shape.vertices + 7, faces))
        low, high = item.unit_box
        assert np.isclose(np.linalg.norm(high - low), 1.0) and np.allclose(low, -high)
        assert np.allclose(item.unit_normals, shape.vertices / 40.0)


def test_it_goes_with_its_shape():
    shape = octahedron()
    kept = weakref.ref(geometry_of(shape))
    assert kept().box is geometry_of(shape).box
    del shape
    gc.collect()
    assert kept() is None

"""Sensors as items: what they promise follows where they stand, and the words that put them there."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.language import parse
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.sensing.items import ReadingsItem, SensorsItem
from geomlearn.app.model.sensing.sensing import Resensor, sensors_item
from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import icosphere
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

BALL = icosphere(3)


@pytest.fixture
def scene() -> Scene:
    shape = ShapeItem(label="ball", shape=BALL)
    basis = BasisItem(label="modes", owner=shape.id, basis=eigenbasis(BALL, EigenbasisOptions(k=5), cache=False))
    sensors = sensors_item(basis, 4, [3, 17, 40, 55, 80], np.ones(5), "sensors", parameters={"law": "qdeim"})
    return Scene().put([shape, basis, sensors])


def test_the_promise_is_that_of_the_vertices(scene):
    (item,) = scene.of(SensorsItem)
    rows = scene.by_label("modes").basis.evecs[:, :4][list(item.vertices)] * np.sqrt(BALL.area)
    assert item.lambda_min == pytest.approx(np.linalg.eigvalsh(rows.T @ rows / 5)[0])
    inverse = np.linalg.inv(rows.T @ rows)
    field = scene.by_label("modes").basis.evecs[:, :4] * np.sqrt(BALL.area)
    assert item.noise == pytest.approx(np.sqrt(np.einsum("ij,jk,ik->i", field, inverse, field)))
    assert item.climb[-1].tolist() == [5, item.lambda_min] and item.climb[0, 0] == 4


def test_a_line_moves_them_and_takes_their_readings_away(scene):
    (item,) = scene.of(SensorsItem)
    at = np.array(item.vertices)[:, None]
    read = ReadingsItem(
        label="r", owner=item.owner, corners=at, shares=np.ones((5, 1)), values=np.ones((5, 2)), sensors=item.id
    )
    scene = scene.put([read])
    command = parse(scene, "sensors sensors 3 17 40 55 90")
    names = {"scene": scene}
    exec(command.script(scene).python, names)  # the point of the test: what is copied must run
    moved = names["scene"]
    assert moved.by_label("sensors").vertices == (3, 17, 40, 55, 90)
    assert not moved.of(ReadingsItem)
    assert moved.by_label("sensors").lambda_min != item.lambda_min


@pytest.mark.parametrize(
    ("vertices", "word"), [((), "last sensor"), ((3, 3, 5, 6), "already"), ((3, 5, 7, 10**6), "has not")]
)
def test_places_that_cannot_be_are_sentences(scene, vertices, word):
    with pytest.raises(ParameterError, match=word):
        Resensor(scene.by_label("sensors").id, vertices).apply(scene)
    with pytest.raises(ParameterError, match="no set of sensors"):
        Resensor(scene.by_label("ball").id, (1,)).apply(scene)


def test_without_its_basis_or_shape_no_sensor_stays(scene):
    assert not scene.without(scene.by_label("modes").id).of(SensorsItem)

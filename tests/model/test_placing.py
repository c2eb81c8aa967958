"""A file of indices goes between the shapes its metadata, its name or its sizes say, in that order."""

import numpy as np
import pytest

from geomlearn.app.model.files.loading import Indices, load_any
from geomlearn.app.model.matching.placing import listed_shape, place_map
from geomlearn.app.model.scene import Scene
from geomlearn.core.errors import SizeMismatch
from tests.model.scenes import shape_item

CAT, DOG = shape_item("cat", "cat.off"), shape_item("dog", "dog.off")
SCENE = Scene().put([CAT, DOG])
MAP = np.arange(6)[:, None]


@pytest.mark.parametrize(
    ("metadata", "name", "preferred", "ends", "why"),
    [
        ({"source": "dog", "target": "cat"}, "cat_dog.txt", (CAT.id, DOG.id), ("dog", "cat"), "as the file says"),
        ({}, "dog_cat.txt", (CAT.id, DOG.id), ("dog", "cat"), "by the file's name"),
        ({}, "cat_dog.map", (CAT.id, DOG.id), ("dog", "cat"), "by the file's name"),
        ({}, "x.txt", (DOG.id, CAT.id), ("dog", "cat"), "the pair chosen"),
        ({}, "x.txt", None, ("cat", "dog"), "by the numbers of vertices; 2 pairs"),
    ],
)
def test_evidence_in_order(metadata, name, preferred, ends, why):
    place = place_map(SCENE, Indices(MAP, metadata), name, preferred)
    assert (SCENE[place.source].label, SCENE[place.target].label) == ends
    assert place.why.startswith(why)


@pytest.mark.parametrize("table", [np.arange(5)[:, None], np.array([[0], [1], [2], [3], [4], [7]])])
def test_what_fits_nothing_is_a_sentence_with_the_sizes(table):
    with pytest.raises(SizeMismatch, match="fits no two shapes") as caught:
        place_map(SCENE, Indices(table), "x.txt")
    assert "cat has 6" in caught.value.hint


def test_only_lists_named_after_a_shape_are_true_points():
    assert listed_shape(SCENE, "folder/cat.vts") is CAT
    assert listed_shape(SCENE, "folder/cow.vts") is None
    assert listed_shape(SCENE, "folder/cat.txt") is None


@pytest.mark.parametrize(
    ("name", "text", "shape"),
    [
        ("a.txt", "3\n1\n2\n", (3, 1)),
        ("a.map", "# source: cat\n3\n1\n2\n", (3, 1)),
        ("a.csv", "source,target\n0,3\n1,2\n", (2, 2)),
        ("a.txt", "4 5\n6 7\n", (2, 2)),
    ],
)
def test_indices_are_told_from_shapes_by_their_columns(tmp_path, name, text, shape):
    (tmp_path / name).write_text(text)
    loaded = load_any(str(tmp_path / name))
    assert isinstance(loaded, Indices) and loaded.table.shape == shape
    (tmp_path / "cloud.txt").write_text("0 1 2\n3 4 5\n6 7 8\n1 1 1\n")
    assert not isinstance(load_any(str(tmp_path / "cloud.txt")), Indices)

"""What a dropped file holds: a basis or field with its shape, and plain numbers per vertex."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.files.columns import Columns, columns_of, numbers_in, read_columns
from geomlearn.app.model.files.loading import OnVertices, load_any
from geomlearn.app.model.glyphs import VectorsItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import loaded_command
from geomlearn.app.model.scene import Scene
from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.shapes.io import write_shape
from geomlearn.spectral.basis_files import write_basis
from tests.model.scenes import basis_of, octahedron, shape_item

NUMBERS = np.linspace(0.5, 3, 6)


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".vtp"])
def test_a_basis_brings_its_shape_where_none_fits(tmp_path, suffix):
    item = shape_item("cat")
    path = write_basis(tmp_path / f"modes{suffix}", basis_of(item).basis, item.shape)
    loaded = load_any(str(path))
    command = loaded_command(Scene(), loaded.content, str(path), loaded.shape)
    scene = command.apply(Scene())
    assert [one.label for one in scene] == ["modes", "modes basis"]
    assert scene.of(ShapeItem)[0].layer.source == scene.by_label("modes basis").id
    again = loaded_command(scene, loaded.content, str(path), loaded.shape).apply(scene)
    assert len(again.of(ShapeItem)) == 1, "a shape that fits is there already"
    space = {"scene": Scene()}
    exec(command.script(Scene()).python, space)
    assert [one.label for one in space["scene"]] == ["modes", "modes basis"]


def test_a_field_without_a_shape_of_its_own_says_what_is_missing(tmp_path):
    np.savez(tmp_path / "u.npz", times=np.arange(2.0), values=np.ones((2, 6)))
    loaded = load_any(str(tmp_path / "u.npz"))
    with pytest.raises(SizeMismatch, match="field for 6 vertices"):
        loaded_command(Scene(), loaded.content, "u.npz", loaded.shape)


@pytest.mark.parametrize("name", ["d.npz", "d.npy", "d.txt", "d.csv", "d.vtp"])
def test_numbers_per_vertex_are_read_from_any_container(tmp_path, name):
    path = tmp_path / name
    match path.suffix:
        case ".npz":
            np.savez(path, d=NUMBERS, note=np.array("text"))
        case ".npy":
            np.save(path, NUMBERS)
        case ".vtp":
            write_shape(path, octahedron(), point_data={"d": NUMBERS})
        case _:
            path.write_text("d\n" * (path.suffix == ".csv") + "\n".join(map(str, NUMBERS)) + "\n")
    loaded = load_any(str(path))
    assert isinstance(loaded, OnVertices) and isinstance(loaded.content, Columns)
    assert loaded.content.names == ("d",) and np.allclose(loaded.content.values, NUMBERS)
    assert (loaded.shape is not None) == (name == "d.vtp")
    scene = Scene().put([shape_item("cat")])
    scene = loaded_command(scene, loaded.content, str(path)).apply(scene)
    shape = scene.of(ShapeItem)[0]
    assert np.allclose(scene[shape.layer.source].paint(scene, shape, 0).values, NUMBERS)


def test_wide_arrays_become_columns_and_what_is_no_function_is_left_out():
    found = columns_of({"k": np.ones((6, 2)), "name": np.array("x"), "faces": np.zeros((9, 3)), "few": np.ones(3)})
    assert found.names == ("k 0", "k 1") and found.values.shape == (2, 6)
    assert columns_of({"faces": np.zeros((9, 3))}) is None
    assert numbers_in("1.5 2\n3 4\n") is None and numbers_in("a\nb\n1\n") is None


def test_a_file_without_functions_says_so(tmp_path):
    np.save(tmp_path / "cube.npy", np.zeros((3, 3, 3)))
    with pytest.raises(FormatError, match="no numbers for vertices"):
        read_columns(tmp_path / "cube.npy")


@pytest.mark.parametrize("suffix", [".vtp", ".npz"])
def test_vectors_of_a_file_come_as_arrows_beside_their_parts(tmp_path, suffix):
    item = shape_item("cat")
    flow = np.cross([0, 1, 0], item.shape.vertices)
    path = write_shape(tmp_path / f"wind{suffix}", item.shape, point_data={"flow": flow, "speed": NUMBERS})
    loaded = load_any(str(path))
    command = loaded_command(Scene(), loaded.content, str(path), loaded.shape)
    scene = command.apply(Scene())
    (arrows,) = scene.of(VectorsItem)
    assert arrows.label.endswith("· flow") and np.allclose(arrows.values, flow) and arrows.visible
    assert "speed" in loaded.content.names
    space = {"scene": Scene()}
    exec(command.script(Scene()).python, space)
    assert [one.label for one in space["scene"]] == [one.label for one in scene]


def test_point_data_of_a_grid_that_is_not_a_shape_s_is_left_alone(tmp_path):
    """A volume's surface has fewer vertices than the file has nodes."""
    path = tmp_path / "v.vtk"
    cube = [[x, y, z] for x in range(3) for y in range(3) for z in range(3)]
    corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]
    cells = [
        [9 * (x + i) + 3 * (y + j) + z + k for i, j, k in corners]
        for x in range(2) for y in range(2) for z in range(2)
    ]  # fmt: skip
    points = "\n".join(" ".join(map(str, point)) for point in cube)
    rows = "\n".join("8 " + " ".join(map(str, cell)) for cell in cells)
    path.write_text(
        "# vtk DataFile Version 3.0\nv\nASCII\nDATASET UNSTRUCTURED_GRID\n"
        f"POINTS 27 float\n{points}\nCELLS 8 72\n{rows}\nCELL_TYPES 8\n" + "12\n" * 8
        + "POINT_DATA 27\nSCALARS u float 1\nLOOKUP_TABLE default\n" + "\n".join(map(str, range(27))) + "\n"
    )  # fmt: skip
    loaded = load_any(str(path))
    shape = loaded.shape if isinstance(loaded, OnVertices) else loaded
    assert shape.shape.n_faces == 48
    if isinstance(loaded, OnVertices):
        assert loaded.content.values.shape[1] == shape.shape.n_vertices

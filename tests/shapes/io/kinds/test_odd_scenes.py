"""Scenes: what stands several times, mirrored, elsewhere or nowhere, in glTF and 3MF."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io import read_shape
from tests.shapes.io.kinds.cube import CORNERS, FACES, is_cube, lines


def volume(shape):
    a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
    return np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6


_NORMALS = np.cross(CORNERS[FACES[:, 1]], CORNERS[FACES[:, 2]])
# The cube's faces are of mixed orientation: all outwards here.
OUTWARDS = np.where((np.einsum("ij,ij->i", CORNERS[FACES[:, 0]], _NORMALS) < 0)[:, None], FACES[:, ::-1], FACES)


def gltf(tmp_path, extra=(), **changes):
    """A scene of the cube, and further accessors 2, 3, … of `extra` arrays (n, 3 or 4)."""
    arrays = [CORNERS.astype("<f4"), OUTWARDS.astype("<u2").reshape(-1), *(np.asarray(a, "<f4") for a in extra)]
    views, accessors, blob = [], [], b""
    for array in arrays:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": array.nbytes})
        kind = "SCALAR" if array.ndim == 1 else f"VEC{array.shape[1]}"
        component = 5123 if array.ndim == 1 else 5126
        accessors.append({"bufferView": len(views) - 1, "componentType": component, "count": len(array), "type": kind})
        blob += array.tobytes()
    uri = "data:application/octet-stream;base64," + base64.b64encode(blob).decode()
    scene = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"uri": uri, "byteLength": len(blob)}],
        "bufferViews": views,
        "accessors": accessors,
        **changes,
    }
    (tmp_path / "a.gltf").write_text(json.dumps(scene))
    return read_shape(tmp_path / "a.gltf")


def primitive(**more):
    return [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, **more}]}]


def instances(**attributes):
    return [{"mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": attributes}}}]


def test_instances_stand_where_they_are_moved_turned_and_scaled(tmp_path):
    shape = gltf(tmp_path, [[[0, 0, 0], [9, 0, 0], [18, 0, 0]]], nodes=instances(TRANSLATION=2))
    assert (shape.n_vertices, shape.area) == (24, pytest.approx(72))
    turned, scales = [[0, 0, np.sqrt(0.5), np.sqrt(0.5)]] * 2, [[1, 1, 1], [2, 2, 2]]
    shape = gltf(tmp_path, [turned, scales], nodes=instances(ROTATION=2, SCALE=3))
    assert shape.area == pytest.approx(24 + 96, rel=1e-6)


@pytest.mark.parametrize("where, weight, area", [("mesh", 1.0, 96), ("node", 0.5, 54), ("none", 0.0, 24)])
def test_morph_weights(tmp_path, where, weight, area):
    meshes = primitive(targets=[{"POSITION": 2}])
    nodes = [{"mesh": 0}]
    if where != "none":
        {"mesh": meshes, "node": nodes}[where][0]["weights"] = [weight]
    assert gltf(tmp_path, [CORNERS], meshes=meshes, nodes=nodes).area == pytest.approx(area)


def test_a_node_under_two_parents_stands_twice(tmp_path):
    nodes = [{"children": [2], "translation": [9, 0, 0]}, {"children": [2]}, {"mesh": 0}]
    assert gltf(tmp_path, nodes=nodes, scenes=[{"nodes": [0, 1]}]).area == pytest.approx(48)


@pytest.mark.parametrize("scale", [[-1, 1, 1], [1, -2, 1], [-1, -1, -1], [-1, -1, 1]])
def test_mirrored_surfaces_keep_their_outside(tmp_path, scale):
    assert volume(gltf(tmp_path, nodes=[{"mesh": 0, "scale": scale}])) == pytest.approx(8 * abs(np.prod(scale)))


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_version_1_is_named(tmp_path, version):
    with pytest.raises(FormatError, match="glTF version 1"):
        gltf(tmp_path, asset={"version": version})


def test_draco_is_told_by_what_the_primitive_carries(tmp_path):
    draco = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
    assert is_cube(gltf(tmp_path, meshes=primitive(extensions=draco)))  # with its numbers beside
    assert is_cube(gltf(tmp_path, extensionsUsed=["KHR_draco_mesh_compression"]))  # not carried at all
    empty = [
        {"componentType": 5126, "count": 8, "type": "VEC3"},
        {"componentType": 5123, "count": 36, "type": "SCALAR"},
    ]
    with pytest.raises(FormatError, match="Draco"):
        gltf(tmp_path, meshes=primitive(extensions=draco), accessors=empty)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"scenes": [{"nodes": [0]}, {"nodes": []}]}, "further scenes"),
        ({"meshes": primitive() * 2}, "1 mesh that is nowhere placed"),
        ({"extensionsRequired": ["KHR_unheard_of"]}, "what KHR_unheard_of adds"),
        ({"meshes": primitive(attributes={"POSITION": 0, "_HEAT": 0, "TEXCOORD_0": 0})}, "vertices (_HEAT)"),
        ({"skins": [{"joints": [0]}], "animations": [{}]}, "poses of its skeleton, animations"),
    ],
)
def test_what_a_scene_holds_beside_is_named(tmp_path, changes, said):
    shape = gltf(tmp_path, **changes)
    assert shape.area == pytest.approx(24)
    assert said in " ".join(shape.warnings)


SPACES = (
    'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" '
    'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"'
)
MESH = (
    '<object id="{}" type="model"><mesh><vertices>'
    + lines('<vertex x="{}" y="{}" z="{}"/>', CORNERS)
    + "</vertices><triangles>"
    + lines('<triangle v1="{}" v2="{}" v3="{}"/>', OUTWARDS)
    + "</triangles></mesh></object>"
)
TWICE_AS_LARGE, MIRRORED = "2 0 0 0 2 0 0 0 2 9 0 0", "-1 0 0 0 1 0 0 0 1 0 0 0"


def package(tmp_path, root, parts=(), relations=True):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        if relations:
            archive.writestr("_rels/.rels", '<Relationships><Relationship Target="/3D/3dmodel.model"/></Relationships>')
        for name, text in (("3D/3dmodel.model", root), *parts):
            archive.writestr(name, f'<?xml version="1.0"?><model {SPACES}>{text}</model>')
    (tmp_path / "a.3mf").write_bytes(packed.getvalue())
    return read_shape(tmp_path / "a.3mf")


@pytest.mark.parametrize("relations", [True, False])
def test_parts_of_a_3mf_stand_where_its_own_model_puts_them(tmp_path, relations):
    """The parts come first and have shorter names than the model."""
    parts = [(f"3D/{name}.model", f"<resources>{MESH.format(1)}</resources><build/>") for name in "ab"]
    root = (
        '<resources><object id="2"><components><component p:path="/3D/a.model" objectid="1"/>'
        f'<component p:path="/3D/b.model" objectid="1" transform="{TWICE_AS_LARGE}"/></components></object></resources>'
        '<build><item objectid="2"/></build>'
    )
    shape = package(tmp_path, root, parts, relations)
    assert (shape.n_vertices, shape.area) == (16, pytest.approx(24 + 96))


def test_an_item_may_lie_in_another_part_and_one_that_is_missing_is_told(tmp_path):
    part = [("3D/a.model", f"<resources>{MESH.format(1)}</resources><build/>")]
    item = f'<resources/><build><item objectid="1" p:path="/3D/a.model" transform="{TWICE_AS_LARGE}"/></build>'
    assert package(tmp_path, item, part).area == pytest.approx(96)
    with pytest.raises(FormatError, match="does not define"):
        package(tmp_path, item.replace("/3D/a", "/3D/b"), part)
    with pytest.raises(FormatError, match="does not define"):
        package(tmp_path, item.replace("/3D/a", "../../etc/a"), part)


def test_a_mirrored_item_keeps_its_outside(tmp_path):
    root = f'<resources>{MESH.format(1)}</resources><build><item objectid="1" transform="{MIRRORED}"/></build>'
    assert volume(package(tmp_path, root)) == pytest.approx(8)


def test_an_object_that_is_not_built_is_named(tmp_path):
    root = f'<resources>{MESH.format(1)}{MESH.format(2)}</resources><build><item objectid="1"/></build>'
    shape = package(tmp_path, root)
    assert is_cube(shape)
    assert "1 object that is nowhere placed" in shape.warnings[0]

"""Scenes: transforms, several meshes, references that lead nowhere or everywhere."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io import read_shape


@pytest.fixture
def gltf(seed_files, tmp_path):
    """Reads the seed scene after a change to its tree."""

    def read(change):
        scene = json.loads(seed_files["scene.gltf"].read_text())
        change(scene)
        path = tmp_path / "a.gltf"
        path.write_text(json.dumps(scene))
        return read_shape(path)

    return read


def test_nodes_place_meshes(gltf, sphere):
    half, aside = np.sqrt(0.5), np.array([10, 0, 0])

    def change(scene):
        scene["nodes"] = [
            {"children": [1, 2], "translation": [10, 0, 0]},
            {"mesh": 0},
            {"mesh": 0, "rotation": [0, 0, half, half], "scale": [2, 1, 1]},
        ]

    shape = gltf(change)
    assert (shape.n_vertices, shape.n_faces) == (84, 160)
    np.testing.assert_allclose(shape.vertices[:42], sphere.vertices + aside, atol=1e-6)
    # Stretched along x, then turned a quarter about z: x goes to y.
    x, y, z = sphere.vertices.T
    np.testing.assert_allclose(shape.vertices[42:], np.stack([-y, 2 * x, z], axis=1) + aside, atol=1e-6)


def test_mirrored_meshes_keep_looking_outwards(gltf):
    shape = gltf(lambda scene: scene["nodes"][0].update(scale=[-1, 1, 1]))
    a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
    assert np.einsum("ij,ij->", a, np.cross(b, c)) > 0


def pack(scene):
    scene["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0}}
    scene["accessors"][0].pop("bufferView")


@pytest.mark.parametrize("change, sentence", [
    (lambda s: s["accessors"][0].update(count=10**9), "out of proportion"),
    (lambda s: s["accessors"][1].update(bufferView=7), "number 7 of its 2 bufferViews"),
    (lambda s: s["buffers"][0].update(uri="../../secret.bin"), "outside its own folder"),
    (lambda s: s["buffers"][0].update(uri="gone.bin"), "gone.bin is not beside it"),
    (lambda s: pack(s), "compressed with Draco"),
    (lambda s: s.update(scenes=[{"nodes": []}]), "no meshes"),
])  # fmt: skip
def test_damage_is_told(gltf, change, sentence):
    with pytest.raises(FormatError, match=sentence):
        gltf(change)


def test_a_loop_of_nodes_is_refused(gltf):
    def change(scene):
        scene["nodes"] = [{"children": [1]}, {"children": [0], "mesh": 0}]

    with pytest.raises(FormatError, match="contain each other without end"):
        gltf(change)


def test_a_node_under_several_parents_is_placed_by_each(gltf):
    def change(scene):
        scene["scenes"][0]["nodes"] = [0, 1]
        scene["nodes"] = [{"children": [2]}, {"children": [2], "translation": [5, 0, 0]}, {"mesh": 0}]

    shape = gltf(change)
    assert (shape.n_faces, round(float(np.ptp(shape.vertices[:, 0])), 2)) == (160, 7.0)


def test_instances_and_morph_targets(gltf):
    def instances(scene):
        scene["buffers"].append({"uri": data_of([[0, 0, 0], [9, 0, 0], [0, 9, 0]]), "byteLength": 36})
        scene["bufferViews"].append({"buffer": 1, "byteLength": 36})
        scene["accessors"].append({"bufferView": 2, "componentType": 5126, "count": 3, "type": "VEC3"})
        scene["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 2}}}

    def morph(scene):
        primitive = scene["meshes"][0]["primitives"][0]
        primitive["targets"] = [{"POSITION": primitive["attributes"]["POSITION"]}]
        scene["meshes"][0]["weights"] = [1.0]

    one = gltf(lambda scene: None)
    assert gltf(instances).area == pytest.approx(3 * one.area, rel=1e-6)
    assert gltf(morph).area == pytest.approx(4 * one.area, rel=1e-6)  # every vertex twice as far out


def data_of(rows):
    packed = base64.b64encode(np.array(rows, "<f4").tobytes()).decode()
    return f"data:application/octet-stream;base64,{packed}"


@pytest.mark.parametrize("uri", [r"..\x.bin", r"C:\x.bin", "C:x.bin", r"\\server\share\x.bin", "/etc/passwd", "file:///x",
                                 "a/../../x.bin", "%2e%2e/x.bin", r"\x.bin", "//server/x.bin"])  # fmt: skip
def test_paths_of_every_platform_stay_in_the_folder(gltf, uri):
    with pytest.raises(FormatError, match="outside its own folder"):
        gltf(lambda scene: scene["buffers"][0].update(uri=uri))


def test_version_one_is_told(gltf):
    with pytest.raises(FormatError, match="glTF version 1"):
        gltf(lambda scene: scene["asset"].update(version="1.0"))


def test_scenes_out_of_proportion_are_refused_before_memory_is_taken(gltf):
    """Fifty thousand nodes that place one mesh of 42 vertices and 80 faces: 150 MB from 1 MB of text."""

    def repeat(scene):
        scene["scenes"][0]["nodes"] = list(range(50_000))
        scene["nodes"] = [{"mesh": 0}] * 50_000

    with pytest.raises(FormatError, match="out of proportion"):
        gltf(repeat)


def model(resources: str, build: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("3D/3dmodel.model", f"<model><resources>{resources}</resources><build>{build}</build></model>")
    return packed.getvalue()


MESH = (
    '<object id="1"><mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/><vertex x="0" y="1" z="0"/>'
    '</vertices><triangles><triangle v1="0" v2="1" v3="2"/></triangles></mesh></object>'
)


def parts(level: int) -> str:
    """An object that places the one below it ten times."""
    component = f'<component objectid="{level - 1}" transform="1 0 0 0 1 0 0 0 1 5 0 0"/>'
    return f'<object id="{level}"><components>{component * 10}</components></object>'


def test_3mf_components_are_placed(tmp_path):
    path = tmp_path / "a.3mf"
    path.write_bytes(model(MESH + parts(2), '<item objectid="2" transform="0 1 0 -1 0 0 0 0 1 0 0 7"/>'))
    shape = read_shape(path)
    assert shape.n_faces == 10
    # Moved by 5 along x, turned a quarter about z, lifted by 7.
    np.testing.assert_allclose(shape.vertices[:3], [[0, 5, 7], [0, 6, 7], [-1, 5, 7]])


@pytest.mark.parametrize("resources, build, sentence", [
    (MESH + "".join(parts(level) for level in range(2, 12)), '<item objectid="11"/>', "without end"),
    (MESH + parts(1).replace('"0"', '"1"'), '<item objectid="1"/>', "without end"),
    (MESH.replace("triangle ", "nothing ") + "".join(parts(level) for level in range(2, 12)), '<item objectid="11"/>',
     "without end"),
    (MESH, '<item objectid="9"/>', "does not define"),
    (MESH.replace('v3="2"', 'v3="7"'), '<item objectid="1"/>', "vertex 7 of 3"),
    (MESH.replace('v3="2"', ""), '<item objectid="1"/>', "lacks the attribute 'v3'"),
])  # fmt: skip
def test_3mf_damage_is_told(tmp_path, resources, build, sentence):
    path = tmp_path / "a.3mf"
    path.write_bytes(model(resources, build))
    with pytest.raises(FormatError, match=sentence):
        read_shape(path)

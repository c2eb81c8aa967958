"""The tree of a glTF scene: nodes to transforms, meshes to placed primitives."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomlearn.core.files import shortened
from geomlearn.shapes.io.scenes.gltf_scene import Buffers

# A node under several parents is placed by each of them; a few lines may stand for more than any time allows.
_MOST_PLACED = 100_000
_INSTANCES = "EXT_mesh_gpu_instancing"
_DRACO = "KHR_draco_mesh_compression"
# Those that change nothing about a surface, or are read, or refused where they are met.
_HEEDED = {_INSTANCES, _DRACO, "KHR_mesh_quantization", "EXT_meshopt_compression", "KHR_meshopt_compression"}
_HEEDED |= {"KHR_texture_transform", "KHR_materials_unlit", "KHR_texture_basisu", "EXT_texture_webp"}


def placed_primitives(scene: dict[str, Any], buffers: Buffers) -> list[dict[str, Any]]:
    """Each primitive of each node: `points`, `indices`, `normals`, `colors`, `mode`, `seams`, `mirrored`."""
    nodes = scene.get("nodes", [])
    chosen = scene.get("scenes", [])[scene.get("scene", 0)].get("nodes", []) if scene.get("scenes") else None
    if chosen is None:
        children = {child for node in nodes for child in node.get("children", [])}
        chosen = [i for i in range(len(nodes)) if i not in children]
    if not nodes:
        return [part for mesh in scene.get("meshes", []) for part in _primitives(mesh, np.eye(4), buffers)]
    out: list[dict[str, Any]] = []
    waiting = [(index, np.eye(4), 1) for index in reversed(chosen)]
    count = 0
    while waiting:
        index, above, depth = waiting.pop()
        count += 1
        if depth > len(nodes) or count > _MOST_PLACED:
            raise buffers.bad("its nodes contain each other without end")
        node = nodes[index]
        transform = above @ _transform(node)
        if "mesh" in node:
            mesh = scene["meshes"][node["mesh"]]
            weights = node.get("weights", mesh.get("weights", ()))
            for placed in _instances(node, transform, buffers):
                out += _primitives(mesh, placed, buffers, weights)
        waiting += [(child, transform, depth + 1) for child in reversed(node.get("children", []))]
    return out


def left_out(scene: dict[str, Any]) -> list[str]:
    """What the scene holds beside surfaces with normals and colours."""
    primitives = [p for mesh in scene.get("meshes", []) for p in mesh.get("primitives", [])]
    left = ["texture coordinates"] if any("TEXCOORD_0" in p.get("attributes", {}) for p in primitives) else []
    materials = len({p["material"] for p in primitives if isinstance(p.get("material"), int)})
    left += [f"{materials} {'material' if materials == 1 else 'materials'}"] if materials else []
    left += ["lines"] if any(p.get("mode", 4) in (1, 2, 3) for p in primitives) else []
    own = sorted({name for p in primitives for name in p.get("attributes", {}) if name.startswith("_")})
    left += [f"attributes of vertices ({shortened(', '.join(own), 60)})"] if own else []
    left += ["further scenes"] if len(scene.get("scenes", [])) > 1 else []
    placed = {node.get("mesh") for node in scene.get("nodes", [])}
    spare = sum(i not in placed for i in range(len(scene.get("meshes", [])))) if placed else 0
    left += [f"{spare} {'mesh that is' if spare == 1 else 'meshes that are'} nowhere placed"] if spare else []
    strange = sorted(set(map(str, scene.get("extensionsRequired", []))) - _HEEDED)
    left += [f"what {shortened(', '.join(strange), 80)} adds, though the file requires it"] if strange else []
    left += ["poses of its skeleton"] if scene.get("skins") else []
    return left + (["animations"] if scene.get("animations") else [])


def _instances(node: dict[str, Any], transform: np.ndarray, buffers: Buffers) -> list[np.ndarray]:
    """The transforms at which the mesh of a node stands: one, or those of its instances."""
    extension = node.get("extensions", {}).get(_INSTANCES)
    if extension is None:
        return [transform]
    columns = {name.lower(): buffers.array(index) for name, index in extension["attributes"].items()}
    columns = {name: column for name, column in columns.items() if name in ("translation", "rotation", "scale")}
    count = max((len(column) for column in columns.values()), default=1)
    return [transform @ _transform({name: column[i] for name, column in columns.items()}) for i in range(count)]


def _transform(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = np.array(node.get("rotation", (0, 0, 0, 1)), dtype=np.float64)
    out = np.eye(4)
    out[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    out[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), dtype=np.float64)
    out[:3, 3] = np.array(node.get("translation", (0, 0, 0)), dtype=np.float64)
    return out


def _primitives(
    mesh: dict[str, Any], transform: np.ndarray, buffers: Buffers, weights: Any = ()
) -> list[dict[str, Any]]:
    out = []
    for primitive in mesh["primitives"]:
        attributes, mode = primitive["attributes"], primitive.get("mode", 4)
        if mode not in (0, 4, 5, 6) or "POSITION" not in attributes:
            continue  # lines are no surface
        points = _points(primitive, buffers, weights)
        part = {"mode": mode, "seams": bool({"TEXCOORD_0", "NORMAL"} & attributes.keys())}
        placed = (transform != np.eye(4)).any()
        part["points"] = points @ transform[:3, :3].T + transform[:3, 3] if placed else points
        part["normals"] = None
        if "NORMAL" in attributes and abs(np.linalg.det(transform[:3, :3])) > 0:
            part["normals"] = buffers.array(attributes["NORMAL"]) @ np.linalg.inv(transform[:3, :3])
        part["colors"] = buffers.array(attributes["COLOR_0"]) if "COLOR_0" in attributes else None
        indices = buffers.array(primitive["indices"])[:, 0] if "indices" in primitive else np.arange(len(points))
        part["indices"] = indices.astype(np.int64) if mode else np.zeros(0, np.int64)
        # A mirroring transform turns the surface inside out; the format asks to turn the faces back.
        part["mirrored"] = np.linalg.det(transform[:3, :3]) < 0
        out.append(part)
    return out


def _points(primitive: dict[str, Any], buffers: Buffers, weights: Any) -> np.ndarray:
    """(n, 3) positions, moved towards the morph targets as the file says."""
    position = primitive["attributes"]["POSITION"]
    needed = [position, *([primitive["indices"]] if "indices" in primitive else [])]
    if not all(buffers.has_data(index) for index in needed):
        if _DRACO in primitive.get("extensions", {}):
            raise buffers.bad("it is compressed with Draco", "Export it without compression.")
        raise buffers.bad("the vertices of a mesh have no data")
    points = buffers.array(position).astype(np.float64)
    for weight, target in zip(weights, primitive.get("targets", []), strict=False):
        if weight and "POSITION" in target:
            points = points + float(weight) * buffers.array(target["POSITION"])
    return points

"""The tree of a glTF scene: accessors to arrays, nodes to transforms, meshes to placed primitives."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import numpy as np

from geomlearn.shapes.io.announced import Allowance
from geomlearn.shapes.io.parsed import Source

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


class Buffers:
    """The numbers of a scene, read by accessor."""

    def __init__(self, scene: dict[str, Any], binary: bytes | memoryview, source: Source) -> None:
        self._scene, self._binary, self._source = scene, binary, source
        self._buffers: dict[int, bytes | memoryview] = {}
        self._allowance = Allowance(source)

    def array(self, accessor_index: int) -> np.ndarray:
        """(count, width) numbers of an accessor; integers marked as normalized come as floats in [0, 1].

        Raises
        ------
        FormatError   the accessor reaches beyond its buffer.
        """
        accessor = self._item("accessors", accessor_index)
        code, width = _COMPONENTS[accessor["componentType"]], _WIDTHS[accessor["type"]]
        count = int(accessor["count"])
        if count < 0:
            raise self._source.bad(f"it announces {count} numbers in one array")
        # Every use counts: a scene can place one mesh any number of times.
        self._allowance.take(count * width * 8)
        if "bufferView" in accessor:
            values = self._view(accessor["bufferView"], int(accessor.get("byteOffset", 0)), code, width, count)
        else:
            values = np.zeros((count, width), code)
        if "sparse" in accessor:
            values = self._sparse(values.copy(), accessor["sparse"])
        if accessor.get("normalized") and code[-2] in "iu":
            return np.maximum(values / np.iinfo(code).max, -1.0)
        return values

    def _sparse(self, values: np.ndarray, sparse: dict[str, Any]) -> np.ndarray:
        count, where, what = int(sparse["count"]), sparse["indices"], sparse["values"]
        code = _COMPONENTS[where["componentType"]]
        places = self._view(where["bufferView"], int(where.get("byteOffset", 0)), code, 1, count)[:, 0]
        new = self._view(what["bufferView"], int(what.get("byteOffset", 0)), values.dtype.str, values.shape[1], count)
        values[places] = new
        return values

    def _view(self, index: int, offset: int, code: str, width: int, count: int) -> np.ndarray:
        view = self._item("bufferViews", index)
        start = int(view.get("byteOffset", 0)) + offset
        item = np.dtype(code).itemsize * width
        stride = int(view.get("byteStride", item)) or item
        buffer = self._buffer(view["buffer"])
        needed = start + stride * (count - 1) + item if count else start
        if start < 0 or stride < item or count < 0 or needed > len(buffer):
            raise self._source.short(needed, len(buffer), "bytes of geometry")
        raw = np.ndarray((count, width), np.dtype(code), buffer, start, (stride, np.dtype(code).itemsize))
        return np.ascontiguousarray(raw)

    def _buffer(self, index: int) -> bytes | memoryview:
        if index not in self._buffers:
            uri = self._item("buffers", index).get("uri")
            self._buffers[index] = self._binary if uri is None else self._fetch(str(uri))
        return self._buffers[index]

    def _fetch(self, uri: str) -> bytes:
        head, comma, body = uri.partition(",")
        if head.startswith("data:") and comma:
            try:
                return base64.b64decode(body)
            except ValueError:
                raise self._source.bad("its embedded data are damaged", "The file is cut short or damaged.") from None
        relative = PurePosixPath(unquote(uri))
        path = self._source.path.parent / relative
        # A file from a stranger does not choose what else is read from this disk.
        if relative.is_absolute() or ".." in relative.parts or "://" in uri:
            raise self._source.bad(
                f"it refers to {uri[:80]}, outside its own folder", "Export it as .glb, in one file."
            )
        if not path.is_file():
            raise self._source.bad(f"its data file {uri[:80]} is not beside it", "Keep both together, or export .glb.")
        self._allowance.enlarge(path.stat().st_size)
        return path.read_bytes()

    def _item(self, kind: str, index: int) -> dict[str, Any]:
        items = self._scene.get(kind, [])
        if not isinstance(index, int) or not 0 <= index < len(items):
            raise self._source.bad(f"it refers to number {index} of its {len(items)} {kind}")
        return items[index]


def placed_primitives(scene: dict[str, Any], buffers: Buffers) -> list[dict[str, Any]]:
    """Each primitive of each node: `points`, `indices`, `normals`, `colors`, `mode`, `seams`."""
    nodes = scene.get("nodes", [])
    chosen = scene.get("scenes", [])[scene.get("scene", 0)].get("nodes", []) if scene.get("scenes") else None
    if chosen is None:
        children = {child for node in nodes for child in node.get("children", [])}
        chosen = [i for i in range(len(nodes)) if i not in children]
    out: list[dict[str, Any]] = []
    if not nodes:
        return [part for mesh in scene.get("meshes", []) for part in _primitives(mesh, np.eye(4), buffers)]
    seen: set[int] = set()
    waiting = [(index, np.eye(4)) for index in reversed(chosen)]
    while waiting:
        index, above = waiting.pop()
        if index in seen:
            continue  # The tree may not branch together, so a node seen twice is a loop.
        seen.add(index)
        node = nodes[index]
        transform = above @ _transform(node)
        if "mesh" in node:
            out += _primitives(scene["meshes"][node["mesh"]], transform, buffers)
        waiting += [(child, transform) for child in reversed(node.get("children", []))]
    return out


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


def _primitives(mesh: dict[str, Any], transform: np.ndarray, buffers: Buffers) -> list[dict[str, Any]]:
    out = []
    for primitive in mesh["primitives"]:
        attributes, mode = primitive["attributes"], primitive.get("mode", 4)
        if mode not in (0, 4, 5, 6) or "POSITION" not in attributes:
            continue  # lines are no surface
        points = buffers.array(attributes["POSITION"]).astype(np.float64)
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
        if np.linalg.det(transform[:3, :3]) < 0 and mode == 4:
            part["indices"] = part["indices"][: len(indices) // 3 * 3].reshape(-1, 3)[:, ::-1].reshape(-1)
        out.append(part)
    return out

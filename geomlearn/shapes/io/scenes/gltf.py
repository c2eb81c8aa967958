"""glTF 2.0, binary (.glb) and JSON (.gltf): all meshes of the scene, placed by their nodes."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from geomlearn.shapes.io.meshes.ragged import strips
from geomlearn.shapes.io.meshes.stl import FAR
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.scenes.gltf_scene import Buffers
from geomlearn.shapes.io.scenes.gltf_tree import left_out, placed_primitives
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons

_JSON, _BIN = 0x4E4F534A, 0x004E4942
_TRIANGLES, _STRIP, _FAN = 4, 5, 6


def is_gltf(source: Source) -> bool:
    """Whether it is a binary glTF container, or JSON with an asset."""
    head = source.head
    return head[:4] == b"glTF" or (head.lstrip()[:1] == b"{" and b'"asset"' in source.data[:1_000_000])


def read_gltf(source: Source) -> Parsed:
    """Positions, faces, normals and colours of all primitives.

    Vertices that texture or normal seams have split are welded, since they are one point of the surface.

    Raises
    ------
    FormatError   the file is damaged, or compressed in a way that is not read (Draco, meshopt).
    """
    text, binary = _chunks(source)
    try:
        scene = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise source.bad(f"its JSON part is damaged ({error})") from None
    if not isinstance(scene, dict):
        raise source.bad("its JSON part is not a scene")
    asset = scene.get("asset")
    version = str(asset.get("version", "")) if isinstance(asset, dict) else ""
    if version.startswith("1") or isinstance(scene.get("meshes"), dict):
        raise source.bad("it is glTF version 1", "Export it as glTF 2.0.")
    buffers = Buffers(scene, binary, source)
    parsed = _joined(placed_primitives(scene, buffers), source)
    parsed.left += left_out(scene)
    return parsed


def _chunks(source: Source) -> tuple[bytes, bytes | memoryview]:
    data = source.data
    if data[:4] != b"glTF":
        return data, b""
    if len(data) < 20:
        raise source.bad("it ends inside its header", "The file is cut short.")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise source.bad(f"it is glTF version {version}", "Export it as glTF 2.0.")
    if length > len(data):
        raise source.short(length, len(data), "bytes")
    chunks: dict[int, memoryview] = {}
    at, view = 12, memoryview(data)
    while at + 8 <= len(data):
        size, kind = struct.unpack_from("<II", data, at)
        chunks.setdefault(kind, view[at + 8 : at + 8 + size])
        at += 8 + size
    if _JSON not in chunks:
        raise source.bad("it has no JSON part")
    return bytes(chunks[_JSON]), chunks.get(_BIN, b"")


def _joined(primitives: list[dict[str, Any]], source: Source) -> Parsed:
    if not primitives:
        raise source.bad("its scene holds no meshes and no points", "Check that it is not only cameras and lights.")
    polygons, offset = [], 0
    for part in primitives:
        triangles = _triangles(part["indices"], part["mode"])
        triangles = triangles[:, ::-1] if part["mirrored"] else triangles
        polygons.append(Polygons.uniform(triangles + offset if offset else triangles))
        # An index beyond its own primitive would silently point into the next one.
        if len(part["indices"]) and part["indices"].max() >= len(part["points"]):
            raise source.bad(f"a face refers to vertex {part['indices'].max()} of {len(part['points'])}")
        offset += len(part["points"])
    columns: dict[str, Any] = {}
    for name in ("points", "normals", "colors"):
        found = [part[name] for part in primitives]
        whole = len(found) == 1 or all(a is not None for a in found)
        columns[name] = (np.concatenate(found) if len(found) > 1 else found[0]) if whole else None
    faces = Polygons.joined(polygons)
    seams = any(part["seams"] for part in primitives) and faces.n > 0
    note = "Vertices that texture or normal seams had split are welded."
    return Parsed(columns["points"], faces, columns["normals"], columns["colors"], weld=seams, weld_note=note)


def _triangles(indices: np.ndarray, mode: int) -> np.ndarray:
    if mode == _TRIANGLES:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    if mode == _STRIP:
        return strips(indices, np.array([len(indices)]))
    if mode == _FAN and len(indices) >= 3:
        middle = np.arange(1, len(indices) - 1)
        return np.stack([np.broadcast_to(indices[0], len(middle)), indices[middle], indices[middle + 1]], axis=1)
    return np.zeros((0, 3), np.int64)


def write_glb(shape: Shape) -> bytes:
    """Binary glTF: positions in single precision, as the format has it, with the normals and colours there are."""
    # Single precision far from the origin would move every vertex: the node carries the offset, in double precision.
    middle = (shape.vertices.min(axis=0) + shape.vertices.max(axis=0)) / 2
    far = bool(np.abs(middle).max() > FAR * max(shape.diagonal, 1e-300))
    vertices = shape.vertices - middle if far else shape.vertices
    attributes = {"POSITION": vertices, "NORMAL": shape.normals, "COLOR_0": shape.colors}
    views, accessors, blob = [], [], b""

    def add(array: np.ndarray, component: int, kind: str, target: int) -> int:
        nonlocal blob
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": array.nbytes, "target": target})
        blob += array.tobytes()
        accessors.append({"bufferView": len(views) - 1, "componentType": component, "count": len(array), "type": kind})
        return len(accessors) - 1

    primitive: dict[str, Any] = {"attributes": {}, "mode": 0 if shape.is_cloud else _TRIANGLES}
    for name, values in attributes.items():
        if values is not None:
            primitive["attributes"][name] = add(values.astype("<f4"), 5126, "VEC3", 34962)
    low, high = vertices.astype("<f4").min(axis=0), vertices.astype("<f4").max(axis=0)
    accessors[0] |= {"min": low.tolist(), "max": high.tolist()}
    if not shape.is_cloud:
        primitive["indices"] = add(shape.faces.astype("<u4").reshape(-1), 5125, "SCALAR", 34963)
    node = {"mesh": 0, "name": shape.name, **({"translation": middle.tolist()} if far else {})}
    scene = {
        "asset": {"version": "2.0", "generator": "geomlearn"},
        **{"scene": 0, "scenes": [{"nodes": [0]}], "nodes": [node]},
        **{"meshes": [{"primitives": [primitive]}], "buffers": [{"byteLength": len(blob)}]},
        **{"bufferViews": views, "accessors": accessors},
    }
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(blob)
    header = struct.pack("<4sIIII", b"glTF", 2, length, len(text), _JSON)
    return header + text + struct.pack("<II", len(blob), _BIN) + blob

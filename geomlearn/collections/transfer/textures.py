"""A picture on one shape, baked onto another: sampled through the map into an atlas of the other's own."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.collections.transfer.barycentric import closest_weights
from geomlearn.collections.transfer.carry import Road
from geomlearn.core.errors import FormatError, MeshError
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.incoming import read_plain
from geomlearn.shapes.shape import Shape

WRITABLE = (".glb", ".obj")
# Faces near a point that are tried for the nearest point of the surface.
_TRIED = 8
_BLOCK = 100_000


@dataclass(frozen=True, eq=False)
class Textured:
    """A picture on the faces of a mesh.

    Attributes
    ----------
    faces (m, 3)   vertices of the corners;  uv (m, 3, 2)  where they are in the picture, (0, 0) below left.
    picture (h, w, 3)   bytes.
    """

    faces: np.ndarray
    uv: np.ndarray
    picture: np.ndarray


def read_texture(mesh: str | Path, picture: str | Path) -> Textured:
    """The texture coordinates of an OBJ file, with a picture.

    Raises
    ------
    FormatError   the mesh is no OBJ of triangles with texture coordinates, or the picture cannot be read.
    """
    from PIL import Image, UnidentifiedImageError

    path = existing_file(mesh)
    places, faces, corners = [], [], []
    for line in read_plain(path).decode("utf-8", "replace").splitlines():
        words = line.split()
        if words[:1] == ["vt"]:
            places.append([float(word) for word in words[1:3]])
        elif words[:1] == ["f"]:
            ends = [word.split("/") for word in words[1:]]
            if len(ends) != 3 or any(len(end) < 2 or not end[1] for end in ends):
                raise FormatError(f"{path.name} has faces without texture coordinates, or no triangles.", _NEEDED)
            faces.append([int(end[0]) - 1 for end in ends])
            corners.append([int(end[1]) - 1 for end in ends])
    if not faces or not places or np.min(corners) < 0 or np.max(corners) >= len(places):
        raise FormatError(f"{path.name} has no texture coordinates that could be used.", _NEEDED)
    try:
        with Image.open(existing_file(picture)) as opened:
            pixels = np.asarray(opened.convert("RGB"))
    except (UnidentifiedImageError, OSError):
        raise FormatError(f"{Path(picture).name} is no picture that can be read.", "Give a png or jpg.") from None
    return Textured(np.array(faces), np.array(places)[np.array(corners)], pixels)


_NEEDED = "Give an OBJ of triangles, each corner written vertex/texture."


def bake(texture: Textured, road: Road, size: int = 1024) -> Textured:
    """The picture on the goal of a road, two triangles to a square of an atlas (size, size).

    Corners of the goal's faces go to their images; points between them to the nearest point of the start's surface.

    Raises
    ------
    MeshError   the goal has no faces, or more than the atlas has room for.
    """
    faces = road.goal.faces
    if len(faces) == 0:
        raise MeshError(f"{road.goal.name} has no faces to paint.", "Textures are for meshes.")
    across = int(np.ceil(np.sqrt(-(-len(faces) // 2))))
    cell = size // across
    if cell < 5:
        raise MeshError(f"{len(faces)} faces do not fit into {size} pixels.", f"Use {5 * across} or more.")
    weights = road.votes if road.back is not None else None
    images = weights @ road.start.vertices if weights is not None else _landed(road)
    face, bary, pixel = _atlas(len(faces), across, cell)
    points = np.einsum("pc,pcd->pd", bary, images[faces[face]])
    picture = np.full((size, size, 3), 255, np.uint8)
    picture[size - 1 - pixel[:, 1], pixel[:, 0]] = _sampled(texture, road.start, points)
    return Textured(faces, _corners(len(faces), across, cell) / size, picture)


def write_textured(path: Path, shape: Shape, texture: Textured, *, force: bool = False) -> list[Path]:
    """As one .glb, or as .obj with .mtl and .png beside it; the files written.

    Raises
    ------
    FormatError   another suffix.
    GeomError     a file exists and `force` is false.
    """
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        raise FormatError(f"Textures cannot be written as {suffix}.", f"Use {' or '.join(WRITABLE)}.")
    if suffix == ".glb":
        with atomic_path(path, force=force) as temporary:
            temporary.write_bytes(_glb(shape, texture))
        return [path]
    files = [path.with_suffix(".png"), path.with_suffix(".mtl"), path]
    vertices = "\n".join("v {:.9g} {:.9g} {:.9g}".format(*row) for row in shape.vertices)
    places = "\n".join("vt {:.6f} {:.6f}".format(*row) for row in texture.uv.reshape(-1, 2))
    numbers = np.arange(1, 3 * len(texture.faces) + 1).reshape(-1, 3)
    ends = zip(texture.faces + 1, numbers, strict=True)
    faces = "\n".join("f " + " ".join(f"{v}/{t}" for v, t in zip(*row, strict=True)) for row in ends)
    texts = {
        files[1]: f"newmtl painted\nKd 1 1 1\nmap_Kd {files[0].name}\n",
        files[2]: f"mtllib {files[1].name}\n{vertices}\n{places}\nusemtl painted\n{faces}\n",
    }
    with atomic_path(files[0], force=force) as temporary:
        temporary.write_bytes(_png(texture.picture))
    for file, text in texts.items():
        with atomic_path(file, force=force) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return files


def _landed(road: Road) -> np.ndarray:
    """Where the vertices of the goal are on the start, by what lands on them."""
    from geomlearn.collections.transfer.carry import carry

    return carry(road.start.vertices, road).values


def _atlas(count: int, across: int, cell: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each used pixel its face, barycentric weights and place (x, y) from below left.

    Each square is cut along its falling diagonal; pixels at the rim belong to the nearest triangle, so that no colour
    bleeds in when a viewer blends.
    """
    y, x = np.mgrid[0:cell, 0:cell].reshape(2, -1)
    # Corners lie a pixel and a half inside the square.
    s, t = (np.clip((v - 1.0) / (cell - 4.0), -0.5, 1.5) for v in (x, y))
    upper = (x + y) >= cell - 1
    first = np.stack([1 - s - t, s, t], axis=1)
    u, v = (np.clip((cell - 2.0 - w) / (cell - 4.0), -0.5, 1.5) for w in (x, y))
    second = np.stack([1 - u - v, u, v], axis=1)
    bary = np.clip(np.where(upper[:, None], second, first), 0, None)
    bary /= bary.sum(axis=1, keepdims=True)
    squares = np.arange(-(-count // 2))
    face = (2 * squares[:, None] + upper[None]).ravel()
    place = np.stack(
        [(squares % across)[:, None] * cell + x[None], (squares // across)[:, None] * cell + y[None]], axis=2
    ).reshape(-1, 2)
    kept = face < count
    return face[kept], np.tile(bary, (len(squares), 1))[kept], place[kept]


def _corners(count: int, across: int, cell: int) -> np.ndarray:
    """(m, 3, 2) pixels of the corners, at the centres of theirs."""
    low, high = 1.5, cell - 1.5
    first = np.array([(low, low), (cell - 2.5, low), (low, cell - 2.5)])
    second = np.array([(high, high), (2.5, high), (high, 2.5)])
    number = np.arange(count)
    origin = np.stack([number // 2 % across, number // 2 // across], axis=1) * cell
    return origin[:, None] + np.where((number % 2 == 0)[:, None, None], first, second)


def _sampled(texture: Textured, shape: Shape, points: np.ndarray) -> np.ndarray:
    """(p, 3) bytes of the picture at the points of the surface nearest to `points`."""
    corners = shape.vertices[texture.faces]
    tree = cKDTree(corners.mean(axis=1))
    high, wide = texture.picture.shape[:2]
    found = np.empty((len(points), 3), np.uint8)
    for start in range(0, len(points), _BLOCK):
        part = points[start : start + _BLOCK]
        near = tree.query(part, k=min(_TRIED, len(corners)))[1].reshape(len(part), -1)
        count = near.shape[1]
        a, b, c = (corners[near, corner].reshape(-1, 3) for corner in range(3))
        weights = closest_weights(np.repeat(part, count, axis=0) - a, b - a, c - a)
        at = weights[:, :1] * a + weights[:, 1:2] * b + weights[:, 2:] * c
        miss = ((at.reshape(len(part), count, 3) - part[:, None]) ** 2).sum(axis=2)
        best = miss.argmin(axis=1)
        rows = np.arange(len(part))
        chosen = weights.reshape(len(part), count, 3)[rows, best]
        uv = np.einsum("pc,pcd->pd", chosen, texture.uv[near[rows, best]])
        # Coordinates beyond the picture repeat it.
        uv = np.where((uv >= 0) & (uv <= 1), uv, uv % 1)
        x = np.clip(uv[:, 0] * wide - 0.5, 0, wide - 1)
        y = np.clip((1 - uv[:, 1]) * high - 0.5, 0, high - 1)
        found[start : start + _BLOCK] = _bilinear(texture.picture, x, y)
    return found


def _bilinear(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, below = np.minimum(left + 1, picture.shape[1] - 1), np.minimum(top + 1, picture.shape[0] - 1)
    s, t = (x - left)[:, None], (y - top)[:, None]
    upper = (1 - s) * picture[top, left] + s * picture[top, right]
    lower = (1 - s) * picture[below, left] + s * picture[below, right]
    return np.round((1 - t) * upper + t * lower).astype(np.uint8)


def _png(picture: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def _glb(shape: Shape, texture: Textured) -> bytes:
    """Binary glTF with the picture inside; corners are vertices of their own."""
    positions = shape.vertices[texture.faces].reshape(-1, 3).astype("<f4")
    places = (texture.uv.reshape(-1, 2) * (1, -1) + (0, 1)).astype("<f4")
    picture = _png(texture.picture)
    parts = [positions.tobytes(), places.tobytes(), picture + b"\0" * (-len(picture) % 4)]
    starts = np.cumsum([0, *map(len, parts)])
    views = [
        {"buffer": 0, "byteOffset": int(start), "byteLength": length}
        for start, length in zip(starts, (len(parts[0]), len(parts[1]), len(picture)), strict=False)
    ]
    low, high = positions.min(axis=0).tolist(), positions.max(axis=0).tolist()
    count = {"componentType": 5126, "count": len(positions)}
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0}}
    scene = {
        "asset": {"version": "2.0", "generator": "geomlearn"},
        **{"scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": shape.name}]},
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}]}],
        **{
            "materials": [material],
            "textures": [{"source": 0}],
            "images": [{"bufferView": 2, "mimeType": "image/png"}],
        },
        "accessors": [
            {"bufferView": 0, **count, "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, **count, "type": "VEC2"},
        ],
        **{"bufferViews": views, "buffers": [{"byteLength": int(starts[-1])}]},
    }
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    blob = b"".join(parts)
    header = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(blob), len(text), 0x4E4F534A)
    return header + text + struct.pack("<II", len(blob), 0x004E4942) + blob

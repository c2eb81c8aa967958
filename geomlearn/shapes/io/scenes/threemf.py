"""3MF, a zip of XML: all objects of the build plate, placed by their transforms."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from xml.parsers import expat

import numpy as np

from geomlearn.shapes.io.announced import Allowance, check_zip
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.triangulate import Polygons

# Objects can place objects that place objects: a few lines may stand for more than any time or memory allows.
_MOST_PLACED, _DEEPEST = 20_000, 20
_BYTES_PER_VERTEX, _BYTES_PER_TRIANGLE = 24, 24


# An object is known by the part of the archive it lies in, and its number there.
_Name = tuple[str, str]
_Placed = tuple[_Name, str | None]
_LEFT = {"basematerials": "materials", "colorgroup": "colours of triangles", "texture2dgroup": "texture coordinates"}
_LEFT |= {"beamlattice": "beams", "slicestack": "slices"}


@dataclass
class _Object:
    vertices: list[tuple[str, str, str]] = field(default_factory=list)
    triangles: list[tuple[str, str, str]] = field(default_factory=list)
    components: list[_Placed] = field(default_factory=list)


def is_3mf(source: Source) -> bool:
    """Whether it is a zip archive of a 3D model."""
    return source.head[:4] == b"PK\x03\x04" and (b"3D/" in source.head or b"[Content_Types].xml" in source.head)


def read_3mf(source: Source) -> Parsed:
    """The objects of the build, or all objects when nothing is placed; units stay the file's.

    Raises
    ------
    FormatError   the archive or its model is damaged, or holds no triangles.
    """
    with zipfile.ZipFile(BytesIO(source.data)) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".model")]
        if not names:
            raise source.bad("it is a zip archive without a 3D model", "Check that it is a 3MF file.")
        check_zip(archive, source)
        root = _root(archive, names)
        objects: dict[_Name, _Object] = {}
        items: list[_Placed] = []
        left: set[str] = set()
        # Since the production extension parts of a model may lie in files of their own inside the archive.
        for name in sorted(names, key=lambda name: name != root):
            _parse(archive.read(name), f"/{name.lstrip('/')}", objects, items if name == root else [], left, source)
    placed = items or [(name, None) for name, item in objects.items() if item.triangles]
    placing = _Placing(objects, source)
    parts = placing.place(placed)
    if spare := sum(bool(item.triangles) and name not in placing.used for name, item in objects.items()):
        left.add(f"{spare} {'object that is' if spare == 1 else 'objects that are'} nowhere placed")
    if not parts:
        raise source.bad("it places no triangles", "Check that it is a 3MF file with a mesh.")
    offsets = np.cumsum([0] + [len(points) for points, _ in parts[:-1]])
    faces = [triangles + offset for (_, triangles), offset in zip(parts, offsets, strict=True)]
    parsed = Parsed(np.concatenate([points for points, _ in parts]), Polygons.uniform(np.concatenate(faces)))
    parsed.left = sorted(left)
    return parsed


def _root(archive: zipfile.ZipFile, names: list[str]) -> str:
    """The part that the package's relations call its model, or else the one that has its usual name."""
    try:
        relations = archive.read("_rels/.rels").decode("utf-8", "replace")
    except KeyError:
        relations = ""
    told = [target.lstrip("/") for target in re.findall(r'Target\s*=\s*"([^"]*\.model)"', relations, re.IGNORECASE)]
    usual = sorted(names, key=lambda name: (not name.lower().endswith("3dmodel.model"), len(name)))
    return next((name for name in told if name in names), usual[0])


def _parse(
    text: bytes, part: str, objects: dict[_Name, _Object], items: list[_Placed], left: set[str], source: Source
) -> None:
    """Add the objects of one part of the model, what it places, and the names of what is not read."""
    if b"<!DOCTYPE" in text[:4096] or b"<!ENTITY" in text[:65536]:
        raise source.bad("its XML defines entities, which 3MF does not allow")
    current = _Object()

    def start(tag: str, a: dict[str, str]) -> None:
        nonlocal current
        own = tag.rpartition(":")[2]
        left.update({_LEFT[own]} if own in _LEFT else ())
        match own:
            case "vertex":
                current.vertices.append((a["x"], a["y"], a["z"]))
            case "triangle":
                current.triangles.append((a["v1"], a["v2"], a["v3"]))
            case "object":
                current = objects.setdefault((part, a["id"]), _Object())
            case "component":
                current.components.append((_named(a, part), a.get("transform")))
            case "item":
                items.append((_named(a, part), a.get("transform")))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise source.bad(f"its XML is damaged ({error})") from None
    except KeyError as error:
        raise source.bad(f"an element of its model lacks the attribute {error}") from None


def _named(attributes: dict[str, str], part: str) -> _Name:
    """The object that an element refers to, in this part or in the one its path names."""
    path = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "path"), part)
    return "/" + path.lstrip("/"), attributes["objectid"]


class _Placing:
    """Objects put where the build wants them, one after the other."""

    def __init__(self, objects: dict[_Name, _Object], source: Source) -> None:
        self._objects, self._source, self._allowance = objects, source, Allowance(source)
        self.used: set[_Name] = set()

    def place(self, placed: list[_Placed]) -> list[tuple[np.ndarray, np.ndarray]]:
        """The points and triangles of each object placed, in order."""
        parts, count = [], 0
        waiting = [(name, transform, np.eye(4), 0) for name, transform in reversed(placed)]
        while waiting:
            name, transform, above, depth = waiting.pop()
            count += 1
            if name not in self._objects:
                raise self._source.bad(f"it places object {name[1][:20]}, which it does not define")
            if depth > _DEEPEST or count > _MOST_PLACED:
                raise self._source.bad("its objects contain each other without end")
            self.used.add(name)
            item, matrix = self._objects[name], above @ _matrix(transform, self._source)
            if item.triangles:
                parts.append(self._part(name[1], item, matrix))
            waiting += [(other, to, matrix, depth + 1) for other, to in reversed(item.components)]
        return parts

    def _part(self, name: str, item: _Object, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n, m = len(item.vertices), len(item.triangles)
        self._allowance.take(n * _BYTES_PER_VERTEX + m * _BYTES_PER_TRIANGLE)
        points = np.array(item.vertices, dtype=np.float64).reshape(-1, 3)
        triangles = np.array(item.triangles, dtype=np.int64)
        if triangles.min() < 0 or triangles.max() >= n:
            raise self._source.bad(f"a triangle of object {name} refers to vertex {triangles.max()} of {n}")
        if np.linalg.det(matrix[:3, :3]) < 0:
            triangles = triangles[:, ::-1]  # mirrored, the surface would be inside out
        return points @ matrix[:3, :3].T + matrix[:3, 3], triangles


def _matrix(text: str | None, source: Source) -> np.ndarray:
    matrix = np.eye(4)
    if text is not None:
        numbers = [float(word) for word in text.split()]
        if len(numbers) != 12:
            raise source.bad(f"a transform has {len(numbers)} numbers instead of 12")
        matrix[:3] = np.array(numbers).reshape(4, 3).T
    return matrix

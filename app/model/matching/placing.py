"""Between which shapes of the scene a file of indices belongs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from pathlib import PurePath

from geomlearn.app.model.files.loading import Indices
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.core.errors import SizeMismatch


@dataclass(frozen=True)
class Place:
    """A pair of shapes that a map fits: ids of source and target, and why just these, as the end of a sentence."""

    source: str
    target: str
    why: str


def place_map(scene: Scene, indices: Indices, path: str, preferred: tuple[str, str] | None = None) -> Place:
    """The shapes a map leads between: as its metadata say, else its file name, else `preferred`, else by its sizes.

    Parameters
    ----------
    preferred  ids of the pair to take among equally good ones.

    Raises
    ------
    SizeMismatch   no two shapes have these sizes; the sentence lists what there is.
    """
    column = indices.table[:, -1]
    n_source, highest = len(column), int(column.max())
    shapes = scene.shapes
    fitting = [(a, b) for a, b in permutations(shapes, 2) if a.shape.n_vertices == n_source and _holds(b, highest)]
    if not fitting:
        sizes = ", ".join(f"{item.label} has {item.shape.n_vertices}" for item in shapes) or "there is no shape yet"
        raise SizeMismatch(
            f"{PurePath(path).name} maps {n_source} vertices to indices up to {highest}: that fits no two shapes here.",
            f"On the stage {sizes}. Open its shapes first.",
        )
    rank, (a, b) = max(
        ((_evidence(a, b, indices, path, preferred), (a, b)) for a, b in fitting), key=lambda entry: entry[0]
    )
    if rank >= 4:
        return Place(a.id, b.id, "as the file says")
    if rank >= 2:
        return Place(a.id, b.id, "by the file's name")
    others = f"; {len(fitting)} pairs have these sizes" if len(fitting) > 1 else ""
    return Place(a.id, b.id, ("the pair chosen" if rank == 1 else "by the numbers of vertices") + others)


def listed_shape(scene: Scene, path: str) -> ShapeItem | None:
    """The shape whose true points a list such as ``cat0.vts`` names, or None when the file is no such list."""
    name = PurePath(path)
    if name.suffix.lower() != ".vts":
        return None
    return next((item for item in scene.shapes if name.stem in _names(item)), None)


def _evidence(a: ShapeItem, b: ShapeItem, indices: Indices, path: str, preferred: tuple[str, str] | None) -> float:
    said = indices.metadata
    rank = float(preferred == (a.id, b.id))
    if str(said.get("source", "")) in _names(a) and str(said.get("target", "")) in _names(b):
        rank += 4
    suffix, stem = PurePath(path).suffix.lower(), PurePath(path).stem
    forward = {f"{one}_{other}" for one in _names(a) for other in _names(b)}
    backward = {f"{other}_{one}" for one in _names(a) for other in _names(b)}
    # In lists of SHREC'19 a_b.map holds a vertex of a for each vertex of b; elsewhere a comes first.
    if stem in (backward if suffix == ".map" else forward):
        rank += 2
    return rank


def _names(item: ShapeItem) -> set[str]:
    return {item.label, item.shape.name, PurePath(item.source).stem} - {""}


def _holds(item: ShapeItem, highest: int) -> bool:
    return highest <= item.shape.n_vertices

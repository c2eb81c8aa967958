"""Map sets of registered shapes: meshes in a folder whose vertex i is the same place on all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.diffumatch.maps.files import category_path, write_maps
from geomlearn.matching.diffumatch.maps.generate import unit_basis
from geomlearn.matching.point_map import functional_map_of
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.io.registry import READABLE
from geomlearn.spectral.basis import Basis

# Part of the categories, or of the shapes of a single one, that is kept to validate on.
HELD_OUT = 0.2


def registered_maps(source: str | Path, folder: str | Path, k: int = 30, progress: Progress = SILENT) -> Path:
    """Fill a folder with the maps of all ordered pairs of registered shapes.

    Parameters
    ----------
    source  a folder of meshes with the same vertices in the same order, or of such folders, each a category.
    folder  where the maps go: a fifth of the categories to validate on; of a single category, a fifth of the shapes.

    Raises
    ------
    FormatError    fewer than two shapes in a category, or one that cannot be read.
    SizeMismatch   shapes of one category differ in their number of vertices.
    ParameterError   a shape has fewer than k vertices.
    """
    source, folder = Path(source), Path(folder)
    inner = sorted(path for path in source.iterdir() if path.is_dir()) if source.is_dir() else []
    groups = [(part.name, _meshes(part)) for part in inner if _meshes(part)] or [(source.name, _meshes(source))]
    if len(groups) == 1:
        name, paths = groups[0]
        cut = len(paths) - max(2, round(HELD_OUT * len(paths)))
        groups, n_train = [(name, paths[:cut]), (name, paths[cut:])], 1
    else:
        n_train = len(groups) - max(1, round(HELD_OUT * len(groups)))
    for number, (name, paths) in enumerate(groups):
        progress(number / len(groups), name)
        bases = _bases(name, paths, k, progress.part(number / len(groups), (number + 1) / len(groups)))
        maps = np.stack([_identity_map(a, b) for a in bases for b in bases if a is not b])
        split, at = ("train", number) if number < n_train else ("valid", number - n_train)
        write_maps(category_path(folder, split, at), maps, {"category": name, "split": split, "k": k})
    return folder


def _meshes(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in READABLE)


def _bases(name: str, paths: list[Path], k: int, progress: Progress) -> list[Basis]:
    if len(paths) < 2:
        raise FormatError(f"{name} holds {len(paths)} shapes to learn from or to validate on.", "Give four or more.")
    bases: list[Basis] = []
    for i, path in enumerate(paths):
        progress(i / len(paths), path.name)
        shape = read_shape(path)
        if bases and shape.n_vertices != bases[0].n_vertices:
            raise SizeMismatch(
                f"{path.name} has {shape.n_vertices} vertices, {paths[0].name} {bases[0].n_vertices}.",
                "Registered shapes have the same vertices in the same order.",
            )
        bases.append(unit_basis(shape, k))
    return bases


def _identity_map(a: Basis, b: Basis) -> np.ndarray:
    return functional_map_of(np.arange(b.n_vertices), a.evecs, b.evecs, b.mass)

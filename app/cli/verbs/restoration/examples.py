"""Examples to learn a prior from, and what is to be restored: fields, bodies, images in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.progress import Progress
from geomlearn.shapes.io.registry import READABLE, read_shape


def read_bodies(folder: Path, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (f, n, 3) and faces (m, 3) of the meshes in a folder, which share a connectivity; or of one .npz.

    Raises
    ------
    FormatError   there are none, or they do not share it.
    """
    if folder.is_file():
        arrays, _ = read_arrays(folder)
        if "faces" not in arrays or np.ndim(arrays.get("vertices", 0)) != 3:
            raise FormatError(f"{folder.name} holds no vertices (f, n, 3) and faces.", "Give a folder of meshes.")
        return np.asarray(arrays["vertices"], float), np.asarray(arrays["faces"], np.int64)
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in READABLE)
    if not paths:
        raise FormatError(f"{folder.name} holds no meshes.", "Give a folder of meshes that share a connectivity.")
    found: list[np.ndarray] = []
    faces = np.zeros((0, 3), np.int64)
    for number, path in enumerate(paths):
        shape = read_shape(path)
        faces = faces if found else shape.faces
        if shape.is_cloud or not np.array_equal(shape.faces, faces):
            raise FormatError(
                f"{path.name} does not share the connectivity of {paths[0].name}.",
                "Bodies must have the same faces, vertex by vertex.",
            )
        found.append(shape.vertices)
        progress(number / len(paths), path.name)
    return np.stack(found), faces


def holds_bodies(path: Path) -> bool:
    """Whether a file has bodies in it: vertices (f, n, 3) and faces."""
    arrays, _ = read_arrays(path)
    return "faces" in arrays and np.ndim(arrays.get("vertices", 0)) == 3


def read_images(path: Path) -> np.ndarray:
    """Images (f, h, h) in a .npy or .npz, in [0, 1] where they are bytes; or one picture file.

    Raises
    ------
    FormatError   the file holds none.
    """
    if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".bmp"):
        return _picture(path)
    arrays, _ = read_arrays(path)
    for array in arrays.values():
        if np.ndim(array) == 2 and np.shape(array)[0] == np.shape(array)[1]:
            array = array[None]
        if np.ndim(array) == 3 and array.shape[1] == array.shape[2] and np.issubdtype(array.dtype, np.number):
            return array / 255.0 if array.dtype == np.uint8 else np.asarray(array, float)
    held = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items()) or "nothing"
    raise FormatError(
        f"{path.name} holds {held}, but no images (f, h, h).", "Give square images, or --shape for fields."
    )


def _picture(path: Path) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("L"), float)[None] / 255.0
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise FormatError(f"{path.name} is no picture that can be read: {error}.", "Write it again.") from error


def read_places(path: Path, n: int) -> np.ndarray:
    """(n,) true at the places that a file names: their numbers, or one truth value for each.

    Raises
    ------
    FormatError   it names none, or places that do not exist.
    """
    arrays, _ = read_arrays(path)
    array = np.asarray(next(iter(arrays.values()), np.zeros(0)))
    if array.dtype == bool and array.shape == (n,):
        return array
    whole = array.size > 0 and array.ndim == 1 and np.issubdtype(array.dtype, np.number)
    if not whole or not np.array_equal(array, np.round(array)):
        raise FormatError(f"{path.name} names no places.", f"Give vertex numbers (m,), or truth values ({n},).")
    if array.min() < 0 or array.max() >= n:
        raise GeomError(f"{path.name} names place {int(array.max())}; there are {n}.", "Places count from 0.")
    places = np.zeros(n, bool)
    places[array.astype(int)] = True
    return places

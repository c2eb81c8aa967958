"""A series of fields as a ParaView collection: an index (pvd) and one vtp for each frame."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np

from geomlearn.core.errors import FormatError, GeomError, SizeMismatch
from geomlearn.core.files import atomic_path, beside, existing_file, shortened
from geomlearn.core.incoming import read_text
from geomlearn.core.leftovers import prefix
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.shapes.io import read_point_data, write_shape
from geomlearn.shapes.shape import Shape

# An index holds one line a frame; anything larger is not one.
_LARGEST_INDEX = 64 * 2**20
_ALWAYS_FINE, _MOST_REPEATED = 64 << 20, 50
_MARK = "geomlearn "


def write_vtp(path: Path, series: FieldSeries, shape: Shape, *, force: bool = False) -> Path:
    """Write a series of one frame as point data of its shape.

    Raises
    ------
    FormatError   there are several frames.
    """
    if series.n_frames > 1:
        raise FormatError(
            f"A vtp file holds one frame, and the field has {series.n_frames}.",
            f"Write {path.stem}.pvd for the series.",
        )
    return write_shape(path, shape, point_data=series.frame(0), metadata=series.metadata, force=force)


def write_pvd(path: Path, series: FieldSeries, shape: Shape, *, force: bool = False) -> Path:
    """Write the frames into the folder NAME_frames and then the index, so that no index ever points at missing frames.

    Raises
    ------
    GeomError   the index or its folder exists and `force` is false, or cannot be written.
    """
    path = path.expanduser().absolute()
    folder = path.with_name(f"{path.stem}_frames")
    if folder.exists() and not force:
        raise GeomError(f"{folder.name} exists already.", "Choose another name, or overwrite it with --force.")
    with atomic_path(path, force=force) as index:
        fresh = Path(tempfile.mkdtemp(prefix=prefix(), dir=path.parent))
        try:
            names = [f"{i:05d}.vtp" for i in range(series.n_frames)]
            for i, name in enumerate(names):
                write_shape(fresh / name, shape, point_data=series.frame(i))
            index.write_text(_index(series, folder.name, names), encoding="utf-8")
            _swap(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return path


def read_pvd(path: Path) -> FieldSeries:
    """The series of a ParaView collection whose frames lie beside it; every frame must have the same point data.

    Raises
    ------
    FormatError   the index is damaged, or its frames are missing, damaged or do not fit together.
    """
    times, files, metadata = _read_index(path)
    frames = []
    for file in _measured(path, files):
        data = read_point_data(file)
        frames.append({name: array for name, array in data.items() if array.ndim == 1})
    names = metadata.pop("names", None) or sorted(frames[0])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FormatError(f"{path.name} is damaged: its metadata do not name the fields.", "Export the field again.")
    if not names or any(set(names) - set(frame) for frame in frames):
        raise FormatError(
            f"The frames of {path.name} do not all hold {', '.join(names) or 'any values'}.", "Export again."
        )
    if len({len(frame[name]) for frame in frames for name in names}) != 1:
        raise FormatError(f"The frames of {path.name} have different numbers of vertices.", "Export them again.")
    values = np.stack([np.stack([frame[name] for name in names], axis=-1) for frame in frames])
    try:
        return FieldSeries(times, values[..., 0] if len(names) == 1 else values, tuple(names), metadata)
    except SizeMismatch as error:
        raise FormatError(f"{path.name}: {error.message}", error.hint) from None


def _measured(path: Path, files: list[str]) -> list[Path]:
    """The frames beside the index, which choose nothing else of this disk and are not read again and again."""
    frames = []
    for file in files:
        frame = beside(path, file)
        if frame is None:
            what = f"{path.name} refers to {shortened(file, 80)}, outside its own folder."
            raise FormatError(what, "Keep the frames below the folder of the index.")
        if not frame.is_file():
            raise FormatError(
                f"{path.name} names {shortened(file, 80)}, which is not there.", "Keep its frames beside it."
            )
        frames.append(existing_file(frame))
    sizes = {frame: frame.stat().st_size for frame in set(frames)}
    if sum(sizes[frame] for frame in frames) > max(_ALWAYS_FINE, _MOST_REPEATED * sum(sizes.values())):
        raise FormatError(f"{path.name} reads the same frames over and over.", "It is made to exhaust memory.")
    return frames


def _index(series: FieldSeries, folder: str, names: list[str]) -> str:
    about = json.dumps({**series.metadata, "names": list(series.names)}).replace("--", "-\\u002d")
    rows = [
        f'    <DataSet timestep="{time!r}" part="0" file={quoteattr(f"{folder}/{name}")}/>'
        for time, name in zip(series.times.tolist(), names, strict=True)
    ]
    return "\n".join(
        [
            '<?xml version="1.0"?>',
            f"<!-- {_MARK}{about} -->",
            '<VTKFile type="Collection" version="0.1" byte_order="LittleEndian">',
            "  <Collection>",
            *rows,
            "  </Collection>",
            "</VTKFile>",
            "",
        ]
    )


def _read_index(path: Path) -> tuple[np.ndarray, list[str], dict]:
    bad = FormatError(f"{path.name} is no index of frames, or damaged.", "Export the field again.")
    if path.stat().st_size > _LARGEST_INDEX:
        raise bad
    try:
        text = read_text(path)
        if "<!ENTITY" in text or "<!DOCTYPE" in text:
            raise bad
        rows = list(ElementTree.fromstring(text).iter("DataSet"))
        times = np.array([float(row.attrib["timestep"]) for row in rows])
        files = [row.attrib["file"] for row in rows]
    except (UnicodeDecodeError, ElementTree.ParseError, KeyError, ValueError):
        raise bad from None
    if not files:
        raise FormatError(f"{path.name} names no frames.", "Export the field again.")
    return times, files, _about(text)


def _about(text: str) -> dict:
    """The metadata in the comment of an index of ours; nothing in an index of others."""
    _, found, rest = text.partition(f"<!-- {_MARK}")
    try:
        about = json.loads(rest.split(" -->")[0]) if found else {}
    except (json.JSONDecodeError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _swap(fresh: Path, folder: Path) -> None:
    """`fresh` takes the place of `folder`; the old one stays until the new one is there."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = folder.with_name(f".{fresh.name}.old")
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)

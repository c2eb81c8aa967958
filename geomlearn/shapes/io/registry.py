"""The table of formats, and reading by it."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.files import existing_file
from geomlearn.shapes.io.arrays import is_arrays, read_arrays_file
from geomlearn.shapes.io.clouds.columns import is_columns, read_columns
from geomlearn.shapes.io.clouds.expe import is_expe, read_expe
from geomlearn.shapes.io.clouds.pcd import is_pcd, read_pcd
from geomlearn.shapes.io.meshes.obj import is_obj, read_obj
from geomlearn.shapes.io.meshes.off import is_off, read_off
from geomlearn.shapes.io.meshes.ply import is_ply, read_ply
from geomlearn.shapes.io.meshes.stl import is_stl, read_stl
from geomlearn.shapes.io.meshes.tosca import is_tosca, read_tosca
from geomlearn.shapes.io.parsed import Held, Parsed, finish
from geomlearn.shapes.io.scenes.gltf import is_gltf, read_gltf
from geomlearn.shapes.io.scenes.threemf import is_3mf, read_3mf
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.vtk.legacy import is_legacy_vtk, read_legacy_grid, read_legacy_vtk
from geomlearn.shapes.io.vtk.xml import is_vtk_xml, read_vtk_xml, read_xml_grid, read_xml_metadata
from geomlearn.shapes.shape import Shape


@dataclass(frozen=True)
class Format:
    """One format: what it is called, how it is recognised by its content, and how it is read."""

    title: str
    suffixes: tuple[str, ...]
    matches: Callable[[Source], bool]
    read: Callable[[Source], Parsed]


# From the most particular beginnings to the least: a file is the first format whose content it has.
FORMATS = (
    Format("PLY", (".ply",), is_ply, read_ply),
    Format("PCD", (".pcd",), is_pcd, read_pcd),
    Format("legacy VTK", (".vtk",), is_legacy_vtk, read_legacy_vtk),
    Format("VTK XML", (".vtp", ".vtu"), is_vtk_xml, read_vtk_xml),
    Format("glTF", (".glb", ".gltf"), is_gltf, read_gltf),
    Format("array", (".npz", ".npy", ".mat", ".h5", ".hdf5"), is_arrays, read_arrays_file),
    Format("TOSCA", (".vert", ".tri"), is_tosca, read_tosca),
    Format("3MF", (".3mf",), is_3mf, read_3mf),
    Format("Expe", (".pts",), is_expe, read_expe),
    Format("STL", (".stl",), is_stl, read_stl),
    Format("OFF", (".off",), is_off, read_off),
    Format("OBJ", (".obj",), is_obj, read_obj),
    Format("text", (".xyz", ".txt", ".csv", ".pts", ".asc"), is_columns, read_columns),
)
READABLE = tuple(dict.fromkeys(suffix for format_ in FORMATS for suffix in format_.suffixes))

# What the standard library, numpy and scipy raise on damaged bytes; everything else is a defect of ours and shows.
_DAMAGE = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, EOFError, RecursionError),
    *(struct.error, NotImplementedError, RuntimeError, TokenError),
)


def read_shape(path: str | Path, *, index_base: int | None = None) -> Shape:
    """A mesh or a point cloud from a file; the content decides the format, the suffix is only a hint.

    Polygons are triangulated, the repeated corners of STL files welded, points without finite coordinates left out.
    What was noticed on the way is in the shape's `warnings`.

    Parameters
    ----------
    path   a file in one of the formats `READABLE`.
    index_base   0 or 1, what its faces count vertices from, where the file does not keep to its format.

    Raises
    ------
    FormatError   the file is missing, damaged, cut short, or of no known format.
    MeshError     the geometry in it cannot be used: no vertices, or faces that refer to missing ones; `CountsFromOne`
                  when they look as if counted from 1.
    """
    return read_held(path, index_base=index_base).shape


def read_held(path: str | Path, *, index_base: int | None = None) -> Held:
    """The same with the named arrays per vertex that the file holds beside its shape.

    Raises
    ------
    FormatError, MeshError   as `read_shape`.
    """
    source = Source(existing_file(path))
    # Numbers that are not finite are looked for, so meeting them on the way need not warn.
    with np.errstate(over="ignore", invalid="ignore"):
        with _sentences(source):
            format_, notes = _recognise(source)
            parsed = format_.read(source)
        return finish(parsed, source, notes, index_base)


def read_point_data(path: str | Path) -> dict[str, np.ndarray]:
    """The named arrays per vertex of a .vtp, .vtu or .vtk file, (n,) or (n, c) each.

    Raises
    ------
    FormatError   the file is not of VTK's formats, or damaged.
    """
    source = Source(existing_file(path))
    with _sentences(source):
        if is_vtk_xml(source):
            return read_xml_grid(source).point_data
        if is_legacy_vtk(source):
            return read_legacy_grid(source).point_data
    raise source.bad("it is not a VTK file", "Give a .vtp, .vtu or .vtk file.")


def read_metadata(path: str | Path) -> dict[str, Any]:
    """What `write_shape` was told about a .vtp file's point data; empty in files of others.

    Raises
    ------
    FormatError   the file is damaged.
    """
    source = Source(existing_file(path))
    with _sentences(source):
        return read_xml_metadata(source) if is_vtk_xml(source) else {}


@contextmanager
def _sentences(source: Source) -> Iterator[None]:
    """Turns what damaged bytes make other libraries raise into one sentence."""
    try:
        yield
    except OSError as error:
        raise source.bad(error.strerror or "the disk failed", "Check the disk and the permissions.") from error
    except MemoryError as error:
        raise source.bad("it announces more data than memory holds", "It is probably damaged.") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        raise source.bad("its compressed part is damaged or cut short") from error
    except _DAMAGE as error:
        raise source.bad("its content contradicts its format", "It is probably damaged.") from error


def _refuse_stand_ins(source: Source) -> None:
    """What often lies where a mesh should: pages of download servers, and placeholders of version control."""
    begin = source.head[:200].lstrip().lower()
    if begin.startswith((b"<!doctype html", b"<html")):
        raise source.bad("it is a web page", "Download the file itself.")
    if begin.startswith(b"version https://git-lfs"):
        raise source.bad("it is a placeholder of Git LFS", "Fetch the file itself with `git lfs pull`.")


def _recognise(source: Source) -> tuple[Format, list[str]]:
    _refuse_stand_ins(source)
    suffix = source.suffix
    claimed = [format_ for format_ in FORMATS if suffix in format_.suffixes]
    for format_ in claimed:
        if format_.matches(source):
            return format_, []
    for format_ in FORMATS:
        if format_ not in claimed and format_.matches(source):
            what = f"{source.name} holds {_article(format_.title)} file, whatever its name says: read as such."
            return format_, [what] if claimed else []
    if claimed:
        return claimed[-1], []  # its reader knows best what is missing
    raise FormatError(
        f"{source.name} is none of the formats read here.", f"Use one of {', '.join(s[1:] for s in READABLE)}."
    )


def _article(title: str) -> str:
    return ("an " if title[0] in "aAEO" else "a ") + title

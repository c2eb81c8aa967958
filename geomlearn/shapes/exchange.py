"""Shapes of other libraries: trimesh, PyVista and torch-geometric objects, and arrays, in and out."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.core.errors import MeshError, SizeMismatch
from geomlearn.shapes.shape import Shape

if TYPE_CHECKING:
    import pyvista
    import torch_geometric.data
    import trimesh


def as_shape(given: Any) -> Shape:
    """A shape from whatever holds one.

    Parameters
    ----------
    given   a `Shape`; a path or ``builtin:NAME``; a pair (vertices (n, 3), faces (m, 3)) or points (n, 3) alone; a
            trimesh `Trimesh` or `PointCloud`; a PyVista `PolyData`, polygons cut into triangles; a torch-geometric
            `Data` with `pos` (n, 3), and `face` (3, m) where it has faces.

    Raises
    ------
    MeshError     there is no shape in it.
    FormatError   it is a path, and no shape can be read there.
    """
    if isinstance(given, Shape):
        return given
    if isinstance(given, str | PathLike):
        from geomlearn.shapes.load import load_shape

        return load_shape(given if isinstance(given, str) else str(given))
    library = type(given).__module__.partition(".")[0]
    read = {"trimesh": _from_trimesh, "pyvista": _from_pyvista, "torch_geometric": _from_torch_geometric}.get(library)
    if read is not None:
        return read(given)
    if isinstance(given, tuple | list) and len(given) == 2:
        return Shape(_array(given[0]), _array(given[1]))
    if hasattr(given, "__array__"):
        return Shape(_array(given))
    raise MeshError(
        f"A {type(given).__name__} is no shape.",
        "Give a path, gl.Mesh(vertices, faces), gl.Cloud(points), or a trimesh, PyVista or torch-geometric object.",
    )


def as_shapes(given: Any) -> dict[str, Shape]:
    """Shapes by name, from a mapping, a list, or whatever `as_shape` takes for one.

    Raises
    ------
    MeshError, FormatError   as `as_shape`.
    """
    if isinstance(given, Mapping):
        return {str(name): as_shape(one) for name, one in given.items()}
    if isinstance(given, list | tuple) and given and not _is_pair(given):
        shapes = [as_shape(one) for one in given]
        return {f"{shape.name} {number}": shape for number, shape in enumerate(shapes, 1)}
    shape = as_shape(given)
    return {shape.name: shape}


def _is_pair(given: Any) -> bool:
    """Whether it is vertices with faces, or rows of numbers, and no list of shapes."""
    first = given[0]
    return not isinstance(first, Shape | str) and hasattr(first, "__len__") and np.ndim(first) > 0


def to_trimesh(shape: Any) -> trimesh.Trimesh | trimesh.PointCloud:
    """The shape as trimesh has it, vertex for vertex: nothing is merged.

    Raises
    ------
    MeshError   as `as_shape`.
    """
    import trimesh

    shape = as_shape(shape)
    colors = None if shape.colors is None else np.round(255 * shape.colors).astype(np.uint8)
    if shape.is_cloud:
        return trimesh.PointCloud(shape.vertices, colors=colors)
    mesh = trimesh.Trimesh(
        shape.vertices, shape.faces, vertex_normals=shape.normals, vertex_colors=colors, process=False
    )
    mesh.metadata["name"] = shape.name
    return mesh


def to_pyvista(shape: Any, fields: Mapping[str, np.ndarray] | None = None) -> pyvista.PolyData:
    """The shape as PyVista has it, with fields (n,) or (n, c) as point data.

    Raises
    ------
    MeshError      as `as_shape`.
    SizeMismatch   a field has another length than the shape has vertices.
    """
    import pyvista

    shape = as_shape(shape)
    mesh = pyvista.PolyData(np.array(shape.vertices))
    if not shape.is_cloud:
        mesh = pyvista.PolyData.from_regular_faces(np.array(shape.vertices), np.array(shape.faces))
    for name, values in (fields or {}).items():
        if len(values) != shape.n_vertices:
            raise SizeMismatch(
                f"{name} has {len(values)} values for {shape.n_vertices} vertices.", "Give one value per vertex."
            )
        mesh.point_data[name] = np.asarray(values)
    return mesh


def to_torch_geometric(shape: Any, fields: Mapping[str, np.ndarray] | None = None) -> torch_geometric.data.Data:
    """The shape as torch-geometric has it: `pos` (n, 3) float32, `face` (3, m), `edge_index` both ways, and fields.

    Raises
    ------
    MeshError   as `as_shape`.
    """
    import torch
    from torch_geometric.data import Data

    shape = as_shape(shape)
    data = Data(pos=torch.tensor(shape.vertices, dtype=torch.float32))
    if not shape.is_cloud:
        faces = np.array(shape.faces)
        ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        edges = np.unique(np.concatenate([ends, ends[:, ::-1]]), axis=0)
        data.face, data.edge_index = torch.from_numpy(faces.T.copy()), torch.from_numpy(edges.T.copy())
    for name, values in (fields or {}).items():
        data[name] = torch.from_numpy(np.array(values))
    return data


def _from_trimesh(given: Any) -> Shape:
    if not len(getattr(given, "vertices", ())):
        raise MeshError(f"The trimesh {type(given).__name__} has no vertices of its own.", "Give one of its meshes.")
    faces = getattr(given, "faces", np.zeros((0, 3), np.int64))
    return Shape(np.asarray(given.vertices), np.asarray(faces), _name(given.metadata.get("name")))


def _from_pyvista(given: Any) -> Shape:
    surface = given if hasattr(given, "regular_faces") else given.extract_surface()
    if surface.faces.size and not surface.is_all_triangles:
        surface = surface.triangulate()
    faces = surface.regular_faces if surface.faces.size else np.zeros((0, 3), np.int64)
    return Shape(np.asarray(surface.points), np.asarray(faces))


def _from_torch_geometric(given: Any) -> Shape:
    if getattr(given, "pos", None) is None:
        raise MeshError("The torch-geometric data has no positions.", "Give data with pos (n, 3).")
    face = getattr(given, "face", None)
    return Shape(_array(given.pos), np.zeros((0, 3), np.int64) if face is None else _array(face).T)


def _array(given: Any) -> np.ndarray:
    """NumPy's array of numbers that a tensor on any device, or a list, holds."""
    return np.asarray(given.detach().cpu() if hasattr(given, "detach") else given)


def _name(found: Any) -> str:
    return found if isinstance(found, str) and found else "shape"

"""Fewer faces, other faces, fewer points."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.cleaning.cleaned import Cleaned
from geomlearn.shapes.cleaning.native.call import call, present
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape

# Up to so many points the slower choice, which meets the number asked for exactly, takes no time to speak of.
_FEW = 20_000


def decimate(shape: Shape, *, n_faces: int) -> Cleaned:
    """A mesh of about `n_faces` faces with the form of the old one: flat parts lose most.

    Raises
    ------
    MeshError     the shape is a cloud, or the library fails on it.
    DeviceError   fast-simplification is not installed.

    Source   Garland & Heckbert 1997, doi 10.1145/258734.258849, by fast-simplification (MIT).
    """
    _mesh_only(shape, "decimate")
    if n_faces >= shape.n_faces:
        return Cleaned.nothing(shape, f"It has {shape.n_faces:,} faces, no more than {n_faces:,}: nothing to decimate.")
    found = call("decimate", shape.name, vertices=shape.vertices, faces=shape.faces, count=n_faces)
    return _replaced(shape, found, "Decimated")


def remesh(shape: Shape, *, n_vertices: int) -> Cleaned:
    """A mesh of about `n_vertices` vertices, spread evenly, with faces near equilateral.

    Raises
    ------
    MeshError     the shape is a cloud, or the library fails on it.
    DeviceError   pyacvd is not installed.

    Source   Valette & Chassery 2004, doi 10.1111/j.1467-8659.2004.00769.x, by pyacvd (MIT).
    """
    _mesh_only(shape, "remesh")
    found = call("remesh", shape.name, vertices=shape.vertices, faces=shape.faces, count=n_vertices)
    return _replaced(shape, found, "Remeshed")


def subsample(shape: Shape, *, n_points: int, seed: int = 0) -> Cleaned:
    """`n_points` of a cloud's points, spread evenly; every one of them is a point of the cloud.

    Above 20,000 points point-cloud-utils makes a Poisson-disk choice first, where it is installed; farthest points then
    meet the number. Without it the farthest points are looked for in all.

    Raises
    ------
    MeshError        the shape has faces.
    ParameterError   no point would be left.

    Source   Corsini et al. 2012, doi 10.1109/TVCG.2012.34; farthest points: Gonzalez 1985.
    """
    if not shape.is_cloud:
        raise MeshError(f"{shape.name} has faces, which lose their meaning with its points.", "Decimate it instead.")
    if n_points < 1:
        raise ParameterError(f"{n_points} points cannot be kept.", "Keep at least one.")
    if n_points >= shape.n_vertices:
        return Cleaned.nothing(shape, f"It has {shape.n_vertices:,} points: nothing to leave out.")
    among = np.arange(shape.n_vertices)
    if shape.n_vertices > _FEW and present("subsample"):
        wanted = min(int(1.25 * n_points) + 1, shape.n_vertices)
        among = call("subsample", shape.name, points=shape.vertices, count=wanted, seed=seed)["index"].astype(np.int64)
        among = among if len(among) >= n_points else np.arange(shape.n_vertices)
    index = np.sort(among[farthest_points(shape.vertices[among], n_points)])
    action = f"Kept {n_points:,} of {shape.n_vertices:,} points, spread evenly."
    return Cleaned.chosen(shape, index, shape.faces, action, points_removed=shape.n_vertices - n_points)


def _mesh_only(shape: Shape, verb: str) -> None:
    if shape.is_cloud:
        hint = "Subsample it, or reconstruct a surface first."
        raise MeshError(f"{shape.name} is a point cloud: there are no faces to {verb}.", hint)


def _replaced(shape: Shape, found: dict[str, np.ndarray], did: str) -> Cleaned:
    vertices, faces = found["vertices"], found["faces"].astype(np.int64)
    if len(faces) == 0 or not np.isfinite(vertices).all():
        raise MeshError(f"Nothing of {shape.name} would be left.", "Ask for more faces.")
    used = np.bincount(faces.ravel(), minlength=len(vertices)) > 0
    vertices, faces = vertices[used], (np.cumsum(used) - 1)[faces]
    action = f"{did} {shape.n_vertices:,} vertices and {shape.n_faces:,} faces to {len(vertices):,} and {len(faces):,}."
    return Cleaned.anew(shape, vertices, faces, action, faces_after=len(faces))

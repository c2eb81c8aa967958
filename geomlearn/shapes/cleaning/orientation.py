"""Normals for a cloud that has none, and sides that agree."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.cleaning.cleaned import Cleaned, many
from geomlearn.shapes.normals import estimate_normals
from geomlearn.shapes.repair import turned_faces
from geomlearn.shapes.shape import Shape


def orient(shape: Shape, *, neighbours: int = 16) -> Cleaned:
    """Faces that agree with their neighbours, closed pieces outwards; on a cloud, normals estimated and oriented alike.

    Normals that a cloud brings keep their lines; only their sides are chosen anew.
    """
    if not shape.is_cloud:
        return _oriented_mesh(shape)
    normals = estimate_normals(shape.vertices, neighbours)
    if shape.normals is None:
        action = f"Estimated {many(shape.n_vertices, 'normal')} from {min(neighbours, shape.n_vertices)} points each."
        return Cleaned.same(shape, shape.replace(normals=normals), action, normals_estimated=shape.n_vertices)
    against = np.einsum("ij,ij->i", normals, shape.normals) < 0
    turned = int(against.sum())
    if not turned:
        return Cleaned.nothing(shape, "All normals agree with their neighbours.")
    sides = np.where(against[:, None], -shape.normals, shape.normals)
    return Cleaned.same(shape, shape.replace(normals=sides), f"Turned {many(turned, 'normal')}.", normals_turned=turned)


def _oriented_mesh(shape: Shape) -> Cleaned:
    turned, why = turned_faces(shape.vertices, shape.faces)
    count = int(turned.sum())
    if not count:
        return Cleaned.nothing(shape, "All faces agree with their neighbours.")
    faces = np.where(turned[:, None], shape.faces[:, ::-1], shape.faces)
    action = f"Turned {many(count, 'face')} {why}."
    return Cleaned.same(shape, shape.replace(faces=faces, normals=None), action, faces_turned=count)

"""The straightest way from one vertex to another along a mesh."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.shape import Shape


def geodesic_path(shape: Shape, start: int, end: int) -> np.ndarray:
    """(p, 3) points of a geodesic from vertex `start` to vertex `end`: each lies on an edge or a vertex of the mesh.

    Raises
    ------
    ParameterError   there is no such vertex.
    MeshError        a cloud, no way between the two, or faces that are no oriented manifold.

    Use when …    one way is wanted exactly, with the points it passes. Avoid for distances to many vertices: take
                  `HeatGeodesics`.
    Source   Sharp & Crane 2020, "You can find geodesic paths in triangle meshes by just flipping edges", through
             `potpourri3d`.
    Differs  no way nearby is shorter, but a shorter one may exist on the other side of a handle or a limb.
    """
    import potpourri3d

    for vertex in (start, end):
        if not 0 <= vertex < shape.n_vertices:
            raise ParameterError(f"There is no vertex {vertex}: the shape has {shape.n_vertices}.", "Count from 0.")
    if shape.is_cloud:
        raise MeshError("A cloud has no surface for a path.", "Reconstruct one first.")
    if start == end:
        return shape.vertices[[start]].copy()
    used, faces = np.unique(shape.faces, return_inverse=True)
    ends = np.searchsorted(used, [start, end])
    if not np.isin([start, end], used).all():
        raise MeshError("A vertex without a face cannot be reached along the surface.", "Choose another one.")
    try:
        solver = potpourri3d.EdgeFlipGeodesicSolver(shape.vertices[used], faces.reshape(-1, 3))
        return np.asarray(solver.find_geodesic_path(int(ends[0]), int(ends[1])))
    except RuntimeError as error:
        if "disconnected" in str(error):
            raise MeshError("There is no way along the surface between the two vertices.", "") from None
        what = "Exact paths need a manifold with consistent orientation."
        raise MeshError(what, "geomlearn check says where it is not one.") from None

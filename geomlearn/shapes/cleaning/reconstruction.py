"""A surface through the points of a scan."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import MeshError
from geomlearn.shapes.cleaning.cleaned import Cleaned
from geomlearn.shapes.cleaning.native.call import call
from geomlearn.shapes.cleaning.orientation import orient
from geomlearn.shapes.shape import Shape


def reconstruct(shape: Shape, *, depth: int = 7, trim: float = 4.0) -> Cleaned:
    """A mesh whose surface passes near the points.

    Normals are oriented first. The method closes every gap, also where there is nothing to support the surface: faces
    with a corner farther from the points than `trim` times their spacing are cut off, and it is said how much that is.

    Parameters
    ----------
    depth   of the octree: the surface is resolved to 1 / 2^depth of the scan's size.
    trim    in multiples of the median distance between neighbours, or of a cell of the octree where that is larger; 0
            keeps everything.

    Raises
    ------
    MeshError     the shape has faces, or nothing would be left of the surface.
    DeviceError   gpytoolbox is not installed.

    Source   Kazhdan & Hoppe 2013, doi 10.1145/2487228.2487237, by gpytoolbox (MIT).
    """
    if not shape.is_cloud:
        raise MeshError(f"{shape.name} is a surface already.", "Give a cloud; for other faces, remesh it.")
    oriented = orient(shape)
    cloud = oriented.shape
    found = call("reconstruct", shape.name, points=cloud.vertices, normals=cloud.normals, depth=depth)
    vertices, faces = found["vertices"], found["faces"].astype(np.int64)
    if len(faces) == 0:
        raise MeshError(f"No surface was found through {shape.name}.", "Check its normals, or use another depth.")
    kept, cut = _supported(shape, vertices, faces, depth, trim)
    used = np.bincount(kept.ravel(), minlength=len(vertices)) > 0
    vertices, kept = vertices[used], (np.cumsum(used) - 1)[kept]
    action = (
        f"Reconstructed {len(vertices):,} vertices and {len(kept):,} faces from {shape.n_vertices:,} points; cut off "
        f"{100 * cut:.3g} % of the surface, which no point supports."
    )
    done = Cleaned.anew(cloud, vertices, kept, action, trimmed_share=cut, faces_after=len(kept))
    return oriented.then(done)


def _supported(
    shape: Shape, vertices: np.ndarray, faces: np.ndarray, depth: int, trim: float
) -> tuple[np.ndarray, float]:
    """The faces with points near all their corners, and the share of the area that has not."""
    from scipy.spatial import cKDTree

    if trim == 0:
        return faces, 0.0
    tree = cKDTree(shape.vertices)
    spacing = float(np.median(tree.query(shape.vertices, k=min(7, shape.n_vertices))[0][:, 1:].mean(axis=1)))
    reach = trim * max(spacing, float(np.ptp(shape.vertices, axis=0).max()) / 2**depth)
    near = tree.query(vertices)[0] <= reach
    stays = near[faces].all(axis=1)
    if not stays.any():
        raise MeshError(f"No face through {shape.name} has points near it.", "Raise the trim, or the depth.")
    areas = Shape(vertices, faces).face_areas
    return faces[stays], float(areas[~stays].sum() / areas.sum())

"""Close the holes of a mesh with patches that continue the surface."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import MeshError
from geomlearn.shapes.cleaning.cleaned import Cleaned, many
from geomlearn.shapes.cleaning.holes.fairing import fair
from geomlearn.shapes.cleaning.holes.refinement import refine
from geomlearn.shapes.cleaning.holes.triangulation import triangulate_loop
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.topology import Topology


def fill(shape: Shape, *, most_edges: int = 200) -> Cleaned:
    """The mesh with its holes closed.

    A hole is covered by the triangles of least area, which are refined to the size of the faces around and bent so that
    the patch leaves its border as the surface does. Old vertices keep their places; patches are oriented like the faces
    they join.

    Parameters
    ----------
    most_edges   longer borders are left open: they are where the scan ends.

    Raises
    ------
    MeshError   the shape is a cloud.

    Source   Liepa, Filling holes in meshes, SGP 2003; the least area: Barequet & Sharir, Filling gaps in the boundary
             of a polyhedron, 1995.
    Differs  1. area alone is least, without dihedral angles. 2. chords that are edges already are never used, so that
                no edge gets three faces. 3. the patch is bent by the squared graph Laplacian, not a cotangent one.
    """
    if shape.is_cloud:
        raise MeshError(f"{shape.name} is a point cloud, and has no holes to fill.", "Reconstruct a surface first.")
    loops, tangled = border_loops(shape)
    short = [loop for loop in loops if len(loop) <= most_edges]
    vertices, faces = np.array(shape.vertices), np.array(shape.faces)
    closed = 0
    for loop in short:
        patch = triangulate_loop(vertices, loop, _edge_keys(faces, len(vertices)))
        if patch is None:
            tangled += 1
            continue
        new, patch = refine(vertices, patch, loop)
        first = len(vertices)
        vertices, faces = np.vstack([vertices, new]), np.vstack([faces, patch])
        vertices = fair(vertices, faces, np.arange(first, len(vertices)))
        closed += 1
    left = len(loops) - len(short) + tangled
    if not closed:
        return Cleaned.nothing(shape, f"Filled no hole{_left_open(left)}.")
    added = len(vertices) - shape.n_vertices
    action = (
        f"Filled {many(closed, 'hole')} with {many(len(faces) - shape.n_faces, 'face')} and "
        f"{many(added, 'new vertex', 'new vertices')}{_left_open(left)}."
    )
    return _with_patches(shape, vertices, faces, action, holes_filled=closed, holes_left=left)


def _left_open(left: int) -> str:
    return f"; {many(left, 'border is', 'borders are')} left open" if left else ""


def border_loops(shape: Shape) -> tuple[list[np.ndarray], int]:
    """The borders as rings of vertices, along the faces that will close them; and how many of them cross themselves."""
    topology = Topology(shape.faces, shape.n_vertices)
    sides = topology.first_sides[topology.is_boundary]
    tails = shape.faces.ravel()[sides]
    heads = shape.faces[:, [1, 2, 0]].ravel()[sides]
    loops, tangled = [], 0
    for label in range(int(topology.boundary_loops.max(initial=-1)) + 1):
        mine = topology.boundary_loops == label
        # The missing face runs each side the other way.
        following = dict(zip(heads[mine].tolist(), tails[mine].tolist(), strict=True))
        ring = [next(iter(following))]
        while len(ring) <= len(following) and (after := following.get(ring[-1])) is not None and after != ring[0]:
            ring.append(after)
        if len(ring) == mine.sum() == len(following) >= 3 and len(set(ring)) == len(ring):
            loops.append(np.array(ring))
        else:
            tangled += 1
    return loops, tangled


def _edge_keys(faces: np.ndarray, n: int) -> np.ndarray:
    """Sorted keys, small · n + large, of the edges."""
    ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    return np.unique(ends[:, 0] * np.int64(n) + ends[:, 1])


def _with_patches(shape: Shape, vertices: np.ndarray, faces: np.ndarray, action: str, **numbers: float) -> Cleaned:
    """Old vertices stay themselves; new ones take values from the borders, as fields that are as smooth as can be."""
    from scipy.sparse import csr_matrix, identity, vstack

    from geomlearn.shapes.cleaning.holes.fairing import harmonic_weights

    n, colors = shape.n_vertices, None
    inner = harmonic_weights(faces, np.arange(n, len(vertices)), len(vertices))
    weights = csr_matrix(vstack([identity(n), inner[:, :n]]))
    if shape.colors is not None:
        colors = np.clip(weights @ shape.colors, 0, 1)
    after = Shape(vertices, faces, shape.name, colors=colors)
    index = np.append(np.arange(n), np.full(len(vertices) - n, -1))
    return Cleaned(after, index, weights, (action,), numbers)

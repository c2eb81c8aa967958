"""Smoothing that takes away small detail and leaves size and large form alone."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.cleaning.cleaned import Cleaned
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.topology import Topology


def smooth(shape: Shape, *, detail_rel: float = 0.02) -> Cleaned:
    """The shape without detail smaller than a part of its diagonal.

    The coordinates are filtered by ``1 / (1 + (λ / λ_0)²)``, λ the eigenvalues of the surface's Laplacian and λ_0 that
    of a wave as long as the detail: flat for large forms, which a plain flow would shrink. On a closed mesh the volume
    lost all the same is given back along the normals. Vertices on borders stay where they are.

    Parameters
    ----------
    detail_rel   wavelength at which half is taken away, relative to the bounding box's diagonal.

    Raises
    ------
    ParameterError   the detail is not in (0, 0.5].
    MeshError        the geometry is too degenerate for a Laplacian.

    Source   Desbrun et al. 1999, doi 10.1145/311535.311576 (implicit steps, volume); the second order: Kim & Rossignac
             2005, doi 10.1111/j.1467-8659.2005.00870.x.
    Differs  the robust Laplacian of Sharp & Crane 2020 stands for the cotangent one, so clouds are smoothed too.
    """
    if not 0 < detail_rel <= 0.5:
        raise ParameterError(f"detail_rel = {detail_rel} is not in (0, 0.5].", "Try 0.02.")
    stiffness, mass = _laplacian(shape)
    filtered = _filtered(shape, stiffness, mass, (detail_rel * shape.diagonal / (2 * np.pi)) ** 2)
    given_back = ""
    before = _volume(shape.vertices, shape.faces) if _closed(shape) else 0.0
    if before:
        filtered = _with_volume(filtered, shape.faces, before)
        given_back = ", its volume kept"
    moved = np.linalg.norm(filtered - shape.vertices, axis=1)
    action = (
        f"Smoothed detail below {100 * detail_rel:.3g} % of the diagonal; vertices moved by {moved.mean():.3g} "
        f"on average, {moved.max():.3g} at most{given_back}."
    )
    after = shape.replace(vertices=filtered, normals=None, warnings=())
    return Cleaned.same(shape, after, action, moved_mean=float(moved.mean()), moved_most=float(moved.max()))


def _laplacian(shape: Shape):
    import robust_laplacian

    try:
        if shape.is_cloud:
            return robust_laplacian.point_cloud_laplacian(np.array(shape.vertices))
        return robust_laplacian.mesh_laplacian(np.array(shape.vertices), np.array(shape.faces))
    except (RuntimeError, ValueError) as error:
        message = f"{shape.name} has no Laplacian to smooth by: {error}".rstrip(".")
        raise MeshError(f"{message}.", "Weld it first.") from None


def _filtered(shape: Shape, stiffness, mass, scale: float) -> np.ndarray:
    from scipy.sparse import diags
    from scipy.sparse.linalg import splu

    masses = mass.diagonal()
    held = _held(shape) | (masses <= 0)
    free = np.flatnonzero(~held)
    vertices = np.array(shape.vertices)
    if len(free) == 0:
        return vertices
    system = mass + scale**2 * (stiffness @ diags(np.where(masses > 0, 1 / np.maximum(masses, 1e-300), 0)) @ stiffness)
    system = system.tocsr()[free]
    centre = vertices.mean(axis=0)  # rounding of far coordinates stays out of the solve
    right = masses[free, None] * (vertices[free] - centre) - system[:, np.flatnonzero(held)] @ (vertices[held] - centre)
    vertices[free] = splu(system[:, free].tocsc()).solve(right) + centre
    if not np.isfinite(vertices).all():
        raise MeshError(f"{shape.name} cannot be smoothed: its faces are too thin.", "Weld or remesh it first.")
    return vertices


def _held(shape: Shape) -> np.ndarray:
    """(n,) vertices on borders, and those of no face."""
    if shape.is_cloud:
        return np.zeros(shape.n_vertices, bool)
    topology = Topology(shape.faces, shape.n_vertices)
    held = np.bincount(shape.faces.ravel(), minlength=shape.n_vertices) == 0
    held[topology.edges[topology.is_boundary].ravel()] = True
    return held


def _closed(shape: Shape) -> bool:
    return not shape.is_cloud and bool((Topology(shape.faces, shape.n_vertices).faces_per_edge == 2).all())


def _volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, i]] - vertices.mean(axis=0) for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def _with_volume(vertices: np.ndarray, faces: np.ndarray, wanted: float) -> np.ndarray:
    """The vertices moved by one distance along their normals until the volume is that wanted."""
    for _ in range(5):
        corners = vertices[faces]
        doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.zeros_like(vertices)
        np.add.at(normals, faces, doubled[:, None])
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        normals = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
        area = np.linalg.norm(doubled, axis=1).sum() / 2
        vertices = vertices + (wanted - _volume(vertices, faces)) / area * normals
    return vertices

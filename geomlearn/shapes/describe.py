"""What a shape is: its counts, its topology, its measures, the quality of its triangles."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from geomlearn.shapes.quality import aspect_ratios, side_lengths, smallest_angles
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.topology import Topology


@dataclass(frozen=True)
class ShapeInfo:
    """The figures of one shape; those that mean nothing for it are None.

    Attributes
    ----------
    kind                mesh or cloud.
    n_components        connected pieces (mesh only), not counting vertices of no face.
    n_boundary_loops    closed curves of boundary edges.
    euler               vertices of faces − edges + faces.
    genus               handles, summed over components, when the mesh is an orientable manifold (with or without
                        boundary, whose loops are thought closed by discs); cross-caps when it is not orientable.
    genus_per_component the same for each component, largest component first.
    closed, manifold, orientable
    area                squared units.
    volume              cubed units, positive when faces look outwards; only when closed and consistently oriented.
    diagonal            length of the bounding box's diagonal.
    bounds              ((x, y, z), (x, y, z)) lowest and highest.
    edge_min, edge_mean, edge_max   lengths of edges; for a cloud the distances to the nearest other point.
    min_angle_deg, median_min_angle_deg   smallest angle of any triangle, and the middle one of the smallest angles.
    max_aspect, median_aspect   1 for an equilateral triangle.
    """

    name: str
    kind: str
    n_vertices: int
    n_edges: int
    n_faces: int
    n_components: int | None
    n_boundary_loops: int | None
    n_boundary_edges: int | None
    euler: int | None
    genus: int | None
    genus_per_component: tuple[int, ...] | None
    closed: bool | None
    manifold: bool | None
    orientable: bool | None
    area: float | None
    volume: float | None
    diagonal: float
    bounds: tuple[tuple[float, float, float], tuple[float, float, float]]
    edge_min: float | None
    edge_mean: float | None
    edge_max: float | None
    min_angle_deg: float | None
    median_min_angle_deg: float | None
    max_aspect: float | None
    median_aspect: float | None
    has_normals: bool
    has_colors: bool
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; infinite aspect ratios become None."""
        return {key: None if value == float("inf") else value for key, value in asdict(self).items()}


def describe(shape: Shape) -> ShapeInfo:
    """The figures of a mesh or a point cloud, in seconds for a million faces."""
    bounds = tuple(tuple(corner.tolist()) for corner in (shape.vertices.min(axis=0), shape.vertices.max(axis=0)))
    common: dict[str, Any] = {
        "name": shape.name,
        "n_vertices": shape.n_vertices,
        "n_faces": shape.n_faces,
        "diagonal": shape.diagonal,
        "bounds": bounds,
        "has_normals": shape.normals is not None,
        "has_colors": shape.colors is not None,
        "warnings": shape.warnings,
    }
    if shape.is_cloud:
        return ShapeInfo(**_cloud(shape), **common)
    topology = Topology(shape.faces, shape.n_vertices)
    return ShapeInfo(**_connections(shape, topology), **_measures(shape, topology), **common, kind="mesh")


def _cloud(shape: Shape) -> dict[str, Any]:
    from scipy.spatial import cKDTree

    spacing = np.zeros(0)
    if shape.n_vertices > 1:
        spacing = cKDTree(shape.vertices).query(shape.vertices, k=2)[0][:, 1]
    nothing = dict.fromkeys(ShapeInfo.__dataclass_fields__.keys() - _COMMON)
    return {**nothing, "kind": "cloud", "n_edges": 0, **_spread(spacing)}


_COMMON = {"name", "n_vertices", "n_faces", "diagonal", "bounds", "has_normals", "has_colors", "warnings"}


def _spread(lengths: np.ndarray) -> dict[str, float | None]:
    if len(lengths) == 0:
        return dict.fromkeys(("edge_min", "edge_mean", "edge_max"))
    return {"edge_min": float(lengths.min()), "edge_mean": float(lengths.mean()), "edge_max": float(lengths.max())}


def _connections(shape: Shape, topology: Topology) -> dict[str, Any]:
    fans = topology.fans_per_vertex
    closed = not topology.is_boundary.any()
    manifold = bool((topology.faces_per_edge <= 2).all() and (fans <= 1).all())
    orientable = bool(topology.sheets[2].all())
    genera = _genera(topology, fans, orientable) if manifold else None
    loops = topology.boundary_loops
    return {
        "n_edges": len(topology.edges),
        "n_components": topology.n_components,
        "n_boundary_loops": int(loops.max(initial=-1)) + 1,
        "n_boundary_edges": len(loops),
        "euler": int((fans > 0).sum()) - len(topology.edges) + shape.n_faces,
        "genus": None if genera is None else sum(genera),
        "genus_per_component": genera,
        **{"closed": closed, "manifold": manifold, "orientable": orientable},
        "volume": _volume(shape) if closed and orientable and not topology.runs_alike.any() else None,
    }


def _genera(topology: Topology, fans: np.ndarray, orientable: bool) -> tuple[int, ...]:
    """Of each component: handles by χ = 2 − 2 g − b, or cross-caps by χ = 2 − k − b where it is not orientable."""
    n = int(topology.vertex_components.max()) + 1
    component = topology.vertex_components
    of_edges = component[topology.edges[:, 0]]
    sizes = np.bincount(topology.face_components, minlength=n)
    euler = np.bincount(component[fans > 0], minlength=n) - np.bincount(of_edges, minlength=n) + sizes
    loops, first = np.unique(topology.boundary_loops, return_index=True)
    n_loops = np.bincount(of_edges[topology.is_boundary][first], minlength=n) if len(loops) else np.zeros(n, np.int64)
    missing = 2 - n_loops - euler
    patch, _, sides = topology.sheets
    two_sided = np.ones(n, bool)
    two_sided[topology.face_components[~sides[patch]]] = False
    genus = missing // np.where(two_sided, 2, 1)
    order = np.argsort(-sizes, kind="stable")
    # Counting handles and cross-caps together means nothing: then only the pieces that are not orientable count.
    return tuple(int(genus[c]) for c in order if sizes[c] and (orientable or not two_sided[c]))


def _volume(shape: Shape) -> float:
    a, b, c = (shape.vertices[shape.faces[:, i]] - shape.vertices.mean(axis=0) for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def _measures(shape: Shape, topology: Topology) -> dict[str, Any]:
    ends = shape.vertices[topology.edges]
    sides, areas = side_lengths(shape.vertices, shape.faces), shape.face_areas
    angles, aspects = smallest_angles(sides, areas), aspect_ratios(sides, areas)
    return {
        "area": shape.area,
        **_spread(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)),
        "min_angle_deg": float(angles.min()),
        "median_min_angle_deg": float(np.median(angles)),
        "max_aspect": float(aspects.max()),
        "median_aspect": float(np.median(aspects)),
    }

"""What scanners and their software do to a surface; every function keeps what is known about its vertices."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from benchmarks.worlds.remeshing import Placed
from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.shape import Shape

# Cells of the depth picture along the longer side of a shape, and how far behind the front counts as seen (√area).
CELLS, BEHIND = 160, 0.02
# Places closer than this in space and farther than that at rest touch (√area).
TOUCHING, APART = 0.014, 0.12
UNITS = (1.0, 100.0, 1000.0, 0.0254, 39.37)


def noisy(placed: Placed, rng: np.random.Generator, amount: float = 0.25) -> Placed:
    """Vertices moved along normals by a normal deviate of `amount` vertex spacings."""
    spacing = np.sqrt(placed.shape.area / placed.shape.n_vertices)
    along = amount * spacing * rng.standard_normal((placed.shape.n_vertices, 1))
    return placed.moved(placed.shape.vertices + along * vertex_normals(placed.shape))


def holed(placed: Placed, rng: np.random.Generator, count: int = 8, radius: float = 0.05) -> Placed:
    """Balls around random vertices are missing; `radius` in √area, of the largest."""
    shape = placed.shape
    centres = shape.vertices[rng.integers(shape.n_vertices, size=count)]
    reach = radius * np.sqrt(shape.area) * rng.uniform(0.3, 1.0, count)
    inside = (np.linalg.norm(shape.vertices[:, None] - centres, axis=2) < reach).any(axis=1)
    return largest_piece(placed.only(np.flatnonzero(~inside)))


def cut(placed: Placed, rng: np.random.Generator, count: int = 2) -> Placed:
    """Limbs are missing beyond planes at rest: hands, forearms, feet, shins or the head, `count` of the five ends."""
    rest = placed.rest
    kept = np.ones(len(rest), bool)
    low, high = rest.min(axis=0), rest.max(axis=0)
    for end in rng.permutation(5)[:count]:
        if end == 4:
            kept &= rest[:, 2] < high[2] - rng.uniform(0.05, 0.15) * (high[2] - low[2])
        elif end < 2:
            side = (rest[:, 0] > 0) == (end == 0)
            kept &= ~(side & (np.abs(rest[:, 0]) > rng.uniform(0.55, 0.9) * high[0]))
        else:
            side = (rest[:, 0] > 0) == (end == 2)
            kept &= ~(side & (rest[:, 2] < low[2] + rng.uniform(0.04, 0.25) * (high[2] - low[2])))
    return largest_piece(placed.only(np.flatnonzero(kept)))


def glued(placed: Placed) -> Placed:
    """Where parts touch that are far from each other at rest, both skins are missing and their rims are joined."""
    shape = placed.shape
    scale = np.sqrt(shape.area)
    pairs = cKDTree(shape.vertices).query_pairs(TOUCHING * scale, output_type="ndarray")
    pairs = pairs[np.linalg.norm(placed.rest[pairs[:, 0]] - placed.rest[pairs[:, 1]], axis=1) > APART * scale]
    if not len(pairs):
        return placed
    touching = np.zeros(shape.n_vertices, bool)
    touching[pairs.ravel()] = True
    faces = shape.faces[~touching[shape.faces].all(axis=1)]
    # Each touching vertex becomes its partner, if that is a vertex of the rim too.
    rim = np.zeros(shape.n_vertices, bool)
    rim[np.unique(faces)] = True
    first, second = np.sort(pairs[rim[pairs].all(axis=1)], axis=1).T
    target = np.arange(shape.n_vertices)
    target[second] = first
    faces = target[faces]
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    joined = Placed(Shape(shape.vertices, faces[whole], shape.name), placed.rest, placed.rest_normals, placed.kind)
    return largest_piece(joined.only(np.unique(faces[whole])))


def seen(placed: Placed, rng: np.random.Generator) -> Placed:
    """What one depth camera sees, from about the height of the shape and any side."""
    turn = rng.uniform(0, 2 * np.pi)
    ahead = np.array((np.cos(turn), np.sin(turn), rng.uniform(-0.3, 0.5)))
    ahead /= np.linalg.norm(ahead)
    across = np.cross((0, 0, 1), ahead)
    across /= np.linalg.norm(across)
    shape = placed.shape
    corners = shape.vertices[shape.faces]
    # Ten points of every face fill the picture.
    weights = rng.dirichlet((1, 1, 1), size=10)
    points = np.concatenate([shape.vertices, np.einsum("wk,fkd->fwd", weights, corners).reshape(-1, 3)])
    flat = points @ np.stack([across, np.cross(ahead, across)], axis=1)
    cell = np.ptp(flat, axis=0).max() / CELLS
    row, column = ((flat - flat.min(axis=0)) / cell).astype(int).T
    depth = points @ ahead
    front = np.full((row.max() + 1, column.max() + 1), -np.inf)
    np.maximum.at(front, (row, column), depth)
    n = shape.n_vertices
    facing = vertex_normals(shape) @ ahead > 0.1
    kept = facing & (depth[:n] > front[row[:n], column[:n]] - BEHIND * np.sqrt(shape.area))
    return largest_piece(placed.only(np.flatnonzero(kept)))


def elsewhere(placed: Placed, rng: np.random.Generator, *, upright: bool = False) -> Placed:
    """Other units, another place, other axes: y up or z up, turned about it (or, unless `upright`, in any way)."""
    turn = Rotation.from_euler("z", rng.uniform(0, 360), degrees=True) if upright else Rotation.random(rng=rng)
    if upright and rng.random() < 0.5:
        turn = Rotation.from_euler("x", -90, degrees=True) * turn
    unit = UNITS[rng.integers(len(UNITS))]
    return placed.moved(unit * (turn.apply(placed.shape.vertices.copy()) + rng.standard_normal(3)))


def cloud(placed: Placed, rng: np.random.Generator, share: float = 0.8) -> Placed:
    """Points without faces, some of them missing at random."""
    kept = np.sort(rng.permutation(placed.shape.n_vertices)[: int(share * placed.shape.n_vertices)])
    shape = Shape(placed.shape.vertices[kept], np.zeros((0, 3), np.int64), placed.shape.name)
    return Placed(shape, placed.rest[kept], placed.rest_normals[kept], placed.kind)


def largest_piece(placed: Placed) -> Placed:
    """Its largest connected piece."""
    n, faces = placed.shape.n_vertices, placed.shape.faces
    ends = np.concatenate([faces[:, :2], faces[:, 1:]])
    labels = connected_components(coo_array((np.ones(len(ends)), ends.T), shape=(n, n)), directed=False)[1]
    return placed.only(np.flatnonzero(labels == np.bincount(labels).argmax()))

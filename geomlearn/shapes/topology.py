"""How the faces of a mesh hang together: edges, fans of faces around vertices, components, boundaries, orientation."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


class Sheets(NamedTuple):
    """Patches of faces, and how to turn their faces alike.

    Attributes
    ----------
    patch       (m,) patch of each face.
    turn        (m,) whether to turn the face so that its patch is oriented; the smaller part of a patch turns.
    orientable  (number of patches,) whether that is possible at all.
    """

    patch: np.ndarray
    turn: np.ndarray
    orientable: np.ndarray


class Topology:
    """The connections of a mesh, each computed when first asked for.

    Parameters
    ----------
    faces       (m, 3) indices, none out of range.
    n_vertices  how many vertices the faces refer to.

    A half-edge is one side of one face: half-edge ``3 f + i`` runs from corner i of face f to the next corner.
    """

    def __init__(self, faces: np.ndarray, n_vertices: int) -> None:
        self.faces, self.n_vertices = faces, n_vertices

    @cached_property
    def _sorted_sides(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Half-edges grouped by edge: their order, where each edge begins in it, the edges, and the faces per edge."""
        tails = self.faces.reshape(-1)
        heads = self.faces[:, [1, 2, 0]].reshape(-1)
        keys = np.minimum(tails, heads) * np.int64(self.n_vertices) + np.maximum(tails, heads)
        order = np.argsort(keys)
        ordered = keys[order]
        begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(keys) else order
        edges = np.stack(np.divmod(ordered[begins], self.n_vertices), axis=1)
        return order, begins, edges, np.diff(np.append(begins, len(keys)))

    @property
    def edges(self) -> np.ndarray:
        """(e, 2) edges, the smaller vertex first."""
        return self._sorted_sides[2]

    @property
    def faces_per_edge(self) -> np.ndarray:
        """(e,) how many faces each edge bounds: 1 on the boundary, more than 2 where it is not manifold."""
        return self._sorted_sides[3]

    @property
    def is_boundary(self) -> np.ndarray:
        """(e,) whether an edge bounds one face only."""
        return self.faces_per_edge == 1

    @cached_property
    def first_sides(self) -> np.ndarray:
        """(e,) one half-edge of each edge."""
        order, begins, _, _ = self._sorted_sides
        return order[begins]

    @cached_property
    def side_edges(self) -> np.ndarray:
        """(3 m,) the edge of each half-edge."""
        order, _, edges, counts = self._sorted_sides
        out = np.empty(len(order), np.int64)
        out[order] = np.repeat(np.arange(len(edges)), counts)
        return out

    @cached_property
    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Half-edges of one edge, each with the next: two (p,) arrays."""
        order, begins, _, _ = self._sorted_sides
        follows = np.ones(len(order), bool)
        follows[begins] = False
        places = np.flatnonzero(follows)
        return order[places - 1], order[places]

    @cached_property
    def manifold_pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """The two half-edges of each edge between exactly two faces: two (p,) arrays."""
        order, begins, _, counts = self._sorted_sides
        two = begins[counts == 2]
        return order[two], order[two + 1]

    @cached_property
    def runs_alike(self) -> np.ndarray:
        """(p,) for each of `manifold_pairs` whether both faces run the same way along the edge: one is turned."""
        tails = self.faces.reshape(-1)
        a, b = self.manifold_pairs
        return tails[a] == tails[b]

    @cached_property
    def face_components(self) -> np.ndarray:
        """(m,) component of each face; faces are connected across edges, or at a common vertex."""
        return self.vertex_components[self.faces[:, 0]] if len(self.faces) else np.zeros(0, np.int64)

    @cached_property
    def vertex_components(self) -> np.ndarray:
        """(n,) component of each vertex along edges; a vertex of no face is a component of its own."""
        return _components(self.n_vertices, self.edges[:, 0], self.edges[:, 1])

    @cached_property
    def n_components(self) -> int:
        """Connected pieces, not counting vertices of no face."""
        return len(np.unique(self.face_components))

    @cached_property
    def fans(self) -> np.ndarray:
        """(3 m,) for each corner of each face the fan it belongs to.

        A fan is a set of faces around a vertex connected across their common edges; a manifold vertex has one.
        """
        a, b = self._pairs
        tails = self.faces.reshape(-1)
        # The corner at the head of half-edge 3 f + i is corner i + 1 of the same face.
        following = np.arange(3 * len(self.faces)).reshape(-1, 3)[:, [1, 2, 0]].reshape(-1)
        alike = tails[a] == tails[b]
        first = np.concatenate([a, following[a]])
        second = np.concatenate([np.where(alike, b, following[b]), np.where(alike, following[b], b)])
        return _components(len(tails), first, second)

    @cached_property
    def fans_per_vertex(self) -> np.ndarray:
        """(n,) fans around each vertex: 0 where it has no face, more than 1 where surfaces touch in a point."""
        _, corner = np.unique(self.fans, return_index=True)
        return np.bincount(self.faces.reshape(-1)[corner], minlength=self.n_vertices)

    @cached_property
    def boundary_loops(self) -> np.ndarray:
        """(b,) for each boundary edge, in the order of `edges`, the loop it belongs to.

        Loops that touch in a vertex are told apart by the fans around it.
        """
        sides = self.first_sides[self.is_boundary]
        following = sides - sides % 3 + (sides + 1) % 3
        fans = self.fans
        labels = _components(int(fans.max(initial=-1)) + 1, fans[sides], fans[following])
        return np.unique(labels[fans[sides]], return_inverse=True)[1]

    @cached_property
    def sheets(self) -> Sheets:
        """Patches of faces connected across edges between exactly two faces, and how to turn their faces alike."""
        # Two copies of each face, one turned: a patch is orientable when no path leads from a face to its other copy.
        m = len(self.faces)
        a, b = (side // 3 for side in self.manifold_pairs)
        other = np.where(self.runs_alike, m, 0)
        labels = _components(2 * m, np.concatenate([a, a + m]), np.concatenate([b + other, b + m - other]))
        here, there = labels[:m], labels[m:]
        low = np.minimum(here, there)
        _, patch = np.unique(low, return_inverse=True)
        patch = patch.reshape(-1)
        count = int(patch.max(initial=-1)) + 1
        in_high = here > there
        size = np.bincount(patch, minlength=count)
        turn_high = np.bincount(patch, in_high, count) * 2 <= size
        orientable = np.ones(count, bool)
        orientable[patch[here == there]] = False
        turn = np.where(turn_high[patch], in_high, ~in_high) & orientable[patch]
        return Sheets(patch, turn, orientable)


def _components(n: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    graph = coo_matrix((np.ones(len(first), bool), (first, second)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def inside_out(vertices: np.ndarray, topology: Topology) -> np.ndarray:
    """(number of patches,) whether a patch, once its faces agree, is closed and encloses a negative volume.

    Patches are those of `Topology.sheets`.
    """
    patch, turn, orientable = topology.sheets
    faces = np.where(turn[:, None], topology.faces[:, ::-1], topology.faces)
    is_open = np.zeros(len(orientable), bool)
    order, counts = topology.side_edges, topology.faces_per_edge
    is_open[patch[(counts[order] != 2).reshape(-1, 3).any(axis=1)]] = True
    a, b, c = (vertices[faces[:, i]] - vertices.mean(axis=0) for i in range(3))
    volume = np.bincount(patch, np.einsum("ij,ij->i", a, np.cross(b, c)), minlength=len(orientable))
    return orientable & ~is_open & (volume < 0)

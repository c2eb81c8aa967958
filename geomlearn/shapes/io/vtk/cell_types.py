"""The cells of VTK: which corners bound which face, and the nodes on the middles of edges and faces.

Numbers and orders of nodes are those of VTK's vtkCellType.h and the figures of its File Formats document.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

TRIANGLE, STRIP, POLYGON, PIXEL, QUAD, POLYHEDRON, QUADRATIC_POLYGON = 5, 6, 7, 8, 9, 42, 36
FLAT = (TRIANGLE, POLYGON, QUAD)
# Points and lines, which bound nothing.
THIN = {0: "empty cells", 1: "points", 2: "points", 3: "lines", 4: "lines"}
THIN |= {21: "lines", 35: "lines", 51: "lines", 68: "lines", 75: "lines"}

Faces = tuple[tuple[int, ...], ...]


class Cell(NamedTuple):
    """A cell of one type: the nodes around each of its faces, the number of those that are corners, and all it has.

    Nodes around a curved face are corners and middles of edges in turn; a node in its middle is left out.
    """

    title: str
    n_nodes: int
    faces: Faces
    corners: Faces
    solid: bool


def _prism(k: int) -> Faces:
    """Top and bottom of k corners, and the quads between them."""
    sides = tuple((i, (i + 1) % k, k + (i + 1) % k, k + i) for i in range(k))
    return (tuple(reversed(range(k))), tuple(range(k, 2 * k)), *sides)


_TETRA: Faces = ((0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2))
_HEXAHEDRON: Faces = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (2, 3, 7, 6), (0, 4, 7, 3), (1, 2, 6, 5))
_VOXEL: Faces = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5))
_WEDGE: Faces = ((0, 1, 2), (3, 5, 4), (0, 3, 4, 1), (1, 4, 5, 2), (0, 2, 5, 3))
_PYRAMID: Faces = ((0, 3, 2, 1), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4))
_TRIANGLE: Faces = ((0, 1, 2),)
_QUAD: Faces = ((0, 1, 2, 3),)
_ROUND_TETRA = ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3))
_ROUND_HEXAHEDRON = (
    *((0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4)),
    *((0, 4), (1, 5), (2, 6), (3, 7)),
)
_ENDS_OF_WEDGE = ((0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3))
_ROUND_WEDGE = (*_ENDS_OF_WEDGE, (0, 3), (1, 4), (2, 5))
_ROUND_PYRAMID = ((0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4), (2, 4), (3, 4))
_ROUND_TRIANGLE = ((0, 1), (1, 2), (2, 0))
_ROUND_QUAD = ((0, 1), (1, 2), (2, 3), (3, 0))


def _straight(title: str, faces: Faces, *, solid: bool = True) -> Cell:
    return Cell(title, 1 + max(max(face) for face in faces), faces, faces, solid)


def _curved(
    title: str, faces: Faces, edges: Sequence[tuple[int, int]], n_nodes: int = 0, *, solid: bool = True
) -> Cell:
    """A cell whose edges have nodes in the middle, numbered after the corners in this order."""
    first = 1 + max(max(face) for face in faces)
    middle = {frozenset(edge): first + i for i, edge in enumerate(edges)}
    rings = []
    for face in faces:
        ring: list[int] = []
        for here, there in zip(face, face[1:] + face[:1], strict=True):
            ring.append(here)
            ring += [middle[frozenset((here, there))]] if frozenset((here, there)) in middle else []
        rings.append(tuple(ring))
    return Cell(title, n_nodes or first + len(edges), tuple(rings), faces, solid)


CELLS = {
    10: _straight("tetrahedra", _TETRA),
    11: _straight("voxels", _VOXEL),
    12: _straight("hexahedra", _HEXAHEDRON),
    13: _straight("wedges", _WEDGE),
    14: _straight("pyramids", _PYRAMID),
    15: _straight("pentagonal prisms", _prism(5)),
    16: _straight("hexagonal prisms", _prism(6)),
    22: _curved("quadratic triangles", _TRIANGLE, _ROUND_TRIANGLE, solid=False),
    23: _curved("quadratic quads", _QUAD, _ROUND_QUAD, solid=False),
    24: _curved("quadratic tetrahedra", _TETRA, _ROUND_TETRA),
    25: _curved("quadratic hexahedra", _HEXAHEDRON, _ROUND_HEXAHEDRON),
    26: _curved("quadratic wedges", _WEDGE, _ROUND_WEDGE),
    27: _curved("quadratic pyramids", _PYRAMID, _ROUND_PYRAMID),
    28: _curved("biquadratic quads", _QUAD, _ROUND_QUAD, 9, solid=False),
    29: _curved("triquadratic hexahedra", _HEXAHEDRON, _ROUND_HEXAHEDRON, 27),
    30: _curved("quadratic linear quads", _QUAD, ((0, 1), (2, 3)), solid=False),
    31: _curved("quadratic linear wedges", _WEDGE, _ENDS_OF_WEDGE),
    32: _curved("biquadratic quadratic wedges", _WEDGE, _ROUND_WEDGE, 18),
    33: _curved("biquadratic quadratic hexahedra", _HEXAHEDRON, _ROUND_HEXAHEDRON, 24),
    34: _curved("biquadratic triangles", _TRIANGLE, _ROUND_TRIANGLE, 7, solid=False),
    37: _curved("triquadratic pyramids", _PYRAMID, _ROUND_PYRAMID, 19),
}
# Cells of any order keep their corners first: (Lagrange's, Bézier's) by the straight cell with these corners.
_ANY_ORDER = {
    (69, 76): ("triangles", _TRIANGLE, False),
    (70, 77): ("quads", _QUAD, False),
    (71, 78): ("tetrahedra", _TETRA, True),
    (72, 79): ("hexahedra", _HEXAHEDRON, True),
    (73, 80): ("wedges", _WEDGE, True),
    (74, 81): ("pyramids", _PYRAMID, True),
}
BY_CORNERS = {
    number: _straight(f"{name} {title}", faces, solid=solid)
    for numbers, (title, faces, solid) in _ANY_ORDER.items()
    for number, name in zip(numbers, ("Lagrange", "Bézier"), strict=True)
}

"""Two cells that share a face, of any two types: its two sides cancel, and the area is that of what they make up."""

import numpy as np
import pytest

from geomlearn.shapes.describe import describe
from tests.shapes.io.vtk.test_cells import CUBE, STRAIGHT, prism, shape_of

CORNERS = np.array(CUBE, float)
BESIDE = CORNERS + np.array([1, 0, 0])
FACES = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (2, 3, 7, 6), (0, 4, 7, 3), (1, 2, 6, 5)]
EDGES = [(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)]
WEDGE, WEDGE_AREA = np.array(STRAIGHT["wedges"][0], float), STRAIGHT["wedges"][1]
CAP = np.vstack([WEDGE[3:], [[0, 0, 2]]])  # a tetrahedron on the wedge, with three edges of 1 in its corner
PENTAGON, _ = prism(5)
UP = np.array([0, 0, 2])


def curved(corners):
    return np.vstack([corners, [(corners[i] + corners[j]) / 2 for i, j in EDGES]])


def faces_of(corners, rings):
    """A polyhedron: its corners, and the rings of its faces."""
    return corners, rings


PRISM_FACES = [(4, 3, 2, 1, 0), (5, 6, 7, 8, 9), *((i, (i + 1) % 5, (i + 1) % 5 + 5, i + 5) for i in range(5))]
PAIRS = {
    "hexahedron, voxel": ((12, CORNERS), (11, BESIDE[[0, 1, 3, 2, 4, 5, 7, 6]]), 10),
    "voxel, polyhedron": ((11, CORNERS[[0, 1, 3, 2, 4, 5, 7, 6]]), (42, faces_of(BESIDE, FACES)), 10),
    "quadratic hexahedron, hexahedron": ((25, curved(CORNERS)), (12, BESIDE), 10),
    "Lagrange hexahedron, hexahedron": ((72, CORNERS), (12, BESIDE), 10),
    "polyhedron, quadratic hexahedron": ((42, faces_of(CORNERS, FACES)), (25, curved(BESIDE)), 10),
    "wedge, tetrahedron": ((13, WEDGE), (10, CAP), WEDGE_AREA + 1.5 + np.sqrt(3) / 2 - 1),
    "tetrahedron, Lagrange wedge": ((10, CAP), (73, WEDGE), WEDGE_AREA + 1.5 + np.sqrt(3) / 2 - 1),
    "two pentagonal prisms": ((15, PENTAGON), (15, PENTAGON + UP), prism(5, 4.0)[1]),
    "pentagonal prism, polyhedron": (
        (15, PENTAGON), (42, faces_of(PENTAGON + UP, PRISM_FACES)), prism(5, 4.0)[1],
    ),
    "two hexagonal prisms": ((16, prism(6)[0]), (16, prism(6)[0] + UP), prism(6, 4.0)[1]),
}  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS, ids=list(PAIRS))
def test_the_face_between_them_is_inside(tmp_path, pair):
    *cells, area = PAIRS[pair]
    points, rows = [], []
    for kind, nodes in cells:
        nodes, rings = nodes if kind == 42 else (nodes, None)
        index = [_index(points, tuple(np.round(node, 12))) for node in nodes]
        if rings is None:
            rows.append(index)
        else:
            rows.append([len(rings), *(i for ring in rings for i in (len(ring), *(index[k] for k in ring)))])
    shape = shape_of(tmp_path, points, rows, [kind for kind, _ in cells])
    assert shape.area == pytest.approx(area)
    # Where one cell is curved and the other straight, points in the middle of edges belong to one of them alone.
    if "quadratic" not in pair:
        facts = describe(shape)
        assert facts.closed
        assert facts.manifold


def _index(points, point):
    if point not in points:
        points.append(point)
    return points.index(point)

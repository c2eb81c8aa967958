"""Which faces look the wrong way."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.topology import Topology


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

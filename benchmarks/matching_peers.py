"""The two sides of the comparison with pyfmaps: the same descriptors, the same ZoomOut schedule.

pyfmaps runs twice: with the weights it comes with (descriptors 0.1, Laplacian 1e-3, products 1, resolvent mask, no
orientation), as its users would; and with orientation weighing 1 beside them, since ours has that term too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.terms.descriptors import descriptors
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

if TYPE_CHECKING:
    from pyFM.mesh import TriMesh

SCHEDULE = MatchOptions(k_end=200, step=5, k_solve=20, patience=0)
PEERS = {"pyfmaps": 0.0, "pyfmaps with orientation": 1.0}


def ours(a: Shape, b: Shape) -> np.ndarray:
    """map_ab (n_a,)."""
    return match_shapes(a, b, SCHEDULE).value.map_ab


def spectral_mesh(shape: Shape) -> TriMesh:
    """The shape with its basis, as pyfmaps computes both."""
    from pyFM.mesh import TriMesh

    return TriMesh(shape.vertices, shape.faces, area_normalize=True).process(k=SCHEDULE.k_end)


def pyfmaps(mesh_a: TriMesh, mesh_b: TriMesh, w_orientation: float) -> np.ndarray:
    """map_ab (n_a,): pyfmaps searches from its second mesh on its first."""
    from pyFM.functional import FunctionalMapping

    model = FunctionalMapping(mesh_b, mesh_a)
    bases = [Basis(mesh.eigenvalues, mesh.eigenvectors, mesh.vertex_areas) for mesh in (model.mesh1, model.mesh2)]
    model.add_descriptors(*descriptors(*bases, SCHEDULE, np.zeros((0, 2), int)))
    model.fit(K=(SCHEDULE.k_solve, SCHEDULE.k_solve), w_orient=w_orientation)
    steps = (SCHEDULE.k_end - SCHEDULE.k_solve) // SCHEDULE.step
    return model.get_p2p(model.zoomout_refine(nit=steps, step=SCHEDULE.step))

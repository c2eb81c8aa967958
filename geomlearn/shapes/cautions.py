"""What of a mesh's connections spoils spectra, flows and maps without stopping them: to be said before the work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.shapes.cloud_checks import large_pieces
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.topology import Topology
from geomlearn.shapes.welding import weld


@dataclass(frozen=True)
class Connections:
    """How the faces of a mesh hang together, as far as it matters to what is computed on it.

    Attributes
    ----------
    n_pieces  connected pieces;  n_faces  all faces.
    n_loose   faces that are a piece by themselves.
    slit (s, 2)   vertex pairs of the edges along which the surface is cut between vertices in one place.
    """

    n_pieces: int
    n_faces: int
    n_loose: int
    slit: np.ndarray

    @property
    def is_soup(self) -> bool:
        """Whether most of it is loose triangles, which is no surface."""
        return self.n_loose > 2 and 2 * self.n_loose > self.n_faces


def connections(shape: Shape, topology: Topology | None = None) -> Connections:
    """The connections of a mesh of at least one face."""
    topology = topology or Topology(shape.faces, shape.n_vertices)
    alone = np.unique(topology.face_components, return_counts=True)[1] == 1
    origin, index = weld(shape.vertices)
    slit = np.zeros((0, 2), np.int64)
    if len(origin) < shape.n_vertices:
        edges = topology.edges[topology.is_boundary]
        ends = np.sort(index[edges], axis=1)
        _, which, counts = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
        slit = edges[(counts[which.reshape(-1)] > 1) & (ends[:, 0] != ends[:, 1])]
    return Connections(topology.n_components, shape.n_faces, int(alone.sum()), slit)


def cautions(shape: Shape) -> tuple[str, ...]:
    """Sentences for a person about to compute on this shape; none for one that hangs together."""
    if shape.is_cloud:
        pieces = large_pieces(shape)
        return (_several(shape.name, len(pieces)),) if len(pieces) > 1 else ()
    found = connections(shape)
    mend = "`geomlearn check FILE --repair -o OUT` welds them"
    if found.is_soup:
        return (
            f"{shape.name} is {found.n_loose:,} loose triangles, no two of which share a vertex: nothing spreads "
            f"from one to the next; {mend}.",
        )
    said = []
    if len(found.slit):
        said.append(
            f"{shape.name} is slit along {len(found.slit):,} edges whose vertices are doubled, as at texture seams: "
            f"spectra and flows stop there; {mend}."
        )
    if found.n_pieces > 1:
        said.append(_several(shape.name, found.n_pieces))
    return tuple(said)


def _several(name: str, n_pieces: int) -> str:
    return (
        f"{name} has {n_pieces} separate pieces: as many modes have the eigenvalue zero, and nothing flows, is "
        "measured or matched from one piece to another."
    )

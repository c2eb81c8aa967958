"""How the shapes of a network differ from their limit shape, and from each other, without any of them as a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.collections.morphometrics.distances import pairwise
from geomlearn.collections.networks.latent_basis import limit_shape, shape_difference
from geomlearn.core.arrays import write_arrays

# Functions of the latent basis that the network has in common; the last are what single maps add.
KEPT = 2 / 3


@dataclass(frozen=True, eq=False)
class Differences:
    """Shapes of a network beside their limit.

    Attributes
    ----------
    names              of the shapes;  spectrum (s,)   of the limit shape.
    areas (n, s, s)    Yᵀ Y of each shape: the identity where it has the limit's areas.
    lengths (n, s, s)  Yᵀ Λ Y: the diagonal spectrum where it has the limit's lengths.
    """

    names: tuple[str, ...]
    spectrum: np.ndarray
    areas: np.ndarray
    lengths: np.ndarray

    @property
    def from_limit(self) -> np.ndarray:
        """(n, 2) ‖Yᵀ Y − I‖ and ‖E^{−½} Yᵀ Λ Y E^{−½} − I‖ over the shapes, E the limit's spectrum."""
        size = len(self.spectrum)
        scaled = self._scaled()
        return np.stack([np.linalg.norm(one - np.eye(size), axis=(1, 2)) for one in (self.areas, scaled)], axis=1)

    def distances(self) -> np.ndarray:
        """(n, n) how far the shapes are from each other: Frobenius, areas and lengths alike."""
        flat = np.concatenate([self.areas, self._scaled()], axis=2).reshape(len(self.names), -1)
        return pairwise(flat)

    def _scaled(self) -> np.ndarray:
        root = 1 / np.sqrt(np.maximum(self.spectrum, 1e-3 * self.spectrum.max()))
        # The constant has no length: it counts as the limit has it.
        found = root[:, None] * self.lengths * root
        found[:, 0, 0] = 1
        return found


def differences(latent: Mapping[str, np.ndarray], evals: Mapping[str, np.ndarray]) -> Differences:
    """The limit shape of a latent basis Y_i (k, size), and how shapes with eigenvalues (k,) differ from it.

    Source   Huang, Achlioptas, Guibas & Ovsjanikov 2019, Limit Shapes, arXiv 1807.04475.
    """
    size = max(2, int(KEPT * next(iter(latent.values())).shape[1]))
    turned, spectrum = limit_shape({name: one[:, :size] for name, one in latent.items()}, evals)
    names = tuple(turned)
    areas = np.stack([shape_difference(turned[name]) for name in names])
    lengths = np.stack([shape_difference(turned[name], evals[name]) for name in names])
    return Differences(names, spectrum, areas, lengths)


def write_differences(path: Path, found: Differences, *, force: bool = False) -> Path:
    """As npz: `spectrum`, `areas`, `lengths`, `distances`; names in its metadata."""
    arrays = {"spectrum": found.spectrum, "areas": found.areas, "lengths": found.lengths}
    return write_arrays(path, {**arrays, "distances": found.distances()}, {"names": list(found.names)}, force=force)

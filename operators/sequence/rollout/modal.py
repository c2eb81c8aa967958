"""A shape as its eigenfunctions see it, free of its size: what the rollout model knows of where a field lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class ModalFrame:
    """The first k eigenfunctions of a shape scaled to R = 1, the radius of the sphere of equal area.

    A field is u = Σ a φ with mean squares ⟨φ_i φ_j⟩ = δ_ij over the surface, so that ⟨u²⟩ = Σ a².

    Attributes
    ----------
    evals      (k,) λ R², ascending.
    modes      (n, k) φ.
    weights    (n,) areas, summing to 1.
    transport  (6, k, k) the matrices ⟨φ_i w·∇φ_j⟩ of six velocities along the surface: up the coordinates x, y, z, and
               along their level lines, n × ∇x, n × ∇y, n × ∇z. On a sphere the last three are the rotations.
    radius     R, in units of the shape.
    """

    evals: np.ndarray
    modes: np.ndarray
    weights: np.ndarray
    transport: np.ndarray
    radius: float

    @property
    def k(self) -> int:
        return len(self.evals)

    def project(self, values: np.ndarray) -> np.ndarray:
        """Coefficients (t, k) of fields (t, n)."""
        return (values * self.weights) @ self.modes

    def truncated(self, k: int) -> ModalFrame:
        """The first k modes."""
        return replace(self, evals=self.evals[:k], modes=self.modes[:, :k], transport=self.transport[:, :k, :k])


def modal_frame(shape: Shape, basis: Basis, k: int) -> ModalFrame:
    """Scale a basis of a shape to unit size, and work out transport in it.

    Raises
    ------
    SizeMismatch   the basis belongs to another shape or has fewer than k modes.
    """
    from geomlearn.operators.fields.discrete.domain import build_domain
    from geomlearn.operators.fields.discrete.transport import patches_of

    if basis.n_vertices != shape.n_vertices:
        raise SizeMismatch(
            f"The basis has {basis.n_vertices} rows, but {shape.name} has {shape.n_vertices} vertices.",
            "Compute it on this shape.",
        )
    basis = basis.truncated(k)
    area = float(basis.mass.sum())
    radius = float(np.sqrt(area / (4 * np.pi)))
    modes = basis.evecs * np.sqrt(area)
    domain = build_domain(shape)
    patches = patches_of(domain)
    at = domain.reduce(modes)[patches.faces]
    slopes = radius * np.einsum("fcd,fck->fdk", patches.gradients, at)
    share = patches.weights / patches.weights.sum()
    # The slope along the level lines of a coordinate d is (n × e_d)·∇φ, which is e_d·(∇φ × n).
    turned = np.cross(slopes, patches.normals[:, :, None], axis=1)
    carried = np.concatenate([slopes, turned], axis=1)
    weighed = share[:, None] * at.mean(axis=1)
    transport = np.stack([weighed.T @ carried[:, e] for e in range(6)])
    return ModalFrame(basis.evals * radius**2, modes, basis.mass / area, transport, radius)


@dataclass(frozen=True, eq=False)
class ModalBatch:
    """Frames of several shapes as tensors; shorter ones are filled with vertices of weight 0.

    Attributes
    ----------
    evals (b, k);  modes (b, n, k);  weights (b, n);  transport (b, 6, k, k).
    """

    evals: torch.Tensor
    modes: torch.Tensor
    weights: torch.Tensor
    transport: torch.Tensor

    @classmethod
    def of(cls, frames: Sequence[ModalFrame]) -> ModalBatch:
        """Collate frames of the same k."""
        # Here, so that who works on shapes alone (the frozen memories) need not wait for torch.
        import torch

        most = max(len(frame.weights) for frame in frames)
        modes = np.zeros((len(frames), most, frames[0].k))
        weights = np.zeros((len(frames), most))
        for row, frame in enumerate(frames):
            modes[row, : len(frame.weights)], weights[row, : len(frame.weights)] = frame.modes, frame.weights
        stacked = (np.stack([f.evals for f in frames]), modes, weights, np.stack([f.transport for f in frames]))
        return cls(*(torch.as_tensor(array, dtype=torch.get_default_dtype()) for array in stacked))

    def to(self, device: torch.device) -> ModalBatch:
        """The same on a device."""
        return ModalBatch(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))

    def double(self) -> ModalBatch:
        """The same in double precision."""
        return ModalBatch(*(getattr(self, name).double() for name in self.__dataclass_fields__))

    def take(self, which: torch.Tensor) -> ModalBatch:
        """Some of the shapes, in this order."""
        return ModalBatch(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

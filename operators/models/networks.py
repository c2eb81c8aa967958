"""Builders of the networks in the table, and what lets a network of plain point sets work on grids and shapes."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.baselines.deeponet import DeepONet
from geomlearn.operators.baselines.fno import FNO, GeoFNO
from geomlearn.operators.baselines.laplace_spectral import LaplaceSpectral
from geomlearn.operators.baselines.options import (
    DeepONetOptions,
    FNOOptions,
    GeoFNOOptions,
    LaplaceSpectralOptions,
    TransolverOptions,
    UNetOptions,
)
from geomlearn.operators.baselines.transolver import Transolver
from geomlearn.operators.baselines.unet import UNet
from geomlearn.operators.latent_spectral.grid_model import LatentSpectralModel
from geomlearn.operators.latent_spectral.irregular_model import LatentSpectralIrregular
from geomlearn.operators.latent_spectral.options import (
    LatentSpectralIrregularOptions,
    LatentSpectralOptions,
    LatentSpectralShapesOptions,
)
from geomlearn.operators.latent_spectral.shape_model import LatentSpectralShapes
from geomlearn.operators.layers.attention.operator import AttentionOperator
from geomlearn.operators.layers.attention.options import AttentionOptions
from geomlearn.operators.layers.coordinates import with_coordinates
from geomlearn.operators.layers.points_to_grid import Places
from geomlearn.operators.layers.shape_batch import Geometry, GeometryNeeds
from geomlearn.operators.models.signature import Signature


class OnGrid(nn.Module):
    """A network of point sets on grids: the coordinates are further channels."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """Fields (b, *grid, n_in) to fields (b, *grid, n_out)."""
        return self.network(with_coordinates(fields).flatten(1, -2)).unflatten(1, fields.shape[1:-1])


class OnPoints(nn.Module):
    """A network of point sets on points of the plane."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, values: torch.Tensor, places: Places) -> torch.Tensor:
        """Values (b, n, n_in) at `places` to values (b, n, n_out)."""
        code = [] if places.code is None else [places.code[:, None].expand(-1, values.shape[1], -1)]
        return self.network(torch.cat([values, places.points, *code], -1), places.weights)


class OnShapes(nn.Module):
    """A network of point sets on shapes: positions and normals are further channels."""

    # The network itself asks for no eigenfunctions; the first is the constant.
    needs = GeometryNeeds(modes=2)

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, values: torch.Tensor, geometry: Geometry) -> torch.Tensor:
        """Values (b, n, n_in) on a batch of shapes to values (b, n, n_out)."""
        return self.network(torch.cat([values, geometry.points, geometry.normals], -1), geometry.mass)


def lsm(signature: Signature, options: LatentSpectralOptions) -> nn.Module:
    """LSM on grids."""
    return LatentSpectralModel(signature.resolution, signature.n_in, signature.n_out, options)


def unet(signature: Signature, options: UNetOptions) -> nn.Module:
    """U-Net on grids."""
    return UNet(signature.resolution, signature.n_in, signature.n_out, options)


def fno(signature: Signature, options: FNOOptions) -> nn.Module:
    """FNO on grids."""
    return FNO(signature.resolution, signature.n_in, signature.n_out, options)


def deeponet(signature: Signature, options: DeepONetOptions) -> nn.Module:
    """DeepONet on grids."""
    return DeepONet(signature.resolution, signature.n_in, signature.n_out, options)


def transolver_on_grid(signature: Signature, options: TransolverOptions) -> nn.Module:
    """Transolver on grids."""
    return OnGrid(Transolver(signature.n_in + len(signature.resolution), signature.n_out, options))


def lsm_on_points(signature: Signature, options: LatentSpectralIrregularOptions) -> nn.Module:
    """LSM on points of the plane."""
    return LatentSpectralIrregular(signature.n_in, signature.n_out, options.replace(code_size=signature.code_size))


def geo_fno(signature: Signature, options: GeoFNOOptions) -> nn.Module:
    """Geo-FNO on points of the plane."""
    return GeoFNO(signature.n_in, signature.n_out, options.replace(code_size=signature.code_size))


def transolver_on_points(signature: Signature, options: TransolverOptions) -> nn.Module:
    """Transolver on points of the plane."""
    return OnPoints(Transolver(signature.n_in + 2 + signature.code_size, signature.n_out, options))


def lsm_on_shapes(signature: Signature, options: LatentSpectralShapesOptions) -> nn.Module:
    """LSM on shapes."""
    return LatentSpectralShapes(signature.n_in, signature.n_out, options)


def laplace_spectral(signature: Signature, options: LaplaceSpectralOptions) -> nn.Module:
    """Spectral operator on shapes."""
    return LaplaceSpectral(signature.n_in, signature.n_out, options)


def transolver_on_shapes(signature: Signature, options: TransolverOptions) -> nn.Module:
    """Transolver on shapes."""
    return OnShapes(Transolver(signature.n_in + 6, signature.n_out, options))


def attention_on_grid(signature: Signature, options: AttentionOptions) -> nn.Module:
    """Attention among the nodes of a grid."""
    return OnGrid(AttentionOperator(signature.n_in + len(signature.resolution), signature.n_out, options))


def attention_on_points(signature: Signature, options: AttentionOptions) -> nn.Module:
    """Attention among points of the plane."""
    return OnPoints(AttentionOperator(signature.n_in + 2 + signature.code_size, signature.n_out, options))


def attention_on_shapes(signature: Signature, options: AttentionOptions) -> nn.Module:
    """Attention among the vertices of shapes, weighted by their areas."""
    return OnShapes(AttentionOperator(signature.n_in + 6, signature.n_out, options))

"""DiffusionNet at samples: what its features must not depend on, and that its gradients are those of the surface."""

import numpy as np
import pytest
import torch

from geomlearn.matching.diffumatch.features import DiffusionNet
from geomlearn.matching.diffumatch.surface import sampled_surface
from geomlearn.matching.prepared import Prepared
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import blob, permuted, rotation

K = 40


def prepared(shape: Shape, n_samples: int = 10_000) -> Prepared:
    return Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=K), cache=False), n_samples)


def network(seed: int = 0) -> DiffusionNet:
    torch.manual_seed(seed)
    return DiffusionNet(3, 6, 12, 2, 0.5).eval()


@torch.no_grad()
def features(shape: Shape, n_samples: int = 10_000) -> torch.Tensor:
    surface = sampled_surface(prepared(shape, n_samples), n_samples, K)
    return network()(surface, surface.points)


def test_the_gradients_of_the_modes_have_their_dirichlet_energy():
    side = prepared(builtin("sphere", 1500))
    surface = sampled_surface(side, 10_000, K)
    energy = (surface.gradient.double() ** 2).sum(dim=0).T.numpy() @ side.basis.mass[side.samples]
    # ∫ |∇φ|² = λ; averages of the gradients of faces around a vertex lose a few per cent in high modes.
    np.testing.assert_allclose(energy[1:9], side.basis.evals[1:9], rtol=0.03)
    np.testing.assert_allclose(energy[1:], side.basis.evals[1:], rtol=0.15)


def test_features_do_not_depend_on_the_order_of_the_vertices():
    shape = blob(2)
    other, place = permuted(shape, 3)
    a, b = prepared(shape), prepared(other)
    surfaces = [sampled_surface(side, 10_000, K) for side in (a, b)]
    with torch.no_grad():
        found, again = (network()(s, s.points) for s in surfaces)
    row_a, row_b = np.argsort(a.samples), np.argsort(b.samples)
    torch.testing.assert_close(found[row_a], again[row_b[place]], rtol=0, atol=2e-3)


def test_features_do_not_depend_on_the_size_of_the_shape():
    shape = blob(2)
    larger = shape.replace(vertices=40 * shape.vertices + [3.0, 0, 1])
    torch.testing.assert_close(features(shape), features(larger), rtol=0, atol=2e-3)


def test_intrinsic_features_do_not_depend_on_the_pose():
    shape = blob(2)
    surface = sampled_surface(prepared(shape), 10_000, K)
    moved = sampled_surface(prepared(shape.replace(vertices=shape.vertices @ rotation(1).T)), 10_000, K)
    values = torch.ones(shape.n_vertices, 3) * surface.points[:, :1]
    with torch.no_grad():
        torch.testing.assert_close(network()(surface, values), network()(moved, values), rtol=0, atol=2e-3)


def test_a_mirror_is_noticed():
    shape = blob(2)
    mirrored = Shape(shape.vertices * [1, 1, -1], shape.faces[:, ::-1])
    surfaces = [sampled_surface(prepared(s), 10_000, K) for s in (shape, mirrored)]
    # The same numbers at the vertices, three different functions: only the surface's sides differ.
    values = surfaces[0].points
    with torch.no_grad():
        a, b = (network()(s, values) for s in surfaces)
    assert (a - b).abs().max() > 0.01 * a.abs().max()


def test_samples_stand_for_the_whole():
    shape = builtin("sphere", 1500)
    whole, few = prepared(shape), prepared(shape, 400)
    values = shape.vertices[:, [0]] * shape.vertices[:, [1]]
    coefficients = [
        sampled_surface(side, 10_000, K).project.double().numpy() @ values[side.samples] for side in (whole, few)
    ]
    gap = np.linalg.norm(coefficients[0] - coefficients[1]) / np.linalg.norm(coefficients[0])
    assert gap < 0.05


def test_clouds_are_surfaces_too():
    shape = builtin("sphere", 600)
    found = sampled_surface(prepared(Shape(shape.vertices)), 300, K)
    assert all(part.isfinite().all() for part in (found.evecs, found.gradient, found.project))
    energy = (found.gradient.double() ** 2).sum(dim=0).mean(dim=0)
    assert float(energy[2]) == pytest.approx(float(found.evals[2]), rel=0.3)


def test_turning_moves_the_points_alone():
    surface = sampled_surface(prepared(blob(2)), 100, K)
    turned = surface.turned(torch.from_numpy(rotation(2).copy()).float())
    assert turned.evecs is surface.evecs
    torch.testing.assert_close(turned.points.norm(dim=1), surface.points.norm(dim=1))

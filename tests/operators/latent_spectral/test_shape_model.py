"""LSM on shapes: tokens are integrals, order and filling do not matter, and it beats itself without blocks."""

import pytest
import torch

from geomlearn.operators.latent_spectral.block import NeuralSpectralBlock
from geomlearn.operators.latent_spectral.options import LatentSpectralShapesOptions, SpectralBlockOptions
from geomlearn.operators.latent_spectral.shape_model import LatentSpectralShapes
from geomlearn.operators.layers.shape_batch import collate
from geomlearn.operators.layers.shape_geometry import build_geometry
from geomlearn.shapes.shape import Shape

OPTIONS = LatentSpectralShapesOptions(width=8, heads=2, tokens=2, scales=2, patch=16, modes=8, head_width=16)


@pytest.fixture(autouse=True)
def seeded():
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def cap():
    from geomlearn.shapes.load import load_shape

    ball = load_shape("builtin:icosphere")
    keep = ball.faces[(ball.vertices[ball.faces][:, :, 2] > 0.75).all(1)]
    used = sorted(set(keep.ravel().tolist()))
    number = {old: new for new, old in enumerate(used)}
    faces = [[number[int(v)] for v in face] for face in keep]
    return Shape(ball.vertices[used], faces, "cap")


def test_splitting_a_vertex_into_two_of_half_the_area_leaves_the_tokens():
    block = NeuralSpectralBlock(16, SpectralBlockOptions(width=16, heads=4)).double()
    points, area = torch.randn(1, 20, 16, dtype=torch.double), torch.rand(1, 20, dtype=torch.double)
    split = torch.cat([points, points[:, -1:]], 1)
    halves = torch.cat([area[:, :-1], area[:, -1:].expand(1, 2) / 2], 1)
    whole = block.encode(points, area.log())
    torch.testing.assert_close(block.encode(split, halves.log()), whole, rtol=0, atol=1e-12)
    unweighted = [block.encode(p) for p in (points, split)]
    assert float((unweighted[0] - unweighted[1]).detach().abs().max()) > 1e-4


def test_points_of_no_area_do_not_speak():
    block = NeuralSpectralBlock(16, SpectralBlockOptions(width=16, heads=4)).double()
    points = torch.randn(1, 20, 16, dtype=torch.double)
    silent = torch.zeros(1, 20, dtype=torch.double)
    silent[:, 15:] = -torch.inf
    torch.testing.assert_close(block.encode(points, silent), block.encode(points[:, :15]), rtol=0, atol=1e-12)


def test_a_shape_answers_the_same_alone_and_in_a_batch(cap):
    model = LatentSpectralShapes(1, 2, OPTIONS).eval()
    whole = build_geometry(cap, model.needs)
    part = build_geometry(cap.replace(faces=cap.faces[:40]), model.needs)
    values = torch.randn(2, cap.n_vertices, 1)
    both = model(values, collate([whole, part]))
    torch.testing.assert_close(both[:1], model(values[:1], collate([whole])), rtol=1e-4, atol=1e-5)


def test_turning_an_eigenfunction_round_changes_nothing(cap):
    from dataclasses import replace

    model = LatentSpectralShapes(1, 1, OPTIONS).eval()
    geometry = collate([build_geometry(cap, model.needs)])
    signs = torch.tensor([1.0, -1.0] * 4)
    levels = tuple(replace(level, evecs=level.evecs * signs) for level in geometry.levels)
    values = torch.randn(1, cap.n_vertices, 1)
    answers = [model(values, g) for g in (geometry, replace(geometry, levels=levels))]
    torch.testing.assert_close(*answers, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("blocks", [True, False])
def test_every_weight_takes_part(cap, blocks):
    model = LatentSpectralShapes(1, 1, OPTIONS.replace(blocks=blocks))
    geometry = collate([build_geometry(cap, model.needs)])
    model(torch.randn(1, cap.n_vertices, 1), geometry).square().sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters() if parameter.requires_grad)
    assert len(model.blocks) == 2 * blocks

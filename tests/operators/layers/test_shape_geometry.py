"""What networks know of a shape: scale, clusters along the surface, batches."""

import numpy as np
import pytest
import torch

from geomlearn.operators.layers.shape_batch import GeometryNeeds, collate, fill_rows
from geomlearn.operators.layers.shape_geometry import build_geometry
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.shape import Shape

NEEDS = GeometryNeeds(modes=12, scales=3, patch=16)


def sheet(n, height=0.0):
    """An n × n square sheet of triangles."""
    x, y = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n), indexing="ij")
    index = np.arange(n * n).reshape(n, n)
    a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
    vertices = np.stack([x.ravel(), y.ravel(), np.full(n * n, height)], 1)
    return Shape(vertices, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]))


def test_size_and_place_do_not_matter():
    shape = sheet(12)
    moved = shape.replace(vertices=7 * shape.vertices + [3, -2, 5])
    one, other = build_geometry(shape, NEEDS), build_geometry(moved, NEEDS)
    torch.testing.assert_close(one.points, other.points, rtol=0, atol=1e-5)
    torch.testing.assert_close(one.evals, other.evals, rtol=1e-4, atol=1e-4)
    assert float(one.mass.sum()) == pytest.approx(1)
    gram = one.levels[0].evecs.T @ (one.mass[:, None] * one.levels[0].evecs)
    torch.testing.assert_close(gram, torch.eye(12), rtol=0, atol=1e-4)


def test_each_point_is_in_one_patch_and_areas_add_up_at_every_scale():
    geometry = build_geometry(sheet(16), NEEDS)
    sizes = [len(level.mass) for level in geometry.levels]
    assert sizes == [256, 64, 16]
    for level, above in zip(geometry.levels, [*geometry.levels[1:], None], strict=True):
        members = level.patches[level.patches >= 0]
        assert sorted(members.tolist()) == list(range(len(level.mass)))
        assert float(level.mass.sum()) == pytest.approx(1, abs=1e-5)
        if above is not None:
            gathered = torch.zeros_like(above.mass).index_add_(0, level.parent, level.mass)
            torch.testing.assert_close(gathered, above.mass)
    assert geometry.levels[0].patches.shape[0] == 16


def test_clusters_do_not_jump_between_sheets_that_nearly_touch():
    low, high = sheet(10), sheet(10, height=0.01)
    both = Shape(np.concatenate([low.vertices, high.vertices]), np.concatenate([low.faces, high.faces + 100]))
    level = build_geometry(both, NEEDS).levels[0]
    for patch in level.patches:
        members = patch[patch >= 0]
        assert len(set((members >= 100).tolist())) == 1


def test_clouds_have_clusters_too():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(300, 3))
    cloud = Shape(points / np.linalg.norm(points, axis=1, keepdims=True))
    geometry = build_geometry(cloud, NEEDS)
    assert sorted(geometry.levels[0].patches[geometry.levels[0].patches >= 0].tolist()) == list(range(300))
    assert float(geometry.normals.abs().max()) == 0


def test_in_a_batch_filling_rows_have_no_area_and_no_patch():
    parts = [build_geometry(sheet(n), NEEDS) for n in (8, 12)]
    batch = collate(parts)
    assert batch.points.shape == (2, 144, 3)
    assert float(batch.mass[0, 64:].sum()) == 0
    for index, level in enumerate(batch.levels):
        n, width = len(parts[0].levels[index].mass), level.mass.shape[1]
        members = level.patches[level.patches >= 0]
        filling = set(range(n, width))
        assert not filling & set(members.tolist())
        second = {int(m) - width for m in members if m >= width}
        assert second == set(range(len(parts[1].levels[index].mass)))
    assert fill_rows([torch.ones(2, 1), torch.ones(3, 1)])[0].flatten().tolist() == [1, 1, 0]


def test_a_tiny_shape_is_filled_with_empty_modes():
    ball = load_shape("builtin:icosphere")
    few = Shape(ball.vertices[:6], np.array([[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5]]))
    geometry = build_geometry(few, NEEDS)
    assert geometry.evals.shape == (12,)
    assert float(geometry.levels[0].evecs[:, 6:].abs().max()) == 0

"""The worlds carry true maps through remeshing and through what scanners do."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.worlds import scans
from benchmarks.worlds.remeshing import Placed, Surface, true_places
from geomlearn.shapes.builtin import random_creature
from geomlearn.shapes.builtin.creatures import family_named
from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.shape import Shape


@pytest.fixture(scope="module")
def surface() -> tuple[Surface, np.ndarray, float]:
    made = random_creature("biped", 3, 3000)
    return Surface(made.canonical, made.shape.vertices, made.shape.faces, "biped"), made.shape.vertices, made.shape.area


def _places(surface: Surface, style: str, seed: int, n: int = 1500) -> Placed:
    return surface.meshed(style, n, np.random.default_rng(seed))


def test_meshes_made_apart_correspond_within_a_spacing(surface) -> None:
    pytest.importorskip("fast_simplification")
    whole, _, area = surface
    a, b = _places(whole, "decimated", 0), _places(whole, "decimated", 1)
    assert not np.array_equal(a.shape.faces, b.shape.faces)
    found = true_places(a, b)
    assert (found >= 0).mean() > 0.99
    # Both lie on the same posed surface, so partners lie near each other in space.
    apart = np.linalg.norm(a.shape.vertices - b.shape.vertices[found], axis=1) / np.sqrt(area)
    assert np.median(apart) < 1 / np.sqrt(1500)
    mirrored = true_places(a, b, symmetric=True)
    assert np.linalg.norm(a.shape.vertices - b.shape.vertices[mirrored], axis=1).mean() / np.sqrt(area) > 0.1


def test_a_place_is_found_on_its_own_side_where_skins_touch() -> None:
    """Two sheets closer to each other than their vertices are: normals decide."""
    x, y = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    sheet = np.stack([x.ravel(), y.ravel(), np.zeros(81)], axis=1)
    cells = np.arange(72).reshape(8, 9)[:, :8].ravel()
    up = np.concatenate([np.stack([cells, cells + 1, cells + 9], 1), np.stack([cells + 1, cells + 10, cells + 9], 1)])
    faces = np.concatenate([up, up[:, ::-1] + 81])
    posed = np.concatenate([sheet, sheet - (0, 0, 0.01)])
    rest = np.concatenate([sheet, sheet - (0, 0, 5.0)])
    placed = Surface(rest, posed, faces, "sheets").placed(Shape(posed + np.array((0.03, 0.02, 0)), faces))
    assert (placed.rest[:81, 2] == 0).all()
    assert (placed.rest[81:, 2] == -5).all()


def test_scans_keep_what_is_known(surface) -> None:
    whole, _, _ = surface
    rng = np.random.default_rng(0)
    placed = whole.meshed("as made", 0, rng)
    for damaged in (scans.holed(placed, rng), scans.cut(placed, rng), scans.seen(placed, rng)):
        assert 100 < damaged.shape.n_vertices < placed.shape.n_vertices
        # Every vertex that is left is one of the whole, with its place.
        back = true_places(damaged, placed)
        assert (back >= 0).all()
        assert np.abs(placed.shape.vertices[back] - damaged.shape.vertices).max() < 1e-6
        assert (true_places(placed, damaged) < 0).any()


def test_contacts_are_glued_only_where_parts_touch(surface) -> None:
    whole, vertices, _ = surface
    placed = whole.meshed("as made", 0, np.random.default_rng(0))
    bent = placed.moved(vertices * (0.05, 1, 1))
    assert len(scans.glued(bent).shape.faces) < len(bent.shape.faces)
    ball = Shape(*_ball())
    alone = Placed(ball, ball.vertices, vertex_normals(ball), "ball")
    assert scans.glued(alone) is alone


def test_other_units_and_axes_are_similarities(surface) -> None:
    placed = surface[0].meshed("as made", 0, np.random.default_rng(0))
    moved = scans.elsewhere(placed, np.random.default_rng(4))
    before, after = (np.linalg.norm(p.shape.vertices[:50] - p.shape.vertices[50:100], axis=1) for p in (placed, moved))
    assert np.ptp(after / before) < 1e-6 * (after / before).mean()
    assert family_named("biped").name == placed.kind


def _ball() -> tuple[np.ndarray, np.ndarray]:
    from geomlearn.shapes.builtin import icosphere

    made = icosphere(6)
    return made.vertices, made.faces

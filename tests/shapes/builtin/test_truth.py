"""Ground truth: exact, consistent, near isometric across poses and not across bodies."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import creature, true_images, true_map


def longest_edges(shape):
    corners = shape.vertices[shape.faces]
    sides = np.linalg.norm(corners - corners[:, [1, 2, 0]], axis=2).max(axis=1)
    longest = np.zeros(shape.n_vertices)
    np.maximum.at(longest, shape.faces.ravel(), np.repeat(sides, 3))
    return longest


def log_stretches(a, b):
    """Logarithm of how much the true map stretches each edge of A, the change of size taken out."""
    images = true_images(a, b)
    start, end = a.shape.faces.ravel(), a.shape.faces[:, [1, 2, 0]].ravel()
    before = np.linalg.norm(a.shape.vertices[start] - a.shape.vertices[end], axis=1)
    stretch = np.log(np.linalg.norm(images[start] - images[end], axis=1) / before)
    return stretch - np.median(stretch)


PAIRS = [
    ("biped-average-stand", "biped-average-sit"),
    ("biped-child-wave", "biped-heavy-crouch"),
    ("quadruped-dog-stand", "quadruped-giraffe-graze"),
    ("quadruped-stout-walk", "quadruped-cat-leap"),
]


def test_identity_on_the_same_mesh():
    made = creature("biped-strong-kick", 1500)
    np.testing.assert_array_equal(true_map(made, made), np.arange(1500))
    np.testing.assert_allclose(true_images(made, made), made.shape.vertices, atol=1e-12)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_vertex_lies_within_an_edge_of_the_exact_image(pair):
    a, b = creature(pair[0], 1000, 1), creature(pair[1], 1200, 2)
    found = true_map(a, b)
    gap = np.linalg.norm(b.shape.vertices[found] - true_images(a, b), axis=1)
    assert (gap <= 1.1 * longest_edges(b.shape)[found]).all()
    # Typically it is the nearest of a triangle's corners: half an edge away.
    assert np.median(gap) < 0.5 * np.median(longest_edges(b.shape))
    assert len(np.unique(found)) > 0.45 * b.shape.n_vertices


def test_maps_compose():
    a, b, c = (
        creature(f"quadruped-{name}", 1500, seed) for seed, name in enumerate(("fox-sit", "fox-trot", "horse-bow"))
    )
    direct, through = true_map(a, c), true_map(b, c)[true_map(a, b)]
    gap = np.linalg.norm(c.shape.vertices[direct] - c.shape.vertices[through], axis=1)
    # Either step may be off by one mesh spacing, stretched by the bodies' difference.
    assert np.median(gap) < np.median(longest_edges(c.shape))
    assert gap.max() < 4 * longest_edges(c.shape).max()


def test_the_exact_images_compose_exactly():
    a, b = creature("biped-slim-run", 1000), creature("biped-tall-bow", 1000)
    np.testing.assert_allclose(b.place(a.canonical), true_images(a, b), atol=0)


@pytest.mark.parametrize("family", ["biped", "quadruped"])
def test_poses_are_near_isometric_and_bodies_are_not(family):
    first, second = {"biped": ("average", "strong"), "quadruped": ("dog", "stout")}[family]
    pose = {"biped": "walk", "quadruped": "graze"}[family]
    a = creature(f"{family}-{first}-stand", 1000)
    by_pose = np.abs(log_stretches(a, creature(f"{family}-{first}-{pose}", 1000)))
    by_body = np.abs(log_stretches(a, creature(f"{family}-{second}-stand", 1000)))
    # Bones are rigid in a pose: half of all edges keep their length within 1 %, and nine in ten within 10 %.
    assert np.median(by_pose) < 0.01
    assert np.percentile(by_pose, 90) < 0.1
    assert np.median(by_body) > 0.04
    assert np.percentile(by_body, 90) > 0.12


def test_the_symmetric_map_exchanges_left_and_right():
    made = creature("biped-average-stand", 2000)
    flipped = true_map(made, made, symmetric=True)
    mirror = made.shape.vertices * (-1, 1, 1)
    gap = np.linalg.norm(made.shape.vertices[flipped] - mirror, axis=1)
    assert gap.max() < 1.1 * longest_edges(made.shape).max()
    hand = int(made.canonical[:, 0].argmax())
    assert made.canonical[flipped[hand], 0] < -0.7
    assert (flipped == np.arange(2000)).mean() < 0.05


def test_touching_parts_are_told_apart():
    # In the crouch hands hang by the knees; nearest points in space would mix them up.
    a, b = creature("biped-heavy-stand", 1200, 1), creature("biped-heavy-crouch", 1200, 2)
    found = true_map(a, b)
    assert np.linalg.norm(b.canonical[found] - a.canonical, axis=1).max() < 0.15


def test_families_do_not_mix():
    with pytest.raises(ParameterError, match="different families"):
        true_map(creature("biped-tall-walk", 500), creature("quadruped-cat-walk", 500))

"""Meshing a smooth closed surface that is seen through a smooth map, at any resolution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from geomlearn.shapes.builtin.connectivity import Edges, collapse, face_normals, flip, qualities, split

PointMap = Callable[[np.ndarray], np.ndarray]


class Surface(Protocol):
    """A smooth closed surface."""

    def project(self, points: np.ndarray, steps: int) -> np.ndarray:
        """(n, 3) points near it moved onto it; each step doubles the digits."""

    def normals(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) outward unit normals at points on it."""


@dataclass
class Draft:
    """A mesh in the making: positions on the surface, where they are seen, and the edge length wanted there.

    Attributes
    ----------
    rest    (n, 3) points on the canonical surface.
    seen    (n, 3) the same points through the map.
    detail  (n,) edge length wanted, relative.
    faces   (m, 3).
    """

    rest: np.ndarray
    seen: np.ndarray
    detail: np.ndarray
    faces: np.ndarray


def remesh(
    rest: np.ndarray,
    faces: np.ndarray,
    detail: np.ndarray,
    n_vertices: int,
    rng: np.random.Generator,
    *,
    surface: Surface,
    place: PointMap,
    rounds: int = 8,
) -> Draft:
    """Turn a closed manifold mesh of the surface into a near-isotropic one of exactly `n_vertices`.

    Triangles become near-equilateral as *seen* through `place`, while every vertex stays on the canonical surface.

    Parameters
    ----------
    rest     (n, 3) vertices on the canonical surface.
    faces    (m, 3) closed, manifold, outward; the topology stays.
    detail   (n,) relative edge length wanted at each vertex.
    surface  the canonical surface.
    rng      breaks ties: another state gives another triangulation.
    place    canonical point to the point seen.

    Source   the rounds of Botsch & Kobbelt 2004, doi 10.1145/1057432.1057457.
    Differs  operations run in independent batches and the count is steered to a number, not a length; smoothing goes
             to the centroid weighted by area / detail⁴, the density under which cells have the size wanted.
    """
    draft = Draft(rest, place(rest), detail, faces)
    _thin(draft, n_vertices, rng, surface, place)
    for step in range(rounds):
        if step < rounds - 2:
            _exchange(draft, n_vertices, surface, place)
        _mend(draft)
        _settle(draft, n_vertices, rng, surface, place)
        for _ in range(3):
            draft.faces, _ = flip(draft.seen, draft.faces)
        _smooth(draft, surface, place)
    for _ in range(6):
        draft.faces, turned = flip(draft.seen, draft.faces)
        if not turned:
            break
    draft.rest = surface.project(draft.rest, 6)
    draft.seen = place(draft.rest)
    return draft


def quadrisect(rest: np.ndarray, faces: np.ndarray, detail: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut every triangle in four: (4n − 6 in genus 0) points, faces and details; new points lie at edge midpoints."""
    edges = Edges(faces, len(rest))
    middle = np.empty((len(faces), 3), np.int64)
    middle[edges.faces, edges.corners] = (np.arange(len(edges.ends)) + len(rest))[:, None]
    a, b, c = faces.T
    ma, mb, mc = middle.T
    cut = [np.stack(corner, axis=1) for corner in ((a, mc, mb), (b, ma, mc), (c, mb, ma), (ma, mb, mc))]
    points = np.concatenate([rest, rest[edges.ends].mean(axis=1)])
    return points, np.concatenate(cut), np.concatenate([detail, detail[edges.ends].mean(axis=1)])


def bounded_detail(
    seen: np.ndarray, faces: np.ndarray, detail: np.ndarray, longest: np.ndarray, n_vertices: int
) -> np.ndarray:
    """(n,) `detail` made finer where edges would become longer than `longest` (n,), in units of `seen`."""
    bounded = detail
    # Each bound uses up vertices and makes edges longer elsewhere, so a few rounds are needed.
    for _ in range(4):
        ideal = _ideal_length(Draft(seen, seen, bounded, faces), n_vertices)
        bounded = np.minimum(detail, longest / ideal)
    return bounded


def least_stretches(rest: np.ndarray, seen: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(n,) the smaller stretch of the map from the triangles at rest to those seen, averaged at the vertices."""
    (a, b, c), (d, e, f) = _gram(rest, faces), _gram(seen, faces)
    determinant = np.maximum(a * c - b * b, 1e-300)
    trace = (a * f + c * d - 2 * b * e) / determinant
    product = np.maximum(d * f - e * e, 0) / determinant
    square = trace / 2 - np.sqrt(np.maximum(trace**2 / 4 - product, 0))
    stretch = np.sqrt(np.maximum(square, 0))
    total = np.bincount(faces.ravel(), np.repeat(stretch, 3), minlength=len(rest))
    return total / np.maximum(np.bincount(faces.ravel(), minlength=len(rest)), 1)


def _gram(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    u, v = points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]]
    return tuple(np.einsum("ij,ij->i", *pair) for pair in ((u, u), (u, v), (v, v)))


def _relative_lengths(draft: Draft, edges: Edges) -> np.ndarray:
    """(e,) length over the length wanted there, but for a common factor."""
    start, end = edges.ends.T
    offset = draft.seen[start] - draft.seen[end]
    return np.sqrt(np.einsum("ij,ij->i", offset, offset)) * 2 / (draft.detail[start] + draft.detail[end])


def _ideal_length(draft: Draft, n_vertices: int) -> float:
    """The relative length at which equilateral triangles make up `n_vertices`."""
    area = np.linalg.norm(face_normals(draft.seen, draft.faces), axis=1) / 2
    wanted = draft.detail[draft.faces].mean(axis=1)
    return float(np.sqrt(2 / np.sqrt(3) * (area / wanted**2).sum() / n_vertices))


def _thin(draft: Draft, n_vertices: int, rng: np.random.Generator, surface: Surface, place: PointMap) -> None:
    """Contract short edges, in an order partly left to chance, down to the number."""
    for step in range(_MANY):
        surplus = len(draft.rest) - n_vertices
        if surplus <= 0:
            return
        if step % 4 == 0:
            # Contracting alone leaves vertices of high valence, and rings around thin limbs that lie on one side.
            draft.faces, _ = flip(draft.seen, draft.faces)
            _smooth(draft, surface, place)
        edges = Edges(draft.faces, len(draft.rest))
        lengths = _relative_lengths(draft, edges) * np.exp(0.25 * rng.standard_normal(len(edges.ends)))
        order = np.argsort(lengths)[: max(len(lengths) * 2 // 3, 64)]
        _collapse(draft, edges, order, surplus)


def _exchange(draft: Draft, n_vertices: int, surface: Surface, place: PointMap) -> None:
    """Split long edges and contract short ones."""
    ideal = _ideal_length(draft, n_vertices)
    edges = Edges(draft.faces, len(draft.rest))
    lengths = _relative_lengths(draft, edges)
    long = np.flatnonzero(lengths > 1.4 * ideal)
    _split(draft, edges, long[np.argsort(-lengths[long])], len(long), surface, place)
    edges = Edges(draft.faces, len(draft.rest))
    lengths = _relative_lengths(draft, edges)
    short = np.flatnonzero(lengths < 0.65 * ideal)
    _collapse(draft, edges, short[np.argsort(lengths[short])], len(short))


def _mend(draft: Draft) -> None:
    """Contract the shortest edge of every sliver."""
    slivers = qualities(draft.seen, draft.faces) < _SLIVER
    if not slivers.any():
        return
    edges = Edges(draft.faces, len(draft.rest))
    lengths = _relative_lengths(draft, edges)
    shortest = np.full(len(draft.faces), np.inf)
    np.minimum.at(shortest, edges.faces.ravel(), np.repeat(lengths, 2))
    worst = np.flatnonzero((slivers[edges.faces] & (lengths[:, None] <= shortest[edges.faces])).any(axis=1))
    _collapse(draft, edges, worst[np.argsort(lengths[worst])], len(worst))


# Quality below which a triangle is contracted; 0.35 has an angle of some 12°.
_SLIVER = 0.35


def _settle(draft: Draft, n_vertices: int, rng: np.random.Generator, surface: Surface, place: PointMap) -> None:
    """Split the longest or contract the shortest edges until the count is the number."""
    for _ in range(_MANY):
        surplus = len(draft.rest) - n_vertices
        if surplus == 0:
            return
        edges = Edges(draft.faces, len(draft.rest))
        lengths = _relative_lengths(draft, edges) * np.exp(0.05 * rng.standard_normal(len(edges.ends)))
        if surplus < 0:
            _split(draft, edges, np.argsort(-lengths), -surplus, surface, place)
        else:
            _collapse(draft, edges, np.argsort(lengths), surplus)


# A batch does some percent of the work, so this is never reached unless nothing can be contracted any more.
_MANY = 200


def _split(draft: Draft, edges: Edges, order: np.ndarray, limit: int, surface: Surface, place: PointMap) -> None:
    draft.faces, cut = split(draft.faces, edges, order, limit)
    ends = edges.ends[cut]
    rest = surface.project(draft.rest[ends].mean(axis=1), 1)
    draft.rest = np.concatenate([draft.rest, rest])
    draft.seen = np.concatenate([draft.seen, place(rest)])
    draft.detail = np.concatenate([draft.detail, draft.detail[ends].mean(axis=1)])


def _collapse(draft: Draft, edges: Edges, order: np.ndarray, limit: int) -> None:
    draft.faces, kept = collapse(draft.seen, draft.faces, edges, order, limit)
    draft.rest, draft.seen, draft.detail = draft.rest[kept], draft.seen[kept], draft.detail[kept]


def _smooth(draft: Draft, surface: Surface, place: PointMap) -> None:
    """Move every vertex along the surface towards the centroid of its surroundings as seen."""
    faces, n = draft.faces, len(draft.rest)
    normals = face_normals(draft.seen, faces)
    weight = np.linalg.norm(normals, axis=1) / draft.detail[faces].mean(axis=1) ** 4
    total = np.maximum(np.bincount(faces.ravel(), np.repeat(weight, 3), minlength=n), 1e-300)
    pulls = _tangents(draft.rest, faces, surface.normals(draft.rest)) * weight[:, None, None]
    summed = np.stack([np.bincount(faces.ravel(), pull, minlength=n) for pull in pulls.reshape(-1, 3).T], axis=1)
    shift = summed / total[:, None]
    detail = np.repeat(draft.detail[faces].mean(axis=1) * weight, 3)
    detail = np.bincount(faces.ravel(), detail, minlength=n) / total
    rest = surface.project(draft.rest + shift, 1)
    seen = place(rest)
    turned = np.einsum("ij,ij->i", face_normals(seen, faces), normals) <= 0
    stay = np.unique(faces[turned])
    rest[stay], seen[stay] = draft.rest[stay], draft.seen[stay]
    draft.rest, draft.seen, draft.detail = rest, seen, detail


def _tangents(points: np.ndarray, faces: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """(m, 3, 3) from each corner to its triangle's centroid, turned into the tangent plane at its full length.

    The projection alone weakens with distance around a thin limb: rings of four vertices would slide to one side.
    """
    corners = points[faces]
    pulls = corners.mean(axis=1)[:, None] - corners
    length = np.einsum("mij,mij->mi", pulls, pulls)
    normals = outward[faces]
    pulls -= np.einsum("mij,mij->mi", pulls, normals)[..., None] * normals
    flat = np.einsum("mij,mij->mi", pulls, pulls)
    return pulls * np.sqrt(np.clip(length / np.maximum(flat, 1e-300), 1, 4))[..., None]

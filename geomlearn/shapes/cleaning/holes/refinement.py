"""New vertices inside a patch, so that its faces are as large as those around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

_ROUNDS = 12
_DENSITY = 1.41421356


def refine(vertices: np.ndarray, patch: np.ndarray, loop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices to append and the faces of the refined patch.

    A face is split at its centre while the centre is farther from the corners than their own edge lengths, then edges
    inside the patch are flipped until no vertex lies inside the circle of a face across one. Scales are carried from
    the ring inwards.

    Source   Liepa 2003, section 4 (the rule of splitting is that of Pfeifle & Seidel 1996).
    """
    ring = np.linalg.norm(vertices[loop] - vertices[np.roll(loop, -1)], axis=1)
    scale = dict(zip(loop.tolist(), ((ring + np.roll(ring, 1)) / 2).tolist(), strict=True))
    points = {int(v): vertices[v] for v in loop}
    faces = [tuple(int(v) for v in face) for face in patch]
    fresh = len(vertices)
    for _ in range(_ROUNDS):
        faces, added = _split(faces, points, scale, fresh)
        fresh += added
        faces = _flipped(faces, points)
        if not added:
            break
    new = np.array([points[v] for v in range(len(vertices), fresh)]).reshape(-1, 3)
    return new, np.array(faces, np.int64)


def _split(faces, points, scale, fresh):
    out, added = [], 0
    for a, b, c in faces:
        centre = (points[a] + points[b] + points[c]) / 3
        length = (scale[a] + scale[b] + scale[c]) / 3
        if all(_DENSITY * np.linalg.norm(centre - points[v]) > max(length, scale[v]) for v in (a, b, c)):
            v = fresh + added
            points[v], scale[v] = centre, length
            out += [(a, b, v), (b, c, v), (c, a, v)]
            added += 1
        else:
            out.append((a, b, c))
    return out, added


def _flipped(given: Sequence[Sequence[int]], points: Mapping[int, np.ndarray]) -> list[tuple[int, ...]]:
    """The faces after edges between two of them are flipped, each time the opposite angles exceed a half turn."""
    faces = [list(face) for face in given]
    beside: dict[tuple[int, int], int] = {}
    for f, (a, b, c) in enumerate(faces):
        beside |= {(a, b): f, (b, c): f, (c, a): f}
    waiting = [(u, v) for u, v in beside if u < v and (v, u) in beside]
    budget = 20 * len(faces) + 20
    while waiting and budget:
        budget -= 1
        u, v = waiting.pop()
        if (u, v) not in beside or (v, u) not in beside:
            continue
        f, g = beside[u, v], beside[v, u]
        p = next(w for w in faces[f] if w not in (u, v))
        q = next(w for w in faces[g] if w not in (u, v))
        if (p, q) in beside or (q, p) in beside or not _better(points, u, v, p, q):
            continue
        for edge in ((u, v), (v, u)):
            del beside[edge]
        faces[f], faces[g] = [u, q, p], [q, v, p]
        beside |= {(u, q): f, (q, p): f, (p, u): f, (q, v): g, (v, p): g, (p, q): g}
        waiting += [(min(edge), max(edge)) for edge in ((u, q), (p, u), (q, v), (v, p))]
    return [tuple(face) for face in faces]


def _better(points: Mapping[int, np.ndarray], u: int, v: int, p: int, q: int) -> bool:
    """Whether p–q serves two faces better than u–v: opposite angles of more than π, and no fold from flipping."""
    if _angle(points, p, u, v) + _angle(points, q, u, v) <= np.pi + 1e-9:
        return False
    first = np.cross(points[q] - points[u], points[p] - points[u])
    second = np.cross(points[v] - points[q], points[p] - points[q])
    return float(first @ second) > 0


def _angle(points: Mapping[int, np.ndarray], at: int, a: int, b: int) -> float:
    x, y = points[a] - points[at], points[b] - points[at]
    return float(np.arctan2(np.linalg.norm(np.cross(x, y)), x @ y))

"""Shapes and their kin: bodies of several kinds, each bent, meshed anew, roughened, cut, and put elsewhere many times.

    python -m benchmarks worlds kindred FOLDER [--world train] [--bases 40] [--full 6] [--parts 4]

One npz a variant: `vertices faces`, and `base kind share` (of the area that is left, 1 for the whole). Worlds draw
different bases. What is there stays, so an interrupted run goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial.transform import Rotation

from benchmarks.worlds.bodies import bodies
from benchmarks.worlds.bodies import random_build as body_build
from benchmarks.worlds.pairs import WORLDS, World, rng_of
from benchmarks.worlds.poses import random_pose as body_pose
from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path
from geomlearn.matching.diffumatch.maps.invented import invented_family
from geomlearn.shapes.builtin import builtin, make_creature, random_build, random_pose
from geomlearn.shapes.builtin.creatures import family_named
from geomlearn.shapes.builtin.skeleton import Deformation
from geomlearn.shapes.shape import Shape

Mesh = tuple[np.ndarray, np.ndarray]
Maker = Callable[[np.random.Generator], Mesh]
KINDS = ("superquadric", "torus", "knot", "blob", "invented", "biped", "quadruped", "body")
_DENSE = 2600


def base_of(world: World, number: int) -> tuple[str, Maker]:
    """Base `number` of a world: its kind, and what makes it in another pose."""
    kind = KINDS[number % len(KINDS)]
    rng = rng_of(world, "kindred", number)
    maker = {"superquadric": _superquadric, "torus": _torus, "knot": _knot, "blob": _blob, "body": _body}.get(kind)
    return kind, maker(rng) if maker else _creature(kind, rng)


def variant(make: Maker, rng: np.random.Generator, share: float = 1.0) -> Shape:
    """A base bent, meshed anew, roughened half of the time, cut down to a share of its area, and put elsewhere."""
    import fast_simplification

    vertices, faces = make(rng)
    vertices = _bent(vertices, rng)
    goal = int(rng.integers(700, 1400) / np.sqrt(share))
    vertices, faces = fast_simplification.simplify(
        vertices.astype(np.float32), faces.astype(np.int32), target_count=min(2 * goal, len(faces) - 2), agg=7.0
    )
    shape = Shape(vertices.astype(float), faces.astype(np.int64), "variant")
    if share < 1:
        shape = part_of(shape, share, rng)
    if rng.random() < 0.5:
        spacing = np.sqrt(shape.area / shape.n_vertices)
        noise = rng.uniform(0.02, 0.15) * spacing * rng.standard_normal(shape.vertices.shape)
        shape = shape.replace(vertices=shape.vertices + noise)
    turn = Rotation.random(random_state=rng).as_matrix()
    return shape.replace(vertices=rng.uniform(0.2, 5) * shape.vertices @ turn.T + rng.normal(0, 2, 3))


def part_of(shape: Shape, share: float, rng: np.random.Generator) -> Shape:
    """What lies nearest, along edges, to a random vertex, until it holds a share of the area; in one piece."""
    edges = np.concatenate([shape.faces[:, [0, 1]], shape.faces[:, [1, 2]], shape.faces[:, [2, 0]]])
    lengths = np.linalg.norm(np.diff(shape.vertices[edges], axis=1)[:, 0], axis=1)
    graph = coo_array((lengths, edges.T), shape=(shape.n_vertices,) * 2).tocsr()
    far = dijkstra(graph, directed=False, indices=int(rng.integers(shape.n_vertices)))
    reach = far[shape.faces].max(axis=1)
    corners = shape.vertices[shape.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    order = np.argsort(reach)
    faces = shape.faces[order[: np.searchsorted(np.cumsum(areas[order]), share * areas.sum()) + 1]]
    links = coo_array((np.ones(len(faces)), (faces[:, 0], faces[:, 1])), shape=(shape.n_vertices,) * 2)
    links = links + coo_array((np.ones(len(faces)), (faces[:, 0], faces[:, 2])), shape=(shape.n_vertices,) * 2)
    label = connected_components(links, directed=False)[1]
    faces = faces[label[faces[:, 0]] == np.bincount(label[faces[:, 0]]).argmax()]
    kept, places = np.unique(faces, return_inverse=True)
    return Shape(shape.vertices[kept], places.reshape(-1, 3), shape.name)


def _bent(vertices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bent and twisted along a random axis by up to 30°, axes stretched by some percent."""
    points = vertices - vertices.mean(axis=0)
    points = points / np.sqrt((points**2).sum(axis=1).mean())
    turn = Rotation.random(random_state=rng).as_matrix()
    x, y, z = (points @ turn.T).T
    twist = np.radians(rng.uniform(-20, 20)) * z
    x, y = x * np.cos(twist) - y * np.sin(twist), x * np.sin(twist) + y * np.cos(twist)
    bend = np.radians(rng.uniform(-30, 30)) + 1e-6
    x, z = (1 / bend + x) * np.cos(bend * z) - 1 / bend, (1 / bend + x) * np.sin(bend * z)
    return np.stack([x, y, z], axis=1) * np.exp(0.04 * rng.standard_normal(3))


def _superquadric(rng: np.random.Generator) -> Maker:
    sphere = builtin("icosphere", _DENSE)
    powers, axes = rng.uniform(0.25, 1.6, 3), np.exp(rng.uniform(-0.9, 0.9, 3))
    taper = rng.uniform(-0.7, 0.7)
    points = np.sign(sphere.vertices) * np.abs(sphere.vertices) ** powers * axes
    points[:, :2] *= (1 + taper * points[:, 2:] / axes[2]) / (1 + abs(taper))
    return lambda _: (points, sphere.faces)


def _blob(rng: np.random.Generator) -> Maker:
    sphere = builtin("icosphere", _DENSE)
    places = rng.standard_normal((int(rng.integers(3, 8)), 3))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    widths, heights = rng.uniform(0.25, 0.7, len(places)), rng.uniform(-0.6, 1.1, len(places))
    gaps = 1 - sphere.vertices @ places.T
    points = sphere.vertices * np.exp((heights * np.exp(-gaps / widths**2)).sum(axis=1))[:, None]
    return lambda _: (points, sphere.faces)


def _torus(rng: np.random.Generator) -> Maker:
    thin, waves, depth = rng.uniform(0.12, 0.5), int(rng.integers(0, 6)), rng.uniform(0, 0.4)
    squeeze = rng.uniform(0.5, 1.0)

    def line(t: np.ndarray) -> np.ndarray:
        return np.stack([np.cos(t), squeeze * np.sin(t), 0 * t], axis=1)

    return lambda _: _tube(line, lambda t: thin * (1 + depth * np.cos(waves * t)))


def _knot(rng: np.random.Generator) -> Maker:
    p, q = [(2, 3), (3, 2), (2, 5), (3, 4), (1, 3), (1, 4)][rng.integers(6)]
    inner, thin = rng.uniform(0.3, 0.55), rng.uniform(0.08, 0.16)

    def line(t: np.ndarray) -> np.ndarray:
        radius = 1 + inner * np.cos(q * t)
        return np.stack([radius * np.cos(p * t), radius * np.sin(p * t), inner * np.sin(q * t)], axis=1)

    return lambda _: _tube(line, lambda t: np.full_like(t, thin))


def _tube(line: Callable, radius: Callable, along: int = 130, around: int = 20) -> Mesh:
    t = np.linspace(0, 2 * np.pi, along, endpoint=False)
    tangent = line(t + 1e-4) - line(t - 1e-4)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.cross(tangent, np.roll(tangent, -1, axis=0)) + 1e-9
    side = np.cross(tangent, [0.31, 0.53, 0.79]) if np.linalg.norm(side, axis=1).min() < 1e-4 else side
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(tangent, side)
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    ring = np.cos(angle)[:, None] * side[:, None] + np.sin(angle)[:, None] * other[:, None]
    points = (line(t)[:, None] + radius(t)[:, None, None] * ring).reshape(-1, 3)
    i, j = (one.ravel() for one in np.meshgrid(np.arange(along), np.arange(around), indexing="ij"))
    a, b = i * around + j, ((i + 1) % along) * around + j
    c, d = ((i + 1) % along) * around + (j + 1) % around, i * around + (j + 1) % around
    return points, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])


def _creature(kind: str, rng: np.random.Generator) -> Maker:
    while True:
        try:
            family = family_named(kind) if kind != "invented" else invented_family(rng, int(rng.integers(3, 9)))
            build = random_build(family, rng, 1.5 if kind != "invented" else 1.0)
            made = make_creature(family, build, random_pose(family, rng), _DENSE, rng)
        except GeomError:
            continue
        break

    def posed(again: np.random.Generator) -> Mesh:
        place = Deformation(family.skeleton, family.swells, build, random_pose(family, again))
        return place(made.canonical), made.shape.faces

    return posed


def _body(rng: np.random.Generator) -> Maker:
    build = body_build(rng)
    stretches = {name: float(np.exp(rng.normal(0, 0.12))) for name in ("upperleg01.L", "upperleg01.R", "spine03")}
    stretches["upperleg01.R"] = stretches["upperleg01.L"]
    return lambda again: (bodies().body(build, body_pose(again, 0.8, hard=0.3), stretches).vertices, bodies().faces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--world", choices=WORLDS, default="train")
    parser.add_argument("--bases", type=int, default=40)
    parser.add_argument("--full", type=int, default=6)
    parser.add_argument("--parts", type=int, default=4)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for number in range(asked.bases):
        paths = [asked.folder / f"{number:04}-{one:02}.npz" for one in range(asked.full + asked.parts)]
        if all(path.exists() for path in paths):
            continue
        kind, make = base_of(asked.world, number)
        for one, path in enumerate(paths):
            rng = rng_of(asked.world, "variant", number, one)
            share = 1.0 if one < asked.full else rng.uniform(0.3, 0.5 if asked.world != "train" else 0.7)
            shape = variant(make, rng, share)
            with atomic_path(path, force=True) as temporary:
                facts = {"base": number, "kind": kind, "share": share}
                np.savez(temporary, vertices=shape.vertices, faces=shape.faces, **facts)
        print(f"base {number + 1} of {asked.bases}: {kind}", flush=True)


if __name__ == "__main__":
    main()

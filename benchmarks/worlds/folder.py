"""Fill a folder with shapes of a world, to train features on: one npz each, and the surface at rest of every kind.

    python -m benchmarks worlds folder FOLDER [--world train] [--bodies 400] [--quadrupeds 160] …

A file holds `vertices faces rest rest_normals kind`. What is there stays, so an interrupted run goes on. A third of the
bodies are as scanners see them, some of these cut or seen from one side. Others are creatures nobody has seen and
simple solids: what has no place on a template.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.worlds import scans
from benchmarks.worlds.pairs import WORLDS, World, body_template, random_animal, random_body, rng_of, scanned
from benchmarks.worlds.remeshing import Placed
from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path
from geomlearn.matching.diffumatch.maps.invented import invented_family
from geomlearn.shapes.builtin import builtin, make_creature, random_build, random_pose
from geomlearn.shapes.builtin.creatures import family_named
from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.shape import Shape

SOLIDS = ("sphere", "torus", "plane-with-hole")


def body_of(world: World, number: int) -> Placed:
    """A body of the folder: as made, as scanned, cut, or seen from one side; every eighth an ape."""
    placed, rng = random_body(world, number, ape=number % 8 == 7), rng_of(world, "folder", number)
    what = number % 6
    if what == 1:
        return scanned(placed, rng)
    if what == 3:
        return scans.glued(placed)
    if what == 5:
        return (scans.cut if rng.random() < 0.6 else scans.seen)(placed, rng)
    return placed


def other_of(world: World, number: int) -> Placed:
    """A creature nobody has seen, or a dented solid."""
    rng = rng_of(world, "other", number)
    n = int(rng.integers(2000, 4000))
    if number % 4 == 3:
        shape = builtin(SOLIDS[number // 4 % len(SOLIDS)], 2500)
        bent = shape.vertices * np.exp(0.5 * rng.standard_normal(3)) @ np.linalg.qr(rng.standard_normal((3, 3)))[0]
        waves = 0.12 * np.sin(bent @ rng.normal(0, 3, (3, 3)) + rng.uniform(0, 6, 3))
        made = Shape(bent + waves, shape.faces, "solid")
        return Placed(made, made.vertices, vertex_normals(made), "other")
    while True:
        try:
            family = invented_family(rng, int(rng.integers(2, 9)))
            creature = make_creature(family, random_build(family, rng), random_pose(family, rng), n, rng)
        except GeomError:
            continue
        return Placed(creature.shape, creature.canonical, family.flesh.normals(creature.canonical), "other")


def template_of(kind: str) -> Placed:
    """The surface at rest of a kind."""
    if kind == "body":
        return body_template()
    points, faces, _ = family_named(kind).level(6000)
    shape = Shape(points, faces, f"{kind} at rest")
    return Placed(shape, points, family_named(kind).flesh.normals(points), kind)


def fill(folder: Path, world: World, counts: dict[str, int]) -> Iterator[str]:
    """Make what is missing, kinds by turns, and name each file made."""
    folder.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[int], Placed]] = {
        "body": lambda i: body_of(world, i),
        "quadruped": lambda i: random_animal(world, i),
        "biped": lambda i: random_animal(world, i, family="biped"),
        "other": lambda i: other_of(world, i),
    }
    for kind in ("body", "quadruped", "biped"):
        if counts.get(kind):
            yield from _kept(folder / f"template-{kind}.npz", lambda kind=kind: template_of(kind))
    for _, kind, i in sorted(((i + 0.5) / count, kind, i) for kind, count in counts.items() for i in range(count)):
        yield from _kept(folder / f"{kind}-{i:04d}.npz", lambda kind=kind, i=i: makers[kind](i))


def _kept(path: Path, make: Callable[[], Placed]) -> Iterator[str]:
    if not path.exists():
        placed = make()
        arrays = {"vertices": placed.shape.vertices, "rest": placed.rest, "rest_normals": placed.rest_normals}
        arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
        arrays |= {"faces": placed.shape.faces.astype(np.int32), "kind": np.array(placed.kind)}
        with atomic_path(path) as temporary:
            np.savez(temporary, **arrays)
        yield path.name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--world", choices=WORLDS, default="train")
    for kind, count in (("bodies", 400), ("quadrupeds", 160), ("bipeds", 60), ("others", 80)):
        parser.add_argument(f"--{kind}", type=int, default=count)
    options = parser.parse_args()
    counts = {"body": options.bodies, "quadruped": options.quadrupeds, "biped": options.bipeds, "other": options.others}
    for name in fill(options.folder, options.world, counts):
        print(name, flush=True)


if __name__ == "__main__":
    main()

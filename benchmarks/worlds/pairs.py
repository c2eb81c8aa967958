"""Three disjoint worlds of pairs with their true maps: what is trained on, chosen on, and judged on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from benchmarks.worlds import scans
from benchmarks.worlds.bodies import bodies
from benchmarks.worlds.remeshing import STYLES, Placed, Style, Surface, true_places
from geomlearn.shapes.builtin import random_creature
from geomlearn.shapes.builtin.creatures import family_named
from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.shape import Shape

World = Literal["train", "choose", "judge"]
WORLDS: tuple[World, ...] = ("train", "choose", "judge")


@dataclass(frozen=True, eq=False)
class WorldPair:
    """Two shapes with their true map.

    Attributes
    ----------
    group   what kind of pair it is;  a, b   the shapes.
    map_ab, mirrored_ab (n_a,)   vertices of B, −1 where B has none; the second with left and right exchanged.
    """

    group: str
    a: Shape
    b: Shape
    map_ab: np.ndarray
    mirrored_ab: np.ndarray


def rng_of(world: World, what: str, number: int, seed: int = 0) -> np.random.Generator:
    """A generator that no other world, kind, number or seed shares."""
    return np.random.default_rng([WORLDS.index(world), *what.encode(), number, seed])


def random_body(world: World, number: int, seed: int = 0, *, wild: float | None = None, ape: bool = False) -> Placed:
    """Body `number` of a world, meshed on its own: all kinds of pose to train on, hard ones to judge by."""
    rng = rng_of(world, "body", number, seed)
    if ape:
        body = bodies().ape(rng)
    elif world == "train":
        wildness, odd = rng.uniform(0.2, 1.5), float(rng.random() < 0.3) * rng.uniform(0.3, 1.3)
        body = bodies().random(rng, wildness if wild is None else wild, odd=odd)
    else:
        body = bodies().random(rng, 0.8 if wild is None else wild, hard=1.0)
    style: Style = STYLES[rng.choice(3, p=(0.25, 0.55, 0.2))]
    n = int(np.exp(rng.uniform(np.log(2200), np.log(7000))))
    surface = Surface(bodies().rest, body.vertices, body.faces, "body")
    return scans.largest_piece(surface.meshed(style, n, rng, f"{world}-body{number}"))


def random_animal(world: World, number: int, seed: int = 0, *, family: str = "quadruped") -> Placed:
    """Creature `number` of a world, of a built-in family, meshed on its own."""
    rng = rng_of(world, family, number, seed)
    made = random_creature(
        family, rng, int(np.exp(rng.uniform(np.log(2200), np.log(7000)))), variety=rng.uniform(0.5, 1.5)
    )
    shape = Shape(made.shape.vertices, made.shape.faces, f"{world}-{family}{number}")
    return Placed(shape, made.canonical, family_named(family).flesh.normals(made.canonical), family)


def scanned(placed: Placed, rng: np.random.Generator) -> Placed:
    """A body as a scanner sees it: contacts glued, noise, some holes, some cuts, other units and axes."""
    placed = scans.glued(placed)
    placed = scans.noisy(placed, rng, rng.uniform(0.05, 0.35))
    if rng.random() < 0.7:
        placed = scans.holed(placed, rng, int(rng.integers(2, 10)), rng.uniform(0.02, 0.06))
    if rng.random() < 0.3:
        placed = scans.cut(placed, rng, 1)
    return scans.elsewhere(placed, rng)


def body_pairs(world: World, count: int, seed: int = 0, *, group: str = "bodies") -> Iterator[WorldPair]:
    """Pairs of bodies in hard poses, each of its own build and mesh.

    Parameters
    ----------
    group   "bodies"; "scans": both as scanned; "template": a standing body and a scan; "parts": a cut one and a whole;
            "views": one depth view and a whole; "clouds": one of the two without faces; "apes": a hunched body with
            long arms and a person.
    """
    for i in range(count):
        rng = rng_of(world, group, i, seed)
        a, b = (random_body(world, 2 * i + side, seed, ape=side == 0 and group == "apes") for side in (0, 1))
        if group == "scans":
            a, b = scanned(a, rng), scanned(b, rng)
        elif group == "template":
            a, b = random_body(world, 2 * i, seed, wild=0.2), scanned(b, rng)
        elif group == "parts":
            a = scans.cut(a, rng, 2)
        elif group == "views":
            a = scans.elsewhere(scans.seen(a, rng), rng, upright=True)
        elif group == "clouds":
            a = scans.cloud(a, rng)
        yield _pair(f"{world} {group}", a, b)


def animal_pairs(world: World, count: int, seed: int = 0, *, family: str = "quadruped") -> Iterator[WorldPair]:
    """Pairs of built-in creatures of one family, of other builds and poses."""
    for i in range(count):
        a, b = (random_animal(world, 2 * i + side, seed, family=family) for side in (0, 1))
        yield _pair(f"{world} {family}s", a, b)


def _pair(group: str, a: Placed, b: Placed) -> WorldPair:
    return WorldPair(group, a.shape, b.shape, true_places(a, b), true_places(a, b, symmetric=True))


@lru_cache(maxsize=1)
def body_template() -> Placed:
    """The mean body at rest, on its own mesh: places at rest are places on it."""
    made = bodies()
    shape = Shape(made.rest, made.faces, "body at rest")
    return Placed(shape, made.rest, vertex_normals(shape), "body")

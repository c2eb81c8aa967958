"""Equations on shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geomlearn as gl

_SIZE = (1500, 480)


def _cat(n: int = 2500) -> gl.Mesh:
    return gl.read(f"builtin:quadruped-cat-stand@{n}")


def _frames(
    path: Path, shape: gl.Mesh, field: gl.Field, which: tuple[int, ...], digits: str = ".2g", **look: Any
) -> None:
    shown = {f"t = {field.times[i]:{digits}}": field.values[i] for i in which}
    gl.render(shape, fields=shown, path=path, size=_SIZE, **look)


def poisson(path: Path) -> None:
    """A source that grows from the tail to the head, and its potential."""
    cat = _cat()
    source = cat.vertices[:, 2] - (cat.vertices[:, 2] @ gl.laplacian(cat).mass) / cat.area
    gl.render(
        cat,
        fields={"source": source, "potential": gl.solve("poisson", cat, initial=source)},
        path=path,
        size=(1300, 600),
    )


def heat(path: Path) -> None:
    """A warm spot, spreading."""
    cat = _cat()
    _frames(path, cat, gl.solve("heat", cat, vertex=0), (2, 10, 25, 50))


def wave(path: Path) -> None:
    """A pulse that runs over a sphere."""
    sphere = gl.read("builtin:icosphere@5000")
    front = int((sphere.vertices @ (0.5, 0.5, 1.0)).argmax())
    field = gl.solve("wave", sphere, vertex=front, radius=0.3, duration=1.6)
    _frames(path, sphere, field, (0, 16, 32), limits=(-0.5, 0.5), colormap="balance")


def advect(path: Path) -> None:
    """A spot carried around a torus."""
    torus = gl.read("builtin:torus@4000")
    field = gl.solve("advect", torus, vertex=int(torus.vertices[:, 1].argmin()), duration=3)
    third = field.n_frames // 3
    _frames(path, torus, field, (0, third, 2 * third), up="z", limits=(0.0, 0.5), colormap="ember")


def allen_cahn(path: Path) -> None:
    """Noise that separates into two phases, whose borders shorten."""
    cat = _cat()
    _frames(path, cat, gl.solve("allen-cahn", cat, seed=3), (0, 8, -1))


def gray_scott(path: Path) -> None:
    """The same equation with two rates of feeding and killing."""
    cat = _cat(5000)
    ways = {"stripes": (0.037, 0.06), "spots": (0.03, 0.062)}
    shown = {
        name: gl.solve("gray-scott", cat, duration=4000, spacing=0.06, feed=feed, kill=kill).frame(-1)["v"]
        for name, (feed, kill) in ways.items()
    }
    gl.render(cat, fields=shown, path=path, size=(1300, 600))

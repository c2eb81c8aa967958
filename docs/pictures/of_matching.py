"""Correspondences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plots

import geomlearn as gl

_SIZE = (1300, 560)


def _read(name: str, n: int = 2500) -> gl.Mesh:
    return gl.read(f"builtin:quadruped-{name}@{n}")


def functional_map(path: Path) -> None:
    """|C| of a map between two poses, found from descriptors: near a diagonal, since poses are nearly isometric."""
    found = gl.match(_read("cat-stand", 1500), _read("cat-gallop", 1500), k_end=60)
    plots.fields(
        path, {"|C|, 30 modes": np.abs(found.fmap_ab[:30, :30]), "|C|, 60 modes": np.abs(found.fmap_ab)}, "magma_r"
    )


def zoomout(path: Path) -> None:
    """The map after growing from 20 modes to 40, to 80 and to 140."""
    a, b = _read("cat-stand"), _read("cat-leap")
    shown = {f"{k} modes": gl.match(a, b, method="zoomout", k_end=k).push(a.vertices[:, 0]) for k in (40, 80, 140)}
    gl.render(b, fields=shown, path=path, size=(1500, 480), colormap="balance")


def match(path: Path) -> None:
    """Each point of a cat in the colour of its image on a horse, with nothing given but the two meshes."""
    gl.render(gl.match(_read("cat-stand"), _read("horse-stand")), path, size=_SIZE)


def learned_features(path: Path) -> None:
    """Two bipeds of other builds, matched by features that were learned on free shapes."""
    a, b = gl.read("builtin:biped-tall-walk@2500"), gl.read("builtin:biped-strong-stand@2500")
    gl.render(gl.match(a, b, method="learned"), path, size=_SIZE)


def registration(path: Path) -> None:
    """The left half of a cat, laid on the whole of another pose."""
    whole = _read("cat-stand")
    part = _left(_read("cat-walk"))
    gl.render(gl.match(part, whole, method="registration"), path, size=_SIZE)


def _left(shape: gl.Mesh) -> gl.Mesh:
    kept = np.flatnonzero(shape.vertices[:, 0] > np.quantile(shape.vertices[:, 0], 0.45))
    position = np.full(shape.n_vertices, -1)
    position[kept] = np.arange(len(kept))
    faces = position[shape.faces]
    return gl.Mesh(shape.vertices[kept], faces[(faces >= 0).all(axis=1)])


def diffumatch(path: Path) -> None:
    """Two animals of different builds, matched with the prior over maps."""
    found = gl.match(_read("cat-leap", 1500), _read("horse-walk", 1500), method="diffumatch", steps=0)
    gl.render(found, path, size=_SIZE)


def sparse_transport(path: Path) -> None:
    """Plans between points of a line: from one source to each target to a few."""
    from geomlearn.matching.sparse_transport import SparseTransportOptions
    from geomlearn.matching.sparse_transport import sparse_transport as transport

    rng = np.random.default_rng(0)
    sources, targets = np.sort(rng.random(40)), np.sort(rng.random(40) ** 2)
    cost = (sources[:, None] - targets) ** 2
    shown = {}
    for k in (1, 4, 16):
        plan = transport(cost, options=SparseTransportOptions(k=k, gamma=0.05)).value.matrix
        shown[f"k = {k}"] = plan.toarray()
    plots.fields(path, shown, "magma_r")

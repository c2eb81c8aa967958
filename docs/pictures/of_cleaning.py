"""Before and after each step of cleaning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import geomlearn as gl
from geomlearn.shapes.shape import Shape


def _cat(n: int = 2500) -> gl.Mesh:
    return gl.read(f"builtin:quadruped-cat-stand@{n}")


def _beside(path: Path, before: Shape, after: Shape, captions: tuple[str, str], **look: Any) -> None:
    """Two shapes in one picture."""
    from geomlearn.app.figures.child import write_figure
    from geomlearn.app.figures.figure import Figure, Panel

    panels = tuple(
        Panel(shape, colors=shape.colors, caption=words) for shape, words in zip((before, after), captions, strict=True)
    )
    write_figure(path, Figure(panels, size=(1300, 560), **look))


def _counted(shape: Shape) -> str:
    return f"{shape.n_faces:,} faces" if not shape.is_cloud else f"{shape.n_vertices:,} points"


def outlier_gap(path: Path) -> None:
    """A scan with fifty strays: the largest gap between sorted distances to neighbours parts them from the rest."""
    from geomlearn.shapes.cleaning.outliers import drop_outliers

    cat, rng = _cat(), np.random.default_rng(0)
    low, high = cat.vertices.min(axis=0), cat.vertices.max(axis=0)
    strays = low + (high - low) * (2 * rng.random((50, 3)) - 0.5)
    scan = gl.Cloud(np.vstack([cat.vertices, strays]))
    after = drop_outliers(scan).shape
    _beside(path, scan, after, (_counted(scan), _counted(after)))


def islands(path: Path) -> None:
    """A clump apart from the rest, found by the gap in the spectrum of the neighbour graph."""
    from geomlearn.shapes.cleaning.islands import drop_islands

    cat, rng = _cat(), np.random.default_rng(0)
    low, high = cat.vertices.min(axis=0), cat.vertices.max(axis=0)
    clump = low + (high - low) * (0.3, 1.25, 0.5) + 0.03 * np.ptp(cat.vertices) * rng.standard_normal((120, 3))
    scan = gl.Cloud(np.vstack([cat.vertices, clump]))
    after = drop_islands(scan).shape
    _beside(path, scan, after, (_counted(scan), _counted(after)))


def hole_filling(path: Path) -> None:
    """A hole in the haunch, and the patch that continues the surface."""
    from geomlearn.shapes.cleaning.holes.fill import fill

    cat = _cat(4000)
    middle = cat.vertices[cat.vertices[:, 0].argmax()]
    near = np.linalg.norm(cat.vertices - middle, axis=1) < 0.09 * np.ptp(cat.vertices, axis=0).max()
    torn = gl.Mesh(cat.vertices, cat.faces[~near[cat.faces].any(axis=1)])
    used = np.unique(torn.faces)
    position = np.full(cat.n_vertices, -1)
    position[used] = np.arange(len(used))
    torn = gl.Mesh(cat.vertices[used], position[torn.faces])
    after = fill(torn).shape
    _beside(path, torn, after, (_counted(torn), _counted(after)), eye=(1.0, 0.4, 0.5))


def smoothing(path: Path) -> None:
    """Noise of a fifth of an edge goes; size and volume stay."""
    from geomlearn.shapes.cleaning.smoothing import smooth

    cat, rng = _cat(4000), np.random.default_rng(0)
    edge = np.sqrt(2 * cat.area / cat.n_faces)
    rough = gl.Mesh(cat.vertices + 0.2 * edge * rng.standard_normal(cat.vertices.shape), cat.faces)
    _beside(path, rough, smooth(rough).shape, ("noisy", "smoothed"))


def decimation(path: Path) -> None:
    """The same cat with a tenth of the faces, kept where the form needs them."""
    from geomlearn.shapes.cleaning.resampling import decimate

    cat = _cat(5000)
    after = decimate(cat, n_faces=1000).shape
    _beside(path, cat, after, (_counted(cat), _counted(after)))


def remeshing(path: Path) -> None:
    """Vertices of a squeezed mesh, spread evenly."""
    from geomlearn.shapes.cleaning.resampling import remesh

    cat = _cat(4000)
    after = remesh(cat, n_vertices=1200).shape
    _beside(path, cat, after, (_counted(cat), _counted(after)))


def poisson_surface(path: Path) -> None:
    """A surface through three thousand points with normals."""
    from geomlearn.shapes.cleaning.reconstruction import reconstruct
    from geomlearn.shapes.normals import vertex_normals

    cat = _cat(4000)
    scan = gl.Cloud(cat.vertices).replace(normals=vertex_normals(cat))
    after = reconstruct(scan).shape
    _beside(path, scan, after, (_counted(scan), _counted(after)))

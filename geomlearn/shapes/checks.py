"""One check of a shape that speaks plainly. What it finds, `repair` mends as far as it can be mended."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from geomlearn.shapes.cautions import connections
from geomlearn.shapes.cloud_checks import cloud_findings
from geomlearn.shapes.describe import ShapeInfo, describe
from geomlearn.shapes.findings import MOST_EXAMPLES, Finding, Report, Severity, found
from geomlearn.shapes.quality import degenerate
from geomlearn.shapes.repair import Repaired, duplicate_faces, repair
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.topology import Topology, inside_out
from geomlearn.shapes.welding import weld

__all__ = ["Finding", "Repaired", "Report", "Severity", "ShapeInfo", "check", "describe", "repair"]

_SMALL, _LARGE = 1e-3, 1e3


def check(shape: Shape) -> Report:
    """Look for everything that spoils spectral bases, correspondences and fields.

    Indices out of range and vertices without finite coordinates cannot be in a `Shape`: reading refuses the first and
    drops the second, and its sentences are among the findings.
    """
    findings = [*_reading(shape), *_extent(shape), *_duplicate_vertices(shape)]
    if not shape.is_cloud:
        findings += [*_faces(shape), *_connections(shape)]
    else:
        findings += cloud_findings(shape)
    gravity = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    return Report(shape.name, tuple(sorted(findings, key=lambda finding: gravity[finding.severity])))


def _reading(shape: Shape) -> Iterator[Finding]:
    for sentence in shape.warnings:
        yield Finding("reading", 1, sentence, Severity.NOTE)
    for word in ("normals", "colors"):
        values = getattr(shape, word)
        if values is not None and not np.isfinite(values).all():
            bad = ~np.isfinite(values).all(axis=1)
            yield found(f"non-finite {word}", bad, "of the vertices", "vertex", repairable=True)


def _extent(shape: Shape) -> Iterator[Finding]:
    diagonal = shape.diagonal
    if diagonal == 0:
        yield Finding("no extent", 1, "All vertices lie in one point.", Severity.ERROR)
    elif not _SMALL <= diagonal <= _LARGE:
        size = "small" if diagonal < _SMALL else "large"
        yield Finding(
            "units",
            1,
            f"The bounding box's diagonal is {diagonal:.3g}: very {size} units; lengths in options are in the same.",
            Severity.NOTE,
        )
    if shape.is_cloud and diagonal > 0 and _is_line(shape.vertices):
        yield Finding("no area", shape.n_vertices, "Its points lie on a line and span no area.", Severity.ERROR)
    if shape.is_cloud and shape.n_vertices < 4:
        yield Finding("few points", shape.n_vertices, "Fewer than four points make no surface.", Severity.ERROR)


def _is_line(points: np.ndarray) -> bool:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool((spread[1:] <= 1e-6 * spread[0]).all())


def _duplicate_vertices(shape: Shape) -> Iterator[Finding]:
    origin, _ = weld(shape.vertices)
    if len(origin) < shape.n_vertices:
        again = np.ones(shape.n_vertices, bool)
        again[origin] = False
        effect = "" if shape.is_cloud else "; the surface may be cut along them"
        yield found("duplicate vertices", again, f"each in the place of another{effect}", "vertex", repairable=True)


def _faces(shape: Shape) -> Iterator[Finding]:
    flat = degenerate(shape.vertices, shape.faces)
    if flat.all():
        yield Finding("no area", shape.n_faces, "No face has an area.", Severity.ERROR)
    elif flat.any():
        yield found("degenerate faces", flat, "without area", "face", repairable=True)
    again = duplicate_faces(shape.faces)
    if again.any():
        yield found("duplicate faces", again, "each with the corners of another", "face", repairable=True)
    unused = np.bincount(shape.faces.reshape(-1), minlength=shape.n_vertices) == 0
    if unused.any():
        yield found("unreferenced vertices", unused, "in no face", "vertex", repairable=True)


def _connections(shape: Shape) -> Iterator[Finding]:
    topology = Topology(shape.faces, shape.n_vertices)
    crowded = topology.faces_per_edge > 2
    if crowded.any():
        what = "each in more than two faces; the robust Laplacian accepts them"
        yield found("non-manifold edges", crowded, what, "edge", topology.edges)
    # Where an edge is crowded its ends are as well: only the vertices that are not explained so are told.
    pinched = topology.fans_per_vertex > 1
    pinched[topology.edges[crowded].reshape(-1)] = False
    if pinched.any():
        yield found("non-manifold vertices", pinched, "where surfaces meet in a point", "vertex")
    _, turn, orientable = topology.sheets
    if not orientable.all():
        count = int((~orientable).sum())
        patches = "piece is" if count == 1 else "pieces are"
        yield Finding("not orientable", count, f"{count} connected {patches} one-sided, like a Möbius strip.")
    if turn.any():
        what = "turned against the faces beside them"
        yield found("inconsistently oriented faces", turn, what, "face", repairable=True)
    wrong = inside_out(shape.vertices, topology)
    if wrong.any():
        first = np.unique(topology.sheets[0], return_index=True)[1]
        yield found("pieces inside out", wrong, "closed, with faces that look inwards", "face", first, repairable=True)
    held = connections(shape, topology)
    if held.is_soup:
        sentence = f"It is {held.n_loose:,} loose triangles, no two of which share a vertex: no surface."
        mended = len(weld(shape.vertices)[0]) < shape.n_vertices
        yield Finding("loose triangles", held.n_loose, sentence, Severity.ERROR, repairable=mended)
    elif len(held.slit):
        sentence = f"The surface is slit along {len(held.slit):,} edges whose vertices are doubled."
        examples = held.slit[:MOST_EXAMPLES]
        yield Finding("slit edges", len(held.slit), sentence, Severity.WARNING, "edge", examples, repairable=True)
    if topology.n_components > 1:
        sizes = np.bincount(topology.face_components)
        share = 100 * sizes.max() / shape.n_faces
        # One example vertex per piece, so that a viewer can visit them.
        first = np.unique(topology.face_components, return_index=True)[1][:MOST_EXAMPLES]
        sentence = f"It has {topology.n_components} separate pieces; the largest holds {share:.0f} % of the faces."
        yield Finding("components", topology.n_components, sentence, Severity.WARNING, "face", first)

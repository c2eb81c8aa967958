"""The work of `geomlearn demo`: two creatures, a basis, a map, its error, heat; as files and as figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geomlearn.app.cli.values import mode_values
from geomlearn.app.cli.verbs.matching.evaluate import builtin_truth
from geomlearn.app.cli.verbs.shapes.correspondences import correspondence_panels
from geomlearn.app.figures.figure import Figure, Panel, Values
from geomlearn.matching.options import MatchOptions
from geomlearn.operators.fields.options import HeatOptions
from geomlearn.spectral.options import EigenbasisOptions

if TYPE_CHECKING:
    from geomlearn.core.progress import Progress
    from geomlearn.core.results import Result
    from geomlearn.matching.evaluation import Evaluation, Truth
    from geomlearn.matching.prepared import ShapeMatch
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.shapes.shape import Shape
    from geomlearn.spectral.basis import Basis

# Different numbers of vertices, so that every file fits one of the two shapes only.
A, B = "builtin:biped-average-walk@3000", "builtin:biped-average-wave@3200"
K, MODE = 64, 5
# Two poses of one body need no long search for a first map.
MATCH = MatchOptions(method="bijective-zoomout", n_candidates=2)


@dataclass(frozen=True, eq=False)
class Story:
    """What the demo computed, from first to last; the map leads from A to B, the basis and the heat are A's."""

    a: Shape
    b: Shape
    basis: Basis
    match: Result[ShapeMatch]
    truth: Truth
    measured: Evaluation
    heat: Result[FieldSeries]

    @property
    def heat_frame(self) -> int:
        """The moment shown: late enough to have spread, early enough to see from where."""
        return len(self.heat.value.times) // 2


def compute(progress: Progress) -> Story:
    """Walk the whole way."""
    from geomlearn.matching.evaluation import evaluate_map
    from geomlearn.matching.match import match_shapes
    from geomlearn.operators.fields.solve import solve
    from geomlearn.shapes.load import load_shape
    from geomlearn.spectral.eigenbasis import eigenbasis

    progress(0.0, "two creatures")
    a, b = load_shape(A), load_shape(B)
    progress(0.15, "spectral basis")
    basis = eigenbasis(a, EigenbasisOptions(k=K), progress.part(0.15, 0.2))
    match = match_shapes(a, b, MATCH, progress=progress.part(0.2, 0.8))
    progress(0.8, "error of the map")
    truth = builtin_truth(A, B)
    measured = evaluate_map(match.value.map_ab, truth, b, max_points=0, progress=progress.part(0.8, 0.9))
    # From the chest, heat reaches arms, legs and head.
    height = a.vertices[:, 1].max()
    chest = int(np.linalg.norm(a.vertices - (0, 0.72 * height, 0.1 * height), axis=1).argmin())
    heat = solve("heat", a, HeatOptions(vertex=(chest,)), progress=progress.part(0.9, 1.0))
    return Story(a, b, basis, match, truth, measured, heat)


def write(folder: Path, story: Story, *, force: bool) -> None:
    """Every result as a file, each with its metadata."""
    from geomlearn.matching.io.functional_maps import write_fmap
    from geomlearn.matching.io.maps import write_map
    from geomlearn.operators.fields.field_files import write_field
    from geomlearn.shapes.io import write_shape
    from geomlearn.spectral.basis_files import write_basis

    match = story.match.value
    write_shape(folder / "a.ply", story.a, force=force)
    write_shape(folder / "b.ply", story.b, force=force)
    write_basis(folder / "basis.npz", story.basis, story.a, force=force)
    write_map(folder / "map.txt", match.map_ab, match.metadata, force=force)
    write_fmap(folder / "fmap.npz", match.fmap_ab, match.metadata, force=force)
    names = {name: match.metadata[name] for name in ("source", "target", "direction", "n_source", "n_target")}
    write_map(folder / "truth.txt", story.truth.points_b, {**names, "method": "exact"}, force=force)
    write_field(folder / "heat.npz", story.heat.value, story.a, force=force)


def figures(story: Story) -> Mapping[str, Figure]:
    """The four pictures, by file name."""
    mode = mode_values(story.basis.evals, story.basis.evecs, MODE)
    errors = Values(story.measured.errors, "error of the map", "100 × geodesic distance / √area")
    series = story.heat.value
    heat = Values(series.frame(story.heat_frame)["u"], f"heat at t = {series.times[story.heat_frame]:.4g}")
    return {
        "mode.png": Figure((Panel(story.a, values=mode),)),
        "match.png": Figure(correspondence_panels(story.a, story.b, story.match.value.map_ab)),
        "error.png": Figure((Panel(story.a, values=errors),)),
        "heat.png": Figure((Panel(story.a, values=heat),)),
    }

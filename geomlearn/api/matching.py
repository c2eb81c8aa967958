"""Correspondence between two shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.api.calls import as_progress, gathered, takes
from geomlearn.core.errors import SizeMismatch
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import ShapeMatch
from geomlearn.shapes.exchange import as_shape

if TYPE_CHECKING:
    from geomlearn.matching.evaluation import Evaluation
    from geomlearn.shapes.shape import Shape


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Match(ShapeMatch):
    """A correspondence between two shapes, with the story of its computation.

    Attributes
    ----------
    map_ab (n_a,)  for each vertex of A an index on B;  map_ba (n_b,) the other way.
    fmap_ab (k, k) carries coefficients in `basis_a` to coefficients in `basis_b`; fmap_ba (k, k) the other way.
    scores         how good the map looks without ground truth, each with a sentence; `summary` has all of them.
    verdict        good, doubtful or bad, with a predicted error and the probability that it is within 5.
    shape_a, shape_b   the two shapes.
    status, sentence, history, stats   as in `Result`.
    """

    shape_a: Shape
    shape_b: Shape
    status: Status
    sentence: str
    history: tuple[Mapping[str, float], ...]
    stats: Mapping[str, Any]

    def pull(self, values_b: np.ndarray) -> np.ndarray:
        """What lives on B, (n_b,) or (n_b, c), on A: (n_a,) or (n_a, c); NaN where A has no partner on B.

        Raises
        ------
        SizeMismatch   there is not one value per vertex of B.
        """
        return _carried(_per_vertex(values_b, self.shape_b), self.partial_ab)

    def push(self, values_a: np.ndarray) -> np.ndarray:
        """What lives on A, (n_a,) or (n_a, c), on B: (n_b,) or (n_b, c); NaN where B has no partner on A.

        Raises
        ------
        SizeMismatch   there is not one value per vertex of A.
        """
        return _carried(_per_vertex(values_a, self.shape_a), self.partial_ba)

    @property
    def summary(self) -> str:
        """How good the map looks, in sentences, the verdict first; no ground truth is used."""
        first = [] if self.verdict is None else [self.verdict.sentence]
        return " ".join([*first, *(score.sentence for score in self.scores)])

    def save(self, path: str | PathLike[str], *, index_base: int = 0, force: bool = False) -> Path:
        """Write the map: npz, mat and h5 hold map_ab, map_ba, fmap_ab and fmap_ba; txt, csv, npy, map and vts map_ab.

        Raises
        ------
        FormatError   maps are not written as this suffix.
        GeomError     the file exists and `force` is false.
        """
        from geomlearn.core.arrays import write_arrays
        from geomlearn.matching.io.maps import ARRAY_SUFFIXES, write_map

        if Path(path).suffix.lower() in ARRAY_SUFFIXES and index_base in (0, 1):
            maps = {"map_ab": self.partial_ab, "map_ba": self.partial_ba}
            arrays = {name: np.where(one < 0, one, one + index_base) for name, one in maps.items()}
            arrays |= {"fmap_ab": self.fmap_ab, "fmap_ba": self.fmap_ba}
            return write_arrays(path, arrays, {**self.metadata, "index_base": index_base}, force=force)
        return write_map(path, self.partial_ab, self.metadata, index_base=index_base, force=force)

    def __repr__(self) -> str:
        return f"Match {self.shape_a.name} → {self.shape_b.name}, {len(self.map_ab)} vertices. {self.summary}"

    def _repr_html_(self) -> str:
        from geomlearn.shapes.display import html

        b = self.shape_b.vertices
        colors = (b - b.min(axis=0)) / np.maximum(np.ptp(b, axis=0), np.finfo(float).tiny)
        return html(repr(self), (self.shape_a, np.nan_to_num(self.pull(colors))), (self.shape_b, colors))


def _per_vertex(values: np.ndarray, shape: Shape) -> np.ndarray:
    values = np.asarray(values)
    if len(values) != shape.n_vertices:
        raise SizeMismatch(
            f"{len(values)} values for the {shape.n_vertices} vertices of {shape.name}.",
            "pull takes values of B, push those of A.",
        )
    return values


def _carried(values: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Values at the images, NaN for those that are -1."""
    if (images >= 0).all():
        return values[images]
    found = values[images].astype(float)
    found[images < 0] = np.nan
    return found


@takes(MatchOptions)
def match(
    a: Any,
    b: Any,
    options: MatchOptions | None = None,
    *,
    landmarks: np.ndarray | None = None,
    progress: Progress | Callable[[float, str], None] | None = None,
    **settings: Any,
) -> Match:
    """Find which point of B each point of A corresponds to, and the other way round.

    Parameters
    ----------
    a, b        meshes or clouds, in any units and poses; or whatever `as_shape` takes.
    options     all options in one object; keywords win over it.
    landmarks   (l, 2) known pairs: vertex of A, vertex of B.
    progress    called as ``progress(fraction, note)``.

    Raises
    ------
    ParameterError   an option is unknown, out of range or of another method.
    SizeMismatch     landmarks are not (l, 2) indices of the shapes.
    MeshError        a shape has no area.
    """
    from geomlearn.matching.match import match_shapes

    a, b = as_shape(a), as_shape(b)
    chosen = gathered(MatchOptions, options, settings)
    result = match_shapes(a, b, chosen, landmarks=landmarks, progress=as_progress(progress))
    found = {name: getattr(result.value, name) for name in ShapeMatch.__dataclass_fields__}
    story = {name: getattr(result, name) for name in ("status", "sentence", "history", "stats")}
    return Match(**found, **story, shape_a=a, shape_b=b)


def evaluate(
    found: Match, truth: np.ndarray | str | PathLike[str], *, max_points: int = 1000, seed: int = 0
) -> Evaluation:
    """How far a map is from the true one, in 100 × geodesic distance / √area.

    Parameters
    ----------
    truth        (n_a,) for each vertex of A the true one of B; or a file of it, or two lists "a.vts,b.vts".
    max_points   at most so many points, drawn by `seed`, since each costs a geodesic field; 0 takes all.

    Raises
    ------
    SizeMismatch   the truth refers to vertices that are not there.
    FormatError    its file is missing or damaged.
    """
    from geomlearn.matching.evaluation import Truth, evaluate_map, read_truth

    if isinstance(truth, str | PathLike):
        known = read_truth(str(truth), found.shape_a.n_vertices, found.shape_b.n_vertices)
    else:
        known = Truth(np.arange(found.shape_a.n_vertices), np.asarray(truth))
    return evaluate_map(found.map_ab, known, found.shape_b, max_points=max_points, seed=seed)

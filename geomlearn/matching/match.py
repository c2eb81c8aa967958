"""From two shapes to a correspondence, without ground truth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.core.threads import n_threads
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import Prepared, ShapeMatch, assembled
from geomlearn.matching.registration.registration import K_MAP
from geomlearn.matching.scores import ORIENTATION_MODES, TORN
from geomlearn.matching.strategies.problem import Clock, MatchProblem
from geomlearn.matching.strategies.solvers import SOLVERS
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

# Well-spread vertices on which first maps are found and judged.
COARSE_SAMPLES = 1500
# Bases of shapes up to this many vertices are computed at the same time.
SMALL = 20_000
# Modes beyond a sixth of the vertices belong to the mesh, not to the shape.
VERTICES_PER_MODE = 6


def prepare(
    shape: Shape,
    options: MatchOptions = MatchOptions(),  # noqa: B008 (frozen)
    *,
    basis: Basis | None = None,
    progress: Progress = SILENT,
) -> Prepared:
    """A shape made ready to be matched with many others, by the same options.

    Parameters
    ----------
    basis   its basis where it is at hand, from an earlier call (`raw`); computed when None.

    Raises
    ------
    MeshError   the shape has no area.
    """
    fitted, _ = _clamped(options, shape)
    basis = eigenbasis(shape, _basis_options(fitted), progress, cache=False) if basis is None else basis
    return Prepared(shape, basis, COARSE_SAMPLES)


def match_shapes(
    shape_a: Shape | Prepared,
    shape_b: Shape | Prepared,
    options: MatchOptions = MatchOptions(),  # noqa: B008 (frozen)
    *,
    landmarks: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Result[ShapeMatch]:
    """Find which point of B each point of A corresponds to, and the other way round.

    Parameters
    ----------
    shape_a, shape_b  meshes or clouds, in any units and any poses, with different numbers of vertices; what `prepare`
                      made of them saves the time it took.
    landmarks (l, 2)  known pairs: vertex of A, vertex of B.
    progress          reports; once a first map is there, cancelling hands over the best so far.

    Returns
    -------
    Result[ShapeMatch]   history of the refinement; stats hold `candidates` (best first), `time_s` by stage, `notes`.

    Raises
    ------
    ParameterError   `k_solve` is more than a shape has vertices; `k_end` is lowered to a sixth of them and noted.
    SizeMismatch     landmarks are not (l, 2) indices of the shapes.
    MeshError        a shape has no area.
    Cancelled        before there was any map.

    Use when …   whole shapes deform into each other with little stretch: poses of a body, animals of a kind.
    Avoid when … they are joined differently (hands glued to hips); where one is a part of the other, use the method
                 `registration`.
    Source   Ovsjanikov et al. 2012; Ren et al. 2018, arXiv 1806.04455; Melzi et al. 2019, arXiv 1904.07865.
    Differs  1. Several first maps are grown a little on few samples, the best of them cut back and grown again, and
                the one nearest to an isometry, among those that keep orientation, is cut back and refined.
             2. Vertices in no face take the match of the vertex nearest in space.
    """
    given = shape_a, shape_b
    shape_a, shape_b = (one.whole if isinstance(one, Prepared) else one for one in given)
    landmarks = _checked_landmarks(landmarks, shape_a, shape_b)
    options, notes = _clamped(options, shape_a, shape_b)
    clock = Clock()
    a, b = _ready(*given, options, progress.part(0.0, 0.4))
    clock.lap("bases")
    pairs = np.stack([a.stand_in[landmarks[:, 0]], b.stand_in[landmarks[:, 1]]], axis=1)
    work = MatchProblem(a, b, pairs, options, notes, clock)
    # BLAS and torch take turns here, and the threads of either spin while the other works: together they took more
    # than twice as long on two cores as torch's alone.
    with threadpool_limits(1, user_api="blas"):
        refined, story = SOLVERS[options.method](work, progress.part(0.4, 0.95))
        clock.lap("maps")
        notes.extend(work.doubts)
        match = assembled(a, b, refined.value, options.method, options.model_dump(), work.candidates)
        energy = match.scores.dirichlet_energy.value
        verdict = work.verdict(refined.value, energy)
    match = replace(match, verdict=verdict)
    clock.lap("scores")
    stats = {**refined.stats, "time_s": clock.laps, **story, "notes": [*refined.stats.get("notes", ()), *notes]}
    status, sentence = refined.status, " ".join([refined.sentence, *notes])
    if status is Status.CONVERGED and (verdict.word == "bad" or energy >= TORN):
        status, sentence = Status.STALLED, f"The map that was reached is not to be trusted. {sentence}"
    return Result(match, status, sentence, refined.history, stats)


def _clamped(options: MatchOptions, *shapes: Shape) -> tuple[MatchOptions, list[str]]:
    """Options that the smaller shape can bear."""
    smallest = min(shapes, key=lambda shape: shape.n_vertices)
    n = smallest.n_vertices
    if options.k_solve > n:
        raise ParameterError(
            f"k_solve = {options.k_solve} modes exceed the {n} vertices of {smallest.name}.",
            f"Use at most {max(2, n // VERTICES_PER_MODE)}.",
        )
    most = max(2, n // VERTICES_PER_MODE)
    wanted = max(options.k_end, options.k_solve)
    changes = {"k_end": min(wanted, most), "k_solve": min(options.k_solve, most)}
    notes = []
    if most < wanted and options.method != "registration":
        notes.append(f"{smallest.name} has only {n} vertices: the map stops at {most} modes, a sixth of them.")
    changes["k_descriptors"] = max(5, min(options.k_descriptors, n // 3))
    return options.model_copy(update=changes), notes


def _ready(
    a: Shape | Prepared, b: Shape | Prepared, options: MatchOptions, progress: Progress
) -> tuple[Prepared, Prepared]:
    k = _n_modes(options)
    if isinstance(a, Prepared) and isinstance(b, Prepared):
        return a.truncated(k), b.truncated(k)
    shapes = [one.whole if isinstance(one, Prepared) else one for one in (a, b)]
    bases = _bases(shapes[0], shapes[1], options, progress)
    first, second = (Prepared(shape, basis, COARSE_SAMPLES) for shape, basis in zip(shapes, bases, strict=True))
    return first, second


def _basis_options(options: MatchOptions) -> EigenbasisOptions:
    return EigenbasisOptions(k=_n_modes(options), laplacian=options.laplacian, seed=options.seed)


def _bases(a: Shape, b: Shape, options: MatchOptions, progress: Progress) -> tuple[Basis, Basis]:
    """Small ones beside each other: their solves are too short for several threads to share."""
    settings = _basis_options(options)
    if max(a.n_vertices, b.n_vertices) > SMALL or n_threads() == 1:
        return eigenbasis(a, settings, progress.part(0.0, 0.5)), eigenbasis(b, settings, progress.part(0.5, 1.0))
    beside = Progress(is_cancelled=lambda: progress.cancelled)
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(1) as other:
        basis_b = other.submit(eigenbasis, b, settings, beside)
        return eigenbasis(a, settings, progress), basis_b.result()


def _n_modes(options: MatchOptions) -> int:
    """Of each shape: as many as the map ends with and descriptors are made of."""
    k = max(options.k_end, options.k_descriptors)
    if options.method == "registration":
        # It goes by vertices: modes are for the matrix it hands over and for the scores.
        k = min(k, max(K_MAP, ORIENTATION_MODES))
    return k


def _checked_landmarks(landmarks: np.ndarray | None, a: Shape, b: Shape) -> np.ndarray:
    if landmarks is None:
        return np.zeros((0, 2), np.int64)
    landmarks = np.asarray(landmarks)
    if landmarks.ndim != 2 or landmarks.shape[1] != 2 or landmarks.dtype.kind not in "iu":
        raise SizeMismatch(
            f"Landmarks have shape {landmarks.shape}.", "Give (l, 2) integers: vertex of A, vertex of B."
        )
    for column, shape in enumerate((a, b)):
        bad = landmarks[(landmarks[:, column] < 0) | (landmarks[:, column] >= shape.n_vertices), column]
        if len(bad):
            raise SizeMismatch(
                f"Landmark {bad[0]} is no vertex of {shape.name}, which has {shape.n_vertices} counted from 0.",
                "Check the order of the columns and whether the file counts from 1.",
            )
    return landmarks

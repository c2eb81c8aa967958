"""All steps that were asked for, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.shapes.cleaning.cleaned import Cleaned
from geomlearn.shapes.cleaning.frame import rescale, turn_up
from geomlearn.shapes.cleaning.holes.fill import fill
from geomlearn.shapes.cleaning.islands import drop_islands
from geomlearn.shapes.cleaning.options import CleanOptions
from geomlearn.shapes.cleaning.orientation import orient
from geomlearn.shapes.cleaning.outliers import drop_outliers
from geomlearn.shapes.cleaning.pieces import keep_largest, weld_vertices
from geomlearn.shapes.cleaning.reconstruction import reconstruct
from geomlearn.shapes.cleaning.resampling import decimate, remesh, subsample
from geomlearn.shapes.cleaning.smoothing import smooth
from geomlearn.shapes.shape import Shape

Step = Callable[[Shape], Cleaned]


def clean(shape: Shape, options: CleanOptions | None = None, progress: Progress = SILENT) -> Cleaned:
    """The shape after the steps that `options` asks for, in their order.

    Raises
    ------
    ParameterError   no step was asked for.
    MeshError        a step has no meaning on the shape, or would leave nothing of it.
    DeviceError      the library of a step is not installed.
    """
    steps = steps_of(options or CleanOptions())
    if not steps:
        raise ParameterError("No step of cleaning was asked for.", "Name one, such as outliers, weld or fill.")
    done = Cleaned.nothing(shape)
    for i, (name, step) in enumerate(steps):
        progress(i / len(steps), name)
        done = done.then(step(done.shape))
    if done.shape.n_vertices == 0:
        raise MeshError(f"Nothing of {shape.name} is left.", "Ask for less.")
    progress(1.0)
    return done


def steps_of(o: CleanOptions) -> list[tuple[str, Step]]:
    """The steps asked for, each a function of a shape."""
    table: list[tuple[str, object, Step]] = [
        ("scale", o.scale, partial(rescale, scale=o.scale)),
        ("up", o.up, partial(turn_up, up=o.up)),
        ("weld", o.weld, partial(weld_vertices, tolerance_rel=o.weld_tolerance_rel)),
        ("outliers", o.outliers, partial(drop_outliers, rule=o.outlier_rule, neighbours=o.neighbours, sigma=o.sigma)),
        ("islands", o.islands, drop_islands),
        ("largest", o.largest, partial(keep_largest, pieces=o.largest)),
        ("subsample", o.subsample, partial(subsample, n_points=o.subsample)),
        ("normals", o.normals, orient),
        ("reconstruct", o.reconstruct, partial(reconstruct, depth=o.depth, trim=o.trim)),
        ("fill", o.fill, partial(fill, most_edges=o.fill_edges)),
        ("smooth", o.smooth, partial(smooth, detail_rel=o.smooth)),
        ("remesh", o.remesh, partial(remesh, n_vertices=o.remesh)),
        ("decimate", o.decimate, partial(decimate, n_faces=o.decimate)),
    ]
    return [(name, step) for name, asked, step in table if asked]

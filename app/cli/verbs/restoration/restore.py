"""`geomlearn restore`: fields, bodies and images with a prior that was learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, flat
from geomlearn.app.cli.terminal import Terminal, number
from geomlearn.restoration.options import RestoreOptions

if TYPE_CHECKING:
    from geomlearn.core.progress import Progress
    from geomlearn.core.results import Result
    from geomlearn.restoration.prior import Prior

_DEFAULTS = RestoreOptions()
Op = Literal["none", "mask", "blur", "sensors"]


def restore(
    file: Annotated[str, Parameter(help="Fields, a mesh, or images: what the prior is one of.", metavar="FILE")],
    /,
    *,
    output: Output,
    prior: Annotated[Path, Parameter(help="A prior of `train lpn`, or shipped:bodies, shipped:fields.")],
    op: Annotated[
        Op, Parameter(help="What happened to it: noise alone, a part missing, a blur, a few sensors.")
    ] = "none",
    at: Annotated[
        Path | None,
        Parameter(help="Places that are known, by number or truth value. Of fields, what is not NaN if absent."),
    ] = None,
    width: Annotated[float, Parameter(help="blur: its standard deviation, in the unit of the shape, or pixels.")] = 1.0,
    sigma: Annotated[
        float | None, Parameter(help="none: the noise, at most that of training, which is meant if absent.")
    ] = None,
    options: Annotated[RestoreOptions, flat(RestoreOptions, "Options of mask, blur and sensors")] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Restore fields, bodies and images with a learned prior.

    Noise alone takes one proximal map. The rest is solved in turns of data
    and prior, whose objective and certificate are told. R, the prior's
    value, says how unlike its examples a result is.
    """
    from geomlearn.app.cli.exits import CANCELLED, DONE
    from geomlearn.core.results import Status
    from geomlearn.restoration.prior import load_prior

    terminal = common.terminal()
    if op == "sensors" and at is None:
        raise UsageError("Which sensors are there?", "Give their places: --at places.npy.")
    learned = load_prior(prior)
    work = {"fields": _fields, "bodies": _body, "images": _images}[learned.kind]
    result, scores = work(file, learned, output, (op, at, width, sigma), options, force, terminal)
    if result.status is Status.CANCELLED:
        return CANCELLED
    last = result.history[-1]["objective"] if result.history else None
    sure = {True: "sure to converge", False: "not sure to converge: outside the theorem"}[result.stats["certified"]]
    terminal.rows(
        {
            "prior": f"R = {number(float(np.mean(scores)))}" + (f", mean of {len(scores)}" if len(scores) > 1 else ""),
            "objective": None if last is None else f"{number(result.history[0]['objective'])} → {number(last)}",
            "certificate": sure,
            "status": f"{result.status}. {result.sentence}",
        }
    )
    facts = {**result.stats, "scores": scores.tolist(), "status": str(result.status), "history": result.history}
    terminal.finish({"file": file, "output": output, "op": op, **facts})
    return DONE


def _restored(
    prior: Prior,
    signals: np.ndarray,
    what: tuple[Op, Path | None, float, float | None],
    options: RestoreOptions,
    progress: Progress,
) -> Result[np.ndarray]:
    from geomlearn.app.cli.verbs.restoration.examples import read_places
    from geomlearn.restoration.signals import denoised, restore_blurred, restore_part

    op, at, width, sigma = what
    if op == "none":
        return denoised(prior, signals, sigma)
    if op == "blur":
        return restore_blurred(prior, signals, width, options, progress=progress)
    known = np.isfinite(signals).all(0) if at is None else read_places(at, prior.subspace.n)
    return restore_part(prior, signals, known, options, sensors=op == "sensors", progress=progress)


def _fields(
    file: str, prior: Prior, output: Path, what: Any, options: RestoreOptions, force: bool, terminal: Terminal
) -> tuple[Result[np.ndarray], np.ndarray]:
    from geomlearn.operators.fields.field_files import WRITABLE, read_field, write_field
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.shapes.shape import Shape

    output = claim(output, WRITABLE, "Fields", force=force)
    series = read_field(file)
    _check_place(file, prior)
    values = series.values if series.values.ndim == 2 else series.values[:, :, 0]
    with terminal.progress("restoring") as progress:
        result = _restored(prior, values, what, options, progress)
    shape = None
    if prior.vertices is not None and prior.faces is not None:
        shape = Shape(prior.vertices, prior.faces, name="shape")
    about = {"method": "lpn", "op": what[0], "source": Path(file).name}
    write_field(output, FieldSeries(series.times, result.value, ("u",), about), shape, force=force)
    terminal.wrote(output, f"{len(values)} fields")
    return result, prior.score(result.value)


def _check_place(file: str, prior: Prior) -> None:
    """A field that brings its shape must bring that of the prior."""
    from geomlearn.core.arrays import read_arrays

    if Path(file).suffix.lower() == ".pvd":
        return
    arrays, _ = read_arrays(file)
    if "vertices" in arrays and "faces" in arrays:
        prior.check_shape(np.asarray(arrays["vertices"], float), np.asarray(arrays["faces"]))


def _body(
    file: str, prior: Prior, output: Path, what: Any, options: RestoreOptions, force: bool, terminal: Terminal
) -> tuple[Result[np.ndarray], np.ndarray]:
    from geomlearn.app.cli.verbs.restoration.examples import read_places
    from geomlearn.restoration.placing import placed
    from geomlearn.restoration.signals import restore_bodies
    from geomlearn.shapes.io import WRITABLE, write_shape
    from geomlearn.shapes.shape import Shape

    op, at, _, sigma = what
    output = claim(output, WRITABLE, "Shapes", force=force)
    shape = load(file, terminal)
    prior.check_shape(shape.vertices, shape.faces)
    if op == "blur" or (op == "mask" and at is None):
        raise UsageError(
            "Bodies are not blurred." if op == "blur" else "Which vertices are known?",
            "Use --op mask --at places.npy, or no --op for noise.",
        )
    known = None if at is None or op == "none" else read_places(at, shape.n_vertices)
    with terminal.progress("restoring") as progress:
        result = restore_bodies(
            prior, shape.vertices[None], known, options, sensors=op == "sensors", sigma=sigma, progress=progress
        )
    about = {"method": "lpn", "op": op, "source": Path(file).name}
    write_shape(output, Shape(result.value[0], shape.faces, shape.name), metadata=about, force=force)
    terminal.wrote(output, f"{shape.n_vertices:,} vertices")
    mean = prior.subspace.mean.reshape(-1, 3)
    return result, prior.score(placed(result.value, mean)[0].reshape(1, -1))


def _images(
    file: str, prior: Prior, output: Path, what: Any, options: RestoreOptions, force: bool, terminal: Terminal
) -> tuple[Result[np.ndarray], np.ndarray]:
    from geomlearn.app.cli.verbs.restoration.examples import read_images
    from geomlearn.core.arrays import write_arrays

    output = claim(output, (".npz",), "Images", force=force)
    images = read_images(Path(file))
    with terminal.progress("restoring") as progress:
        result = _restored(prior, images.reshape(len(images), -1), what, options, progress)
    about = {"method": "lpn", "op": what[0], "source": Path(file).name}
    write_arrays(output, {"images": result.value.reshape(len(images), *images.shape[1:])}, about, force=force)
    terminal.wrote(output, f"{len(images)} images")
    return result, prior.score(result.value)

"""`geomlearn train lpn`: a prior that denoises, restores, and can be read as a number."""

# No postponed annotations here: the signature carries the option models.

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import number, shown
from geomlearn.restoration.options import LpnOptions, LpnTraining

_NETWORK, _TRAINING = LpnOptions(), LpnTraining()


def lpn(
    *,
    data: Annotated[
        Path,
        Parameter(help="Fields (f, n) with --shape; a folder of meshes of one connectivity; or images (f, h, h)."),
    ],
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="Prior to write, .safetensors.")],
    shape: Annotated[str | None, Parameter(help="The shape of the fields.", show_default=False)] = None,
    modes: Annotated[
        int | None, Parameter(help="Eigenfunctions that fields are written in, 32; directions of bodies, 64.")
    ] = None,
    network: Annotated[LpnOptions, flat(LpnOptions, "Options of the network")] = _NETWORK,
    training: Annotated[LpnTraining, flat(LpnTraining, "Options of training")] = _TRAINING,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Learn a prior from clean examples, on noise of its own.

    The network is the gradient of a convex function, and therefore exactly
    the proximal map of some prior R: `restore` uses the map, and tells R.
    """
    from geomlearn.app.cli.exits import CANCELLED, DONE
    from geomlearn.core.results import Status

    terminal = common.terminal()
    output = claim(output, (".safetensors",), "A prior", force=force)
    result = _learn(data, shape, modes, network, training, terminal)
    prior = result.value
    facts: dict[str, Any] = {"kind": prior.kind, "status": str(result.status), "data": data.name, **result.stats}
    prior.facts |= {"data": data.name, "shape": shape or ""}
    if result.status is Status.CANCELLED:
        terminal.say("Stopped: no prior is written.")
        return CANCELLED
    prior.save(output, force=force)
    terminal.wrote(output, f"{number(sum(p.numel() for p in prior.network.parameters()))} parameters")
    terminal.rows(
        {
            "noise": f"{number(prior.sigma)} in the unit of the values",
            "error": f"{number(result.stats['error'])} left of it on {prior.facts['held_out']} examples kept apart",
            "outside": f"{number(prior.subspace.rest)} a value is in no coordinate",
            "status": f"{result.status}. {result.sentence}",
        }
    )
    terminal.next(f"geomlearn restore FILE --prior {shown(output)} -o OUT")
    terminal.finish({"output": output, **facts, "history": result.history})
    return DONE


def _learn(
    data: Path, shape: str | None, modes: int | None, network: LpnOptions, training: LpnTraining, terminal: Any
) -> Any:
    from geomlearn.app.cli.verbs.restoration.examples import holds_bodies, read_bodies, read_images
    from geomlearn.core.files import absolute, existing_file
    from geomlearn.operators.fields.field_files import read_field
    from geomlearn.restoration.learning import learn_body_prior, learn_field_prior, learn_image_prior

    data = absolute(data)
    data = data if data.is_dir() else existing_file(data)
    if shape is not None:
        place, values = load(shape, terminal), read_field(data).values
        values = values[:, :, 0] if values.ndim == 3 else values
        terminal.title("lpn", f"{len(values)} fields on {place.name}")
        with terminal.progress("learning the prior") as progress:
            return learn_field_prior(place, values, modes or 32, network, training, progress=progress)
    if data.is_dir() or (data.suffix == ".npz" and holds_bodies(data)):
        with terminal.progress("reading bodies") as progress:
            vertices, faces = read_bodies(data, progress)
        terminal.title("lpn", f"{len(vertices)} bodies of {vertices.shape[1]:,} vertices")
        with terminal.progress("learning the prior") as progress:
            return learn_body_prior(vertices, faces, modes or 64, network, training, progress=progress)
    images = read_images(data)
    terminal.title("lpn", f"{len(images)} images of {images.shape[1]} × {images.shape[2]}")
    with terminal.progress("learning the prior") as progress:
        return learn_image_prior(images, network, training, progress=progress)

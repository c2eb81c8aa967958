"""`geomlearn train eigenbasis`: learn the bases of many shapes at once."""

# No postponed annotations here: the signature carries the option models.

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import Field

from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.app.cli.verbs.learning.train.runs import (
    Model,
    Resume,
    claim_run,
    close,
    of_training,
    run_facts,
    run_words,
)
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.results import Result
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.spectral.learned_eigenbasis.options import DataOptions, NetworkOptions, ProbeOptions, SamplingOptions


class EigenbasisTrainingOptions(TrainingOptions):
    """The training loop's options, with the defaults that suit bases."""

    epochs: int = Field(default=40, ge=1, le=100_000, description="Passes over the samplings.")
    batch_size: int = Field(
        default=8,
        ge=1,
        le=65_536,
        description="Samplings per step, over all processes.",
        json_schema_extra={"unit": "clouds"},
    )
    learning_rate: float = Field(default=2e-3, gt=0, le=10, description="Peak learning rate.")


_TRAINING = EigenbasisTrainingOptions()
_DATA, _SAMPLING, _PROBES, _NETWORK = DataOptions(), SamplingOptions(), ProbeOptions(), NetworkOptions()


def eigenbasis(
    *,
    data: Annotated[
        tuple[Path, ...], Parameter(help="Folders with meshes or point clouds.", metavar="DIR", negative="")
    ] = (),
    output: Model,
    resume: Resume = False,
    shapes: Annotated[DataOptions, flat(DataOptions, "Options of the data")] = _DATA,
    sampling: Annotated[SamplingOptions, flat(SamplingOptions, "Options of the samplings")] = _SAMPLING,
    probes: Annotated[ProbeOptions, flat(ProbeOptions, "Options of the probes")] = _PROBES,
    network: Annotated[NetworkOptions, flat(NetworkOptions, "Options of the network")] = _NETWORK,
    training: Annotated[EigenbasisTrainingOptions, of_training(EigenbasisTrainingOptions)] = _TRAINING,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Learn the spectral bases of many shapes, for `basis --learned`.

    Every shape is sampled many times, evenly and unevenly, and warped; the
    network learns to reconstruct random functions on the samplings.
    """
    from geomlearn.operators.training.loop import train
    from geomlearn.spectral.learned_eigenbasis.amortised.model import EigenbasisModel, save_eigenbasis_model
    from geomlearn.spectral.learned_eigenbasis.amortised.task import EigenbasisTask

    terminal = common.terminal()
    target, run = claim_run(output, force=force, resume=resume)
    learned, judged = _shapes(data, shapes, terminal)
    with terminal.progress("samplings") as progress:
        task = EigenbasisTask(learned, judged, network, sampling, probes, progress)
    counts = f"{len(learned)} shapes to learn from, {len(judged)} to judge by"
    terminal.title("eigenbasis", counts)
    with terminal.progress("training the eigenbasis") as progress:
        result = train(task, training, run, resume=resume, progress=progress)
    facts = _facts(data, shapes, sampling, task, result, training)
    model = EigenbasisModel(result.value, task.probes, target.stem, facts)
    return close(
        terminal,
        result,
        target,
        run,
        facts,
        {**_errors_in_words(facts), **run_words(result, run)},
        save=lambda path, over: save_eigenbasis_model(path, model, force=over),
        force=force or resume,
        about=f"{number(facts['parameters'])} parameters",
        following=f"geomlearn basis FILE --learned {shown(target)} -o basis.npz",
    )


def _shapes(folders: tuple[Path, ...], options: DataOptions, terminal: Terminal) -> tuple[list[Any], list[Any]]:
    """Shapes to learn from and to judge by; numbers of generated ones go on where those before end."""
    from geomlearn.core.folders import files_in
    from geomlearn.shapes.io import READABLE
    from geomlearn.shapes.load import load_shape
    from geomlearn.spectral.learned_eigenbasis.amortised.training_shapes import generated_shape

    found = []
    for folder in folders:
        if not folder.expanduser().is_dir():
            raise FormatError(f"{folder} is no folder.", "Give a folder with meshes or point clouds.")
        for path in files_in(folder.expanduser(), below=True):
            if path.suffix.lower() not in READABLE:
                continue
            try:
                found.append(load_shape(path))
            except GeomError as error:
                terminal.warn((f"{path.name} is left out: {error.message}",))
    n_judged = len(found) // 10 if not options.generated_valid else 0
    n = options.generated + options.generated_valid
    with terminal.progress("shapes") as progress:
        made = []
        for index in range(n):
            progress(index / n, f"shape {index + 1} of {n}")
            made.append(generated_shape(index))
    return [*found[n_judged:], *made[: options.generated]], [*found[:n_judged], *made[options.generated :]]


def _facts(
    folders: tuple[Path, ...],
    shapes: DataOptions,
    sampling: SamplingOptions,
    task: Any,
    result: Result[Any],
    training: TrainingOptions,
) -> dict[str, Any]:
    return {
        "data": [folder.name for folder in folders],
        "shapes": shapes.model_dump(mode="json"),
        "sampling": sampling.model_dump(mode="json"),
        **run_facts(task, result, training),
    }


def _errors_in_words(facts: dict[str, Any]) -> dict[str, str]:
    found = facts["validation"]
    return {
        f"span of the first {j}": f"{1 - found[f'miss_{j}']:.3f} of the probes' own, on other shapes"
        for j in (10, 20)
        if f"miss_{j}" in found
    }

"""`geomlearn train prior`: learn what true functional maps look like, for `match --method diffumatch`."""

# No postponed annotations here: the signature carries the option models.

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import Field

from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import number, shown
from geomlearn.app.cli.verbs.learning.train.runs import (
    Model,
    Resume,
    claim_run,
    close,
    of_training,
    run_facts,
    run_words,
)
from geomlearn.core.results import Result
from geomlearn.matching.diffumatch.options import DenoiserOptions, MapSetOptions
from geomlearn.operators.training.options import TrainingOptions


class PriorTrainingOptions(TrainingOptions):
    """The training loop's options, with the defaults that suit denoising."""

    epochs: int = Field(default=20, ge=1, le=100_000, description="Passes over the maps.")
    batch_size: int = Field(
        default=64,
        ge=1,
        le=65_536,
        description="Maps per step, over all processes.",
        json_schema_extra={"unit": "maps"},
    )
    weight_decay: float = Field(default=0.0, ge=0, le=10, description="Weight decay; coupled (L2) for adam and sgd.")
    ema_decay: float = Field(
        default=0.995,
        ge=0,
        lt=1,
        description="Decay per step of the running average of the weights that is kept; 0 for none.",
    )


_TRAINING = PriorTrainingOptions()
_MAPS, _NETWORK = MapSetOptions(), DenoiserOptions()


def prior(
    *,
    maps: Annotated[Path, Parameter(help="Folder of maps; filled first where it lacks some.", metavar="DIR")],
    output: Model,
    shapes: Annotated[
        Path | None,
        Parameter(help="Fill it from registered shapes: a folder of meshes whose vertices correspond, or of such."),
    ] = None,
    resume: Resume = False,
    generator: Annotated[MapSetOptions, flat(MapSetOptions, "Options of the generator of maps")] = _MAPS,
    network: Annotated[DenoiserOptions, flat(DenoiserOptions, "Options of the network")] = _NETWORK,
    training: Annotated[PriorTrainingOptions, of_training(PriorTrainingOptions)] = _TRAINING,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Learn a prior over functional maps.

    Maps between shapes that the program invents fill the folder first, one
    file per category; what is there stays, so filling can be interrupted.
    With --shapes the maps are those between registered shapes instead.
    """
    import torch

    from geomlearn.matching.diffumatch.maps.files import read_maps
    from geomlearn.matching.diffumatch.prior.prior import MapPrior, save_prior
    from geomlearn.matching.diffumatch.prior.task import PriorTask
    from geomlearn.operators.training.loop import train

    terminal = common.terminal()
    target, run = claim_run(output, force=force, resume=resume)
    with terminal.progress("maps") as progress:
        _fill(maps, shapes, generator, progress)
    learned, judged = (torch.from_numpy(read_maps(maps, split)[0]) for split in ("train", "valid"))
    terminal.title("prior", f"{len(learned)} maps to learn from, {len(judged)} to judge by")
    # The network's start is drawn too.
    torch.manual_seed(training.seed)
    task = PriorTask(learned, judged, network)
    with terminal.progress("training the prior") as progress:
        result = train(task, training, run, resume=resume, progress=progress)
    facts = _facts(maps, shapes, task, result, training)
    found = MapPrior((learned**2).mean(dim=0), result.value, facts)
    return close(
        terminal,
        result,
        target,
        run,
        facts,
        {**_errors_in_words(facts), **run_words(result, run)},
        save=lambda path, over: save_prior(path, found, force=over),
        force=force or resume,
        about=f"{number(facts['parameters'])} parameters",
        following=f"geomlearn prior inspect {shown(target)}",
    )


def _fill(maps: Path, shapes: Path | None, options: MapSetOptions, progress: Any) -> None:
    from geomlearn.matching.diffumatch.maps.generate import generate_maps
    from geomlearn.matching.diffumatch.maps.registered import registered_maps

    if shapes is None:
        generate_maps(maps, options, progress)
    else:
        registered_maps(shapes, maps, options.k, progress)


def _facts(
    maps: Path, shapes: Path | None, task: Any, result: Result[Any], training: TrainingOptions
) -> dict[str, Any]:
    return {
        "maps": maps.name,
        "shapes": shapes.name if shapes else "invented",
        **run_facts(task, result, training),
    }


def _errors_in_words(facts: dict[str, Any]) -> dict[str, str]:
    found = facts["validation"]
    levels = [name.removeprefix("ratio_") for name in found if name.startswith("ratio_")]
    return {
        f"error at noise {level}": f"{found[f'ratio_{level}']:.3f} of the Gaussian denoiser's, on other categories"
        for level in levels
    }

"""`geomlearn train features`: learn what points of bodies and animals look like, for `match --method learned`."""

# No postponed annotations here: the signature carries the option models.

from pathlib import Path
from typing import Annotated

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
from geomlearn.matching.learned.options import FeatureNetOptions
from geomlearn.operators.training.options import TrainingOptions


class FeatureTrainingOptions(TrainingOptions):
    """The training loop's options, with the defaults that suit features."""

    epochs: int = Field(default=30, ge=1, le=100_000, description="Passes over the shapes.")
    batch_size: int = Field(
        default=2, ge=1, le=65_536, description="Shapes per step.", json_schema_extra={"unit": "shapes"}
    )
    learning_rate: float = Field(default=2e-3, gt=0, le=10, description="Peak learning rate.")
    ema_decay: float = Field(
        default=0.99, ge=0, lt=1, description="Decay per step of the running average of the weights; 0 for none."
    )


_TRAINING, _NETWORK = FeatureTrainingOptions(), FeatureNetOptions()


def features(
    *,
    shapes: Annotated[
        Path, Parameter(help="Folder of shapes with their places at rest, one npz each, and templates.", metavar="DIR")
    ],
    output: Model,
    resume: Resume = False,
    start: Annotated[
        Path | None, Parameter(help="Features of the same size and templates to begin from, not at random.")
    ] = None,
    network: Annotated[FeatureNetOptions, flat(FeatureNetOptions, "Options of the network")] = _NETWORK,
    training: Annotated[FeatureTrainingOptions, of_training(FeatureTrainingOptions)] = _TRAINING,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Learn features of surface points.

    `python -m benchmarks worlds folder DIR` fills a folder with bodies and
    animals. What is computed once of each shape is kept in DIR/ready.
    """
    import torch

    from geomlearn.matching.learned.model import load_features, save_features
    from geomlearn.matching.learned.training.examples import read_examples, read_templates
    from geomlearn.matching.learned.training.task import FeatureTask
    from geomlearn.operators.training.loop import train

    terminal = common.terminal()
    target, run = claim_run(output, force=force, resume=resume)
    with terminal.progress("surfaces") as progress:
        templates = read_templates(shapes, network)
        examples = read_examples(shapes, templates, network, progress)
    # The network's start is drawn too.
    torch.manual_seed(training.seed)
    task = FeatureTask(examples, templates, network)
    if start is not None:
        task.begin_from(load_features(start))
    terminal.title("features", f"{task.n_train} shapes to learn from, {task.n_valid} to validate on")
    with terminal.progress("training the features") as progress:
        result = train(task, training, run, resume=resume, progress=progress)
    facts = {
        "shapes": shapes.name,
        "start": start.name if start else "",
        "kinds": list(templates),
        **run_facts(task, result, training),
    }
    found = facts["validation"]
    words = {"mean error": f"{found['error']:.2f}, 100 × distance / √area, on shapes not learned from"} if found else {}
    return close(
        terminal,
        result,
        target,
        run,
        facts,
        {**words, **run_words(result, run)},
        save=lambda path, over: save_features(path, result.value, templates, facts, force=over),
        force=force or resume,
        about=f"{number(facts['parameters'])} parameters",
        following=f"geomlearn match A B --method learned --features {shown(target)} -o map.txt",
    )

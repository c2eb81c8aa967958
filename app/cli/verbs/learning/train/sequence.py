"""`geomlearn train sequence`: learn to name the class of sequences."""

# No postponed annotations here: the signature carries the option models.

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import number
from geomlearn.app.cli.verbs.learning.train.runs import Model, Resume, claim_run, close, of_training, run_words
from geomlearn.operators.sequence.classification.options import (
    ClassifierOptions,
    ClassifierTraining,
    SequenceDataOptions,
)

_DATA = SequenceDataOptions()
_OPTIONS = ClassifierOptions()
_TRAINING = ClassifierTraining()

Data = Annotated[
    str,
    Parameter(
        help="A UCR .ts file, a folder of recordings DIGIT_SPEAKER_TAKE.wav, ListOps .tsv, images in .npz (x, y), "
        "or generated:listops.",
        metavar="DATA",
    ),
]


def sequence(
    *,
    data: Data,
    output: Model,
    resume: Resume = False,
    reading: Annotated[SequenceDataOptions, flat(SequenceDataOptions, "Reading the data")] = _DATA,
    options: Annotated[ClassifierOptions, flat(ClassifierOptions, "Options of the model")] = _OPTIONS,
    training: Annotated[ClassifierTraining, of_training(ClassifierTraining)] = _TRAINING,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Learn to classify sequences with state-space layers.

    `--ssm.init` names the member of the family: s4, s4d-legs, s4d-lin,
    s4d-inv, s4-ptd, s5, s5-ptd. Channels are scaled to mean 0 and standard deviation 1
    over the training sequences; words are embedded.
    """
    target, run = claim_run(output, force=force, resume=resume)
    terminal = common.terminal()

    from geomlearn.operators.sequence.classification.classifier import classify, train_classifier
    from geomlearn.operators.sequence.classification.read import read_labelled
    from geomlearn.operators.sequence.model_files import save_sequence_model

    found = read_labelled(data, reading)
    counts = f"{found.train.n} sequences to learn from, {found.test.n} to judge by, {len(found.train.classes)} classes"
    terminal.title(f"{options.ssm.init} on {found.train.task}", counts)
    with terminal.progress(f"training {options.ssm.init}") as progress:
        result = train_classifier(found, run, options, training, resume=resume, progress=progress)
    last = result.history[-1] if result.history else {}
    accuracy = None if "valid_error" not in last else 1 - last["valid_error"]
    if training.patience:
        # Validation sequences chose the weights; here the test sequences are looked at for the first time.
        accuracy = float((classify(result.value, found.test) == found.test.labels).mean())
    facts = {
        "model": options.ssm.init,
        "data": Path(data).name,
        "task": found.train.task,
        "classes": found.train.classes,
        "n_train": found.train.n,
        "n_test": found.test.n,
        "longest": int(found.train.lengths.max()),
        "parameters": result.value.n_parameters,
        "accuracy": accuracy,
        "status": str(result.status),
        "sentence": result.sentence,
        "reading": reading.model_dump(mode="json"),
        "training": training.model_dump(mode="json"),
    }
    right = None if accuracy is None else f"{100 * accuracy:.1f} % of the test sequences"
    return close(
        terminal,
        result,
        target,
        run,
        facts,
        {"named rightly": right, **run_words(result, run)},
        save=lambda path, over: save_sequence_model(path, result.value, facts, force=over),
        force=force or resume,
        about=f"{number(result.value.n_parameters)} parameters",
    )

"""`geomlearn train lsm|fno|unet|…`: learn an operator from samples."""

# No postponed annotations here: each verb's signature carries the option model of its own kind.

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.app.cli.verbs.learning.train.runs import Change, Model, Resume, claim_run, close, of_training, run_words
from geomlearn.app.cli.verbs.learning.train.self_tuned import refuse_together, train_tuned
from geomlearn.core.options import Options
from geomlearn.core.results import Result
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.operators.training.options import TrainingOptions

_TRAINING = TrainingOptions()
_READING = ReadingOptions()
_KNOWN = Group("What is known of the functions", sort_key=5)

Data = Annotated[Path, Parameter(help="Samples: a folder that `data` made, or a public data set.", metavar="DIR")]
TestSize = Annotated[int | None, Parameter(help="Samples kept for judging, from the end; a fifth when not given.")]


def command_of(key: str, title: str, model: type[Options]) -> Callable[..., int]:
    """The verb that trains one kind of operator; its flags are those of the kind's option model."""
    flags = flat(model, f"Options of {key}")

    def command(
        *,
        data: Data,
        output: Model,
        test_size: TestSize = None,
        stride: Annotated[int, Parameter(help="Of a grid keep every m-th node along each axis.")] = 1,
        normalize: Annotated[
            Literal["channel", "point", "none"],
            Parameter(group=_KNOWN, help="Scale values per channel, per grid node as published for Darcy, or not."),
        ] = "channel",
        rollout: Annotated[
            bool,
            Parameter(
                group=_KNOWN, help="Learn one frame from those before and feed answers back; needs --normalize none."
            ),
        ] = False,
        symmetry: Annotated[
            Literal["none", "mirror", "square"],
            Parameter(
                group=_KNOWN,
                help="Of the equation: train on random images of the samples, mirrored along the first axis of the "
                "grid, or turned and mirrored like a square.",
            ),
        ] = "none",
        equivariance: Annotated[
            Literal["none", "amplitude", "amplitude-offset"],
            Parameter(
                group=_KNOWN,
                help="Of a linear equation: answers follow the amplitude of the input by construction, or also its "
                "offset where the equation leaves constants as they are.",
            ),
        ] = "none",
        self_tune: Annotated[
            str | None,
            Parameter(
                help="Knobs that tune themselves on a fifth of the training samples: dropout,noise,weight_decay; what "
                "they did is written beside the model, .schedule.csv.",
                show_default=False,
            ),
        ] = None,
        follow: Annotated[
            Path | None, Parameter(help="A .schedule.csv of --self-tune to train by.", show_default=False)
        ] = None,
        resume: Resume = False,
        change: Change = False,
        reading: Annotated[ReadingOptions, flat(ReadingOptions, "Reading data of one's own")] = _READING,
        options: Options = model(),  # noqa: B008 (frozen)
        training: Annotated[TrainingOptions, of_training(TrainingOptions)] = _TRAINING,
        force: Force = False,
        common: Common = SPEECH,
    ) -> int:
        resume = resume or change
        target, run = claim_run(output, force=force, resume=resume)
        settings: dict[str, Any] = {
            "options": options,
            "training": training,
            "normalization": normalize,
            "rollout": rollout,
            "symmetry": symmetry,
            "equivariance": equivariance,
            "resume": resume,
            "change": change,
        }
        held = (test_size, reading, stride)
        if self_tune is not None or follow is not None:
            refuse_together(self_tune, follow, resume, training)
            settings |= {"words": self_tune, "follow": follow}
            return train_tuned(key, data, (target, run), held, settings, force=force, terminal=common.terminal())
        return _train(key, data, target, run, held, settings, force=force, terminal=common.terminal())

    command.__annotations__["options"] = Annotated[model, flags]
    command.__doc__ = f"{title}. {model.__doc__}"
    return command


def _train(
    key: str,
    path: Path,
    output: Path,
    run: Path,
    held: tuple[int | None, ReadingOptions, int],
    settings: dict[str, Any],
    *,
    force: bool,
    terminal: Terminal,
) -> int:
    from geomlearn.operators.data.description import described, fingerprint, understood
    from geomlearn.operators.data.files import read_all
    from geomlearn.operators.data.samples import Dataset, split
    from geomlearn.operators.models.learning import train_operator
    from geomlearn.operators.models.model_files import save_operator

    test_size, reading, stride = held
    found = read_all(path, reading)
    data_key = fingerprint(*((found.train, found.test) if isinstance(found, Dataset) else (found,)))
    found = found if isinstance(found, Dataset) else split(found, test_size)
    samples = found.coarsened(stride)
    counts = f"{samples.train.n_samples} samples to learn from, {samples.test.n_samples} to judge by"
    terminal.title(f"{key} on {path.name}", counts)
    halves = found.train, found.test
    terminal.rows({"read": described(*halves), "as": understood(*halves)})
    with terminal.progress(f"training {key}") as progress:
        result = train_operator(key, samples, run, progress=progress, **settings)
    facts = _facts(key, path, samples, result, settings)
    facts |= {"fingerprint": data_key, "read": described(*halves), "reading": reading.model_dump()}
    return close(
        terminal,
        result,
        output,
        run,
        facts,
        {**_errors_in_words(facts), **run_words(result, run)},
        save=lambda path, over: save_operator(path, result.value, facts, force=over),
        force=force or settings["resume"],
        about=f"{number(result.value.n_parameters)} parameters",
        following=f"geomlearn evaluate-operator {shown(output)} --data {shown(path)}",
    )


def _facts(key: str, path: Path, samples: Any, result: Result[Any], settings: dict[str, Any]) -> dict[str, Any]:
    last = result.history[-1] if result.history else {}
    test_error = last.get("valid_relative_l2")
    watched = {}
    if settings["training"].patience:
        from geomlearn.operators.models.prediction import evaluate

        # Validation samples chose the weights; here the test samples are looked at for the first time.
        watched = {"validation_error": result.stats["best_error"]}
        test_error = evaluate(result.value, samples.test).mean
    return {
        "model": key,
        "data": path.name,
        "task": samples.train.task,
        "n_train": samples.train.n_samples,
        "n_test": samples.test.n_samples,
        "parameters": result.value.n_parameters,
        "epochs": len(result.history),
        "train_error": last.get("train_loss"),
        "test_error": test_error,
        **watched,
        "status": str(result.status),
        "sentence": result.sentence,
        "symmetry": settings["symmetry"],
        "equivariance": settings["equivariance"],
        "training": settings["training"].model_dump(mode="json"),
    }


def _errors_in_words(facts: dict[str, Any]) -> dict[str, str | None]:
    return {
        name: None if facts.get(key) is None else f"{number(facts[key])} relative L2"
        for name, key in (
            ("error in training", "train_error"),
            ("on validation samples", "validation_error"),
            ("on test samples", "test_error"),
        )
    }

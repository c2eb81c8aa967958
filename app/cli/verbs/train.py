"""`geomlearn train MODEL`: learn an operator from samples."""

# No postponed annotations here: each verb's signature carries the option model of its own kind.

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from app.cli.exits import CANCELLED, DONE
from app.cli.files import claim
from app.cli.flags import SPEECH, Common, Force, flat
from app.cli.terminal import Terminal, number, shown
from geomlearn.core.options import Options
from geomlearn.core.results import Result, Status
from operators.models.table import MODELS
from operators.training.options import TrainingOptions

SUFFIXES = (".safetensors",)
_TRAINING = TrainingOptions()

train = App(
    name="train",
    help="""Learn an operator from samples.

The data is a folder that `data` made, or a file or folder in one of the
public layouts (.h5 .npz .npy .mat .pt). Checkpoints and metrics are kept in
a folder beside the model, MODEL.run; --resume continues there after Ctrl-C
or worse.
""",
    help_format="plaintext",
)

Data = Annotated[Path, Parameter(help="Samples: a folder that `data` made, or a public data set.", metavar="DIR")]
TestSize = Annotated[int | None, Parameter(help="Samples kept for judging, from the end; a fifth when not given.")]


def _add(key: str, title: str, model: type[Options]) -> None:
    def command(
        *,
        data: Data,
        output: Annotated[Path, Parameter(name=("--output", "-o"), help="Model file to write, .safetensors.")],
        test_size: TestSize = None,
        normalize: Annotated[
            Literal["channel", "point", "none"],
            Parameter(help="Scale values per channel, per grid node as published for Darcy, or not."),
        ] = "channel",
        rollout: Annotated[
            bool, Parameter(help="Learn one frame from those before and feed answers back; needs --normalize none.")
        ] = False,
        resume: Annotated[
            bool, Parameter(negative="", show_default=False, help="Continue the run beside the model.")
        ] = False,
        options: Annotated[model, flat(model, f"Options of {key}")] = model(),  # noqa: B008 (frozen)
        training: Annotated[TrainingOptions, flat(TrainingOptions, "Options of training")] = _TRAINING,
        force: Force = False,
        common: Common = SPEECH,
    ) -> int:
        terminal = common.terminal()
        target = claim(output, SUFFIXES, "A model", force=force or resume)
        settings = {
            "options": options,
            "training": training,
            "normalization": normalize,
            "rollout": rollout,
            "resume": resume,
        }
        return _train(key, data, target, test_size, settings, force=force, terminal=terminal)

    command.__doc__ = f"{title}. {model.__doc__}"
    train.command(command, name=key)


def _train(
    key: str,
    path: Path,
    output: Path,
    test_size: int | None,
    settings: dict[str, Any],
    *,
    force: bool,
    terminal: Terminal,
) -> int:
    from operators.data.files import read_dataset
    from operators.models.learning import train_operator
    from operators.models.model_files import save_operator

    run = output.with_suffix(".run")
    if force and not settings["resume"]:
        _clear(run)
    samples = read_dataset(path, test_size)
    counts = f"{samples.train.n_samples} samples to learn from, {samples.test.n_samples} to judge by"
    terminal.title(f"{key} on {path.name}", counts)
    with terminal.progress(f"training {key}") as progress:
        result = train_operator(key, samples, run, progress=progress, **settings)
    facts = _facts(key, path, samples, result, settings)
    if result.status is not Status.CANCELLED:
        save_operator(output, result.value, facts, force=force or settings["resume"])
        terminal.wrote(output, f"{number(result.value.n_parameters)} parameters")
    terminal.rows(_in_words(facts, run))
    if result.status is Status.CANCELLED:
        terminal.say("Continue with the same command and --resume.")
    else:
        terminal.next(f"geomlearn evaluate-operator {shown(output)} --data {shown(path)}")
    terminal.finish({"output": output, "run": run, **facts, "history": result.history})
    return CANCELLED if result.status is Status.CANCELLED else DONE


def _facts(key: str, path: Path, samples: Any, result: Result[Any], settings: dict[str, Any]) -> dict[str, Any]:
    last = result.history[-1] if result.history else {}
    return {
        "model": key,
        "data": path.name,
        "task": samples.train.task,
        "n_train": samples.train.n_samples,
        "n_test": samples.test.n_samples,
        "parameters": result.value.n_parameters,
        "epochs": len(result.history),
        "train_error": last.get("train_loss"),
        "test_error": last.get("valid_relative_l2"),
        "status": str(result.status),
        "sentence": result.sentence,
        "training": settings["training"].model_dump(mode="json"),
    }


def _in_words(facts: dict[str, Any], run: Path) -> dict[str, str | None]:
    errors = {
        name: None if facts[key] is None else f"{number(facts[key])} relative L2"
        for name, key in (("error in training", "train_error"), ("on test samples", "test_error"))
    }
    return {"status": f"{facts['status']}. {facts['sentence']}", **errors, "metrics": shown(run / "metrics.jsonl")}


def _clear(run: Path) -> None:
    """Forget an earlier run: the files this program writes, and nothing else."""
    from operators.training.loop import CHECKPOINT

    for name in (CHECKPOINT, "metrics.jsonl"):
        (run / name).unlink(missing_ok=True)


for _row in MODELS:
    _add(_row.key, _row.title, _row.resolve_options())

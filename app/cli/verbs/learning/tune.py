"""`geomlearn tune MODEL`: compare update rules, learning rates and regularizers under equal time."""

# No postponed annotations here: each verb's signature carries the option model of its own kind.

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from geomlearn.app.cli.exits import CANCELLED, DONE
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal, number, shown, table
from geomlearn.app.cli.verbs.learning.tune_search import draw_and_try, drawn_from
from geomlearn.app.cli.verbs.learning.weights import weights
from geomlearn.core.options import Options
from geomlearn.core.results import Status
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.operators.models.table import MODELS
from geomlearn.operators.training.options import TuningOptions

if TYPE_CHECKING:
    from geomlearn.operators.training.tuning import Trial

_TUNING = TuningOptions()
_READING = ReadingOptions()

tune = App(
    name="tune",
    help="""Compare optimizers, learning rates and regularizers under equal time.

Every combination of the grid trains as long as the others, with a schedule
that ends when its time does. A fifth of the training samples judges; the
test samples are not looked at. Finished trials are kept beside the report,
REPORT.trials; --resume continues there after Ctrl-C or worse.
""",
    help_format="plaintext",
)

Data = Annotated[Path, Parameter(help="Samples: a folder that `data` made, or a public data set.", metavar="DIR")]
Report = Annotated[Path, Parameter(name=("--output", "-o"), help="Report to write, .json.")]
Resume = Annotated[bool, Parameter(negative="", show_default=False, help="Keep the trials there and go on.")]


def _command(key: str, title: str, model: type[Options]) -> Callable[..., int]:
    flags = flat(model, f"Options of {key}")

    def command(
        *,
        data: Data,
        output: Report,
        test_size: Annotated[int | None, Parameter(help="Samples that stay out of it; a fifth when not given.")] = None,
        normalize: Annotated[
            Literal["channel", "point", "none"],
            Parameter(help="Scale values per channel, per grid node as published for Darcy, or not."),
        ] = "channel",
        search: Annotated[
            Literal["grid", "random", "optuna"],
            Parameter(
                help="Try the whole grid for equal time each; or draw between its least and largest rates, at random "
                "or by optuna, which cuts hopeless trials short."
            ),
        ] = "grid",
        trials: Annotated[int, Parameter(help="random, optuna: whole trainings that the search may cost.")] = 12,
        epochs: Annotated[int, Parameter(help="random, optuna: epochs of one training.")] = 50,
        resume: Resume = False,
        reading: Annotated[ReadingOptions, flat(ReadingOptions, "Reading data of one's own")] = _READING,
        options: Options = model(),  # noqa: B008 (frozen)
        tuning: Annotated[TuningOptions, flat(TuningOptions, "The grid"), Parameter(consume_multiple=True)] = _TUNING,
        force: Force = False,
        common: Common = SPEECH,
    ) -> int:
        from geomlearn.operators.data.files import read_dataset

        target = claim(output, (".json",), "A report", force=force or resume)
        samples = read_dataset(data, test_size, reading)
        settings = {"options": options, "normalization": normalize}
        if search != "grid":
            wanted = drawn_from(search, tuning, trials, epochs)
            again = (resume, force)
            return draw_and_try(key, (data, samples), target, wanted, settings, again, common.terminal())
        return _tune(key, (data, samples), target, tuning, settings, (resume, force), common.terminal())

    command.__annotations__["options"] = Annotated[model, flags]
    command.__doc__ = f"{title}. {model.__doc__}"
    return command


def _tune(
    key: str,
    data: tuple[Path, Any],
    output: Path,
    tuning: TuningOptions,
    settings: dict[str, Any],
    again: tuple[bool, bool],
    terminal: Terminal,
) -> int:
    import json

    from geomlearn.app.cli.terminal import jsonable
    from geomlearn.core.files import atomic_path
    from geomlearn.operators.data.samples import split
    from geomlearn.operators.models.learning import operator_task
    from geomlearn.operators.training.tuning import forget_trials
    from geomlearn.operators.training.tuning import tune as compare

    path, samples = data
    resume, force = again
    folder = output.with_suffix(".trials")
    if force and not resume:
        forget_trials(folder)
    inner = split(samples.train)
    combinations = len(tuning.grid())
    terminal.title(
        f"{key} on {path.name}",
        f"{combinations} combinations, {number(tuning.seconds)} s each, {inner.train.n_samples} samples to learn from "
        f"and {inner.test.n_samples} to judge by",
    )
    with terminal.progress(f"tuning {key}") as progress:
        result = compare(
            lambda seed: operator_task(key, inner, seed=seed, **settings),
            tuning,
            folder,
            resume=resume,
            progress=progress,
        )
    _show(result.value, terminal)
    terminal.rows({"status": f"{result.status}. {result.sentence}"})
    report: dict[str, Any] = {
        "model": key,
        "data": path.name,
        "status": str(result.status),
        "sentence": result.sentence,
    }
    report |= {"tuning": tuning.model_dump(mode="json"), "trials": [vars(trial) for trial in result.value]}
    if result.status is Status.CANCELLED:
        terminal.say("Continue with the same command and --resume.")
        terminal.finish(report)
        return CANCELLED
    with atomic_path(output, force=force or resume) as temporary:
        temporary.write_text(json.dumps(jsonable(report), indent=1))
    terminal.wrote(output)
    terminal.next(_train_command(key, path, result.value[0], tuning))
    terminal.finish({"output": output, **report})
    return DONE


def _show(trials: Sequence["Trial"], terminal: Terminal) -> None:
    right = ("learning rate", "error", "± sd", "epochs", "time", "state")
    grid = table("optimizer", "learning rate", "regularizer", "error", "± sd", "epochs", "time", "state", right=right)
    for trial in trials:
        errors = [error for error in trial.errors if error is not None]
        whole = len(errors) == len(trial.errors)
        mean = sum(errors) / len(errors) if whole else 0.0
        spread = (sum((error - mean) ** 2 for error in errors) / len(errors)) ** 0.5 if whole else 0.0
        grid.add_row(
            trial.optimizer,
            "own" if trial.learning_rate is None else number(trial.learning_rate),
            trial.regularizer or "none",
            number(mean) if whole else "diverged",
            number(spread) if whole and len(errors) > 1 else "",
            str(trial.epochs),
            f"{trial.time_s:.1f} s",
            f"{trial.state_bytes / 2**20:.2f} MB",
        )
    terminal.show(grid)


def _train_command(key: str, path: Path, best: "Trial", tuning: TuningOptions) -> str:
    words = [f"geomlearn train {key} --data {shown(path)} -o {key}.safetensors --optimizer {best.optimizer}"]
    words += [] if best.learning_rate is None else [f"--learning-rate {best.learning_rate:g}"]
    words += [f"--regularizer {best.regularizer}"] if best.regularizer else []
    words += [f"--weight-decay {tuning.weight_decay:g} --schedule {tuning.schedule}"]
    return " ".join(words)


for _row in MODELS:
    tune.command(_command(_row.key, _row.title, _row.resolve_options()), name=_row.key)
tune.command(weights, name="weights")

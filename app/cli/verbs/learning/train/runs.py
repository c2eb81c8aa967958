"""What the learners' verbs share: the model to write, the run beside it, and how a run is told."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.exits import CANCELLED, DONE
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import flat
from geomlearn.app.cli.terminal import Terminal, shown
from geomlearn.core.errors import GeomError
from geomlearn.core.locks import locked
from geomlearn.core.results import Result, Status

if TYPE_CHECKING:
    from geomlearn.operators.training.options import TrainingOptions
    from geomlearn.operators.training.task import Task

Model = Annotated[Path, Parameter(name=("--output", "-o"), help="Model file to write, .safetensors.")]
Resume = Annotated[bool, Parameter(negative="", show_default=False, help="Continue the run beside the model.")]
Change = Annotated[
    bool, Parameter(negative="", show_default=False, help="Resume with another optimizer, rate, penalty or length.")
]


def of_training(model: type[TrainingOptions]) -> Parameter:
    """The flags of a training: the five that matter, then the others."""
    first = ("epochs", "batch_size", "optimizer", "learning_rate", "seed")
    return flat(model, "Options of training", first=first, rest="Training in detail")


def claim_run(output: Path, *, force: bool, resume: bool) -> tuple[Path, Path]:
    """The model file to write and the folder of its run, where forcing forgets an earlier one.

    Raises
    ------
    FormatError   the model cannot be written with this suffix.
    GeomError     it exists, and neither `force` nor `resume` is given.
    """
    target = claim(output, (".safetensors",), "A model", force=force or resume)
    run = target.with_suffix(".run")
    if force and not resume:
        _clear(run)
    return target, run


def leads() -> bool:
    """Whether this process writes the model: it is alone, or the first of those that torchrun started."""
    return os.environ.get("RANK", "0") == "0"


def run_words(result: Result[Any], run: Path) -> dict[str, str]:
    """How a run ended, who stepped what, what no penalty reached, and where the metrics are, for the terminal."""
    from geomlearn.operators.training.routing import ROUTING, in_words

    words = {"status": f"{result.status}. {result.sentence}"}
    if routing := result.stats.get("routing"):
        words["stepped by"] = f"{in_words(routing, 'matrices')}; why: {shown(run / ROUTING)}"
    if unpenalized := result.stats.get("unpenalized"):
        words["no penalty"] = " ".join(unpenalized)
    return {**words, "metrics": shown(run / "metrics.jsonl")}


def run_facts(task: Task, result: Result[Any], training: TrainingOptions) -> dict[str, Any]:
    """What every run says of itself: sizes, how far it came, its last validation errors, how it was trained."""
    last = result.history[-1] if result.history else {}
    return {
        "n_train": task.n_train,
        "n_valid": task.n_valid,
        "parameters": sum(weight.numel() for weight in result.value.parameters()),
        "epochs": len(result.history),
        "validation": {name.removeprefix("valid_"): value for name, value in last.items() if "valid_" in name},
        "status": str(result.status),
        "sentence": result.sentence,
        "training": training.model_dump(mode="json"),
        "routing": {row.name: {"kind": row.kind, "why": row.rule} for row in result.stats.get("routing", ())},
        "unpenalized": list(result.stats.get("unpenalized", ())),
    }


def close(
    terminal: Terminal,
    result: Result[Any],
    target: Path,
    run: Path,
    facts: Mapping[str, Any],
    rows: Mapping[str, Any],
    *,
    save: Callable[[Path, bool], Any],
    force: bool,
    about: str,
    following: str = "",
) -> int:
    """Save the model of a run unless it was stopped, tell how it ended, and return the exit code.

    Parameters
    ----------
    facts, rows   what programs and people are told;  about  the model in a few words.
    save          writes the model to a path, over what is there or not; the first of several processes alone does.
    force         whether `target` may be written over.
    following     the command that comes next; a run that was stopped is told how to go on.
    """
    done = result.status is not Status.CANCELLED
    if done and leads():
        target = written(save, target, run, force=force, terminal=terminal)
        terminal.wrote(target, about)
    terminal.rows(rows)
    if done and following:
        terminal.next(following)
    terminal.finish({"output": target, "run": run, **facts, "history": result.history})
    if not done:
        terminal.say("Continue with the same command and --resume.")
    return DONE if done else CANCELLED


def written(save: Callable[[Path, bool], Any], target: Path, run: Path, *, force: bool, terminal: Terminal) -> Path:
    """Write a model where it belongs, or beside that where it cannot be, and say so.

    Raises
    ------
    GeomError   it can be written nowhere; the run still holds it.
    """
    try:
        save(target, force)
        return target
    except GeomError as error:
        fault = error
    for place in (_free_name(target), Path(tempfile.gettempdir()) / _free_name(target).name):
        with suppress(GeomError):
            save(place, False)
            terminal.warn([f"{fault.message} The model lies in {shown(place)} instead."])
            return place
    raise GeomError(
        fault.message, f"The run {shown(run)} holds the model: make room, and give the command with --resume."
    )


def _free_name(path: Path) -> Path:
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(other for other in numbered if not other.exists())


def _clear(run: Path) -> None:
    """Forget an earlier run: the files this program writes, and nothing else."""
    from geomlearn.operators.training.loop import CHECKPOINT
    from geomlearn.operators.training.routing import ROUTING
    from geomlearn.operators.training.watching.live import LIVE
    from geomlearn.operators.training.watching.spectra import SPECTRA

    if not run.is_dir():
        return
    with locked(run):
        for name in (CHECKPOINT, "metrics.jsonl", LIVE, SPECTRA, ROUTING):
            (run / name).unlink(missing_ok=True)

"""`geomlearn train MODEL --self-tune …`: knobs that tune themselves, and trainings by what they found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.app.cli.verbs.learning.train.runs import close

if TYPE_CHECKING:
    from geomlearn.operators.data.reading.options import ReadingOptions
    from geomlearn.operators.training.options import TrainingOptions


def refuse_together(words: str | None, follow: Path | None, resume: bool, training: TrainingOptions) -> None:
    """Say what these trainings cannot do.

    Raises
    ------
    UsageError   both ways at once, going on with a run, or an update rule of its own.
    """
    if words is not None and follow is not None:
        raise UsageError("--self-tune makes a schedule, --follow uses one.", "Give one of the two.")
    if resume:
        raise UsageError("A self-tuned training cannot be resumed.", "Start it anew, with --force.")
    if training.optimizer not in ("adamw", "adam"):
        raise UsageError(f"These trainings step by Adam, not by {training.optimizer}.", "Leave --optimizer out.")


def train_tuned(
    key: str,
    path: Path,
    places: tuple[Path, Path],
    held: tuple[int | None, ReadingOptions, int],
    settings: dict[str, Any],
    *,
    force: bool,
    terminal: Terminal,
) -> int:
    """Train, judge on the test samples once, and write model and schedule."""
    from geomlearn.operators.data.files import read_all
    from geomlearn.operators.data.samples import Dataset, split
    from geomlearn.operators.models.learning import operator_task
    from geomlearn.operators.models.model_files import save_operator
    from geomlearn.operators.models.prediction import evaluate
    from geomlearn.operators.training.self_tuned.run import train_by_schedule, train_self_tuned
    from geomlearn.operators.training.self_tuned.schedule import read_schedule, write_schedule

    test_size, reading, stride = held
    output, run = places
    training, words, follow = settings["training"], settings["words"], settings["follow"]
    schedule = None if follow is None else read_schedule(follow)
    found = read_all(path, reading)
    samples = (found if isinstance(found, Dataset) else split(found, test_size)).coarsened(stride)
    inner = split(samples.train)
    data = replace(samples, train=inner.train, valid=inner.test)
    terminal.title(
        f"{key} on {path.name}", f"{inner.train.n_samples} samples to learn from, {inner.test.n_samples} to tune by"
    )
    with terminal.progress(f"training {key}") as progress:
        kept = ("normalization", "rollout", "symmetry", "equivariance")
        task = operator_task(
            key, data, settings["options"], training.seed, **{name: settings[name] for name in kept}, progress=progress
        )
        result = (
            train_self_tuned(task, words or "", training, run, progress=progress)
            if schedule is None
            else train_by_schedule(task, schedule, training, run, progress=progress)
        )
    facts = {
        "model": key,
        "data": path.name,
        "n_train": inner.train.n_samples,
        "n_valid": inner.test.n_samples,
        "n_test": samples.test.n_samples,
        "validation_error": result.stats["best_error"],
        "test_error": evaluate(result.value, samples.test).mean,
        "self_tuned": result.stats.get("tuned", {}),
        "status": str(result.status),
        "training": training.model_dump(mode="json"),
    }
    rows = {
        "on validation samples": f"{number(facts['validation_error'])} relative L2",
        "on test samples": f"{number(facts['test_error'])} relative L2",
        "knobs": ", ".join(f"{name} {number(value)}" for name, value in facts["self_tuned"].items()) or None,
        "status": f"{result.status}. {result.sentence}",
    }
    if schedule is None:
        beside = write_schedule(output.with_suffix(".schedule.csv"), result.stats["schedule"], force=True)
        terminal.wrote(beside, "what the knobs did")
    return close(
        terminal,
        result,
        output,
        run,
        facts,
        rows,
        save=lambda where, over: save_operator(where, result.value, facts, force=over),
        force=force,
        about=f"{number(result.value.n_parameters)} parameters",
        following=f"geomlearn evaluate-operator {shown(output)} --data {shown(path)}",
    )

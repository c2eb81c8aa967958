"""`geomlearn tune MODEL --search random|optuna`: trials that are drawn, at equal cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from geomlearn.app.cli.exits import CANCELLED, DONE, UsageError
from geomlearn.app.cli.terminal import Terminal, jsonable, number, shown, table

if TYPE_CHECKING:
    from geomlearn.operators.training.options import SearchOptions, TuningOptions


def drawn_from(search: Literal["random", "optuna"], tuning: TuningOptions, trials: int, epochs: int) -> SearchOptions:
    """The search between the ends of a grid.

    Raises
    ------
    UsageError   an option that only a grid has.
    """
    from geomlearn.operators.training.options import SearchOptions, TuningOptions

    plain = TuningOptions()
    for name in ("seconds", "seeds", "regularizer", "schedule", "weight_decay", "device"):
        if getattr(tuning, name) != getattr(plain, name):
            raise UsageError(f"--{name.replace('_', '-')} belongs to --search grid.", "Leave it out.")
    rates = (min(tuning.learning_rate), max(tuning.learning_rate))
    return SearchOptions(
        search=search,
        trials=trials,
        epochs=epochs,
        optimizer=tuning.optimizer,
        learning_rate=rates,
        batch_size=tuning.batch_size,
    )


def draw_and_try(
    key: str,
    data: tuple[Path, Any],
    output: Path,
    options: SearchOptions,
    settings: dict[str, Any],
    again: tuple[bool, bool],
    terminal: Terminal,
) -> int:
    """Search, show the ten best, and write the report; the journal lies in the folder beside it."""
    from geomlearn.core.files import atomic_path
    from geomlearn.core.results import Status
    from geomlearn.operators.data.samples import split
    from geomlearn.operators.models.learning import operator_task
    from geomlearn.operators.training.search import forget_search, search

    path, samples = data
    resume, force = again
    folder = output.with_suffix(".search")
    if force and not resume:
        forget_search(folder)
    inner = split(samples.train)
    terminal.title(
        f"{key} on {path.name}",
        f"{options.search}, {options.trials} trainings of {options.epochs} epochs, {inner.train.n_samples} samples to "
        f"learn from and {inner.test.n_samples} to judge by",
    )
    with terminal.progress(f"tuning {key}") as progress:
        result = search(
            lambda seed: operator_task(key, inner, seed=seed, **settings),
            options,
            folder,
            resume=resume,
            progress=progress,
        )
    grid = table(
        "optimizer", "learning rate", "weight decay", "error", "epochs", right=("learning rate", "error", "epochs")
    )
    for draw in result.value[:10]:
        said = "diverged" if draw.error is None else number(draw.error) + (", cut short" if draw.pruned else "")
        chosen = draw.chosen
        rates = number(chosen["learning_rate"]), number(chosen["weight_decay"])
        grid.add_row(chosen["optimizer"], *rates, said, str(draw.epochs))
    terminal.show(grid)
    terminal.rows({"status": f"{result.status}. {result.sentence}"})
    report: dict[str, Any] = {
        "model": key,
        "data": path.name,
        "status": str(result.status),
        "search": options.model_dump(mode="json"),
    }
    report |= {"trials": [vars(draw) for draw in result.value]}
    if result.status is Status.CANCELLED:
        terminal.say("Continue with the same command and --resume.")
        terminal.finish(report)
        return CANCELLED
    with atomic_path(output, force=force or resume) as temporary:
        temporary.write_text(json.dumps(jsonable(report), indent=1), encoding="utf-8")
    terminal.wrote(output)
    best = result.value[0].chosen
    terminal.next(
        f"geomlearn train {key} --data {shown(path)} -o {key}.safetensors --optimizer {best['optimizer']} "
        f"--learning-rate {best['learning_rate']:g} --weight-decay {best['weight_decay']:g} --epochs {options.epochs}"
    )
    terminal.finish({"output": output, **report})
    return DONE

"""Search for training options as people are used to: at random, or by optuna's estimator with pruning."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import Cancelled, ParameterError, SolverError
from geomlearn.core.extras import require
from geomlearn.core.files import atomic_path
from geomlearn.core.locks import locked
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.training.loop import train
from geomlearn.operators.training.metrics import read_metrics
from geomlearn.operators.training.options import SearchOptions, TrainingOptions
from geomlearn.operators.training.task import Task
from geomlearn.operators.training.watching.live import read_live

JOURNAL = "journal.jsonl"


@dataclass
class Draw:
    """One trial: what was drawn, its error (None: diverged), the epochs it ran, and whether it was cut short."""

    number: int
    chosen: dict[str, Any]
    error: float | None
    epochs: int
    pruned: bool = False
    errors: list[float] = field(default_factory=list)


def search(
    build: Callable[[int], Task],
    options: SearchOptions,
    folder: str | Path,
    *,
    resume: bool = False,
    progress: Progress = SILENT,
) -> Result[list[Draw]]:
    """Draw, train and judge until all epochs are spent; the best comes first.

    Parameters
    ----------
    build    seed ↦ the task with a fresh model; its validation errors choose.
    folder   keeps the journal: a line a trial, and for optuna its own beside it.
    resume   keep the trials there and go on.

    Raises
    ------
    ParameterError   the folder holds trials and `resume` is false, or they are of another search.
    DeviceError      optuna is not installed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        run = _Search(build, options, folder, resume, progress)
        while run.spent() < options.trials * options.epochs:
            if progress.cancelled:
                return Result(run.ranked(), Status.CANCELLED, f"Stopped by hand after {len(run.draws)} trials.")
            try:
                run.next()
            except Cancelled:
                return Result(run.ranked(), Status.CANCELLED, f"Stopped by hand after {len(run.draws)} trials.")
    cut = sum(draw.pruned for draw in run.draws)
    said = f"{len(run.draws)} trials, {run.spent()} epochs" + (f", {cut} cut short." if cut else ".")
    return Result(run.ranked(), Status.LIMIT_REACHED, said)


def forget_search(folder: str | Path) -> None:
    """Remove what `search` keeps in a folder, and nothing else that lies there."""
    folder = Path(folder)
    for name in (JOURNAL, "optuna.log"):
        (folder / name).unlink(missing_ok=True)
    for run in folder.glob("trial-*"):
        shutil.rmtree(run, ignore_errors=True)


class _Search:
    """The trials so far, and where the next comes from."""

    def __init__(
        self, build: Callable[[int], Task], options: SearchOptions, folder: Path, resume: bool, progress: Progress
    ) -> None:
        self.build, self.options, self.folder, self.progress = build, options, folder, progress
        self.draws: list[Draw] = []
        path = folder / JOURNAL
        asked = options.model_dump(mode="json")
        if path.exists():
            if not resume:
                raise ParameterError(f"{folder} holds trials already.", "Continue them with --resume.")
            kept = read_live(path)
            first, rows = kept[:1], kept[1:]
            if first != [asked]:
                raise ParameterError("The trials there are of another search.", "Resume with the same, or start anew.")
            self.draws = [Draw(**row) for row in rows]
        # Written anew: a kill may have cut the last line.
        with atomic_path(path, force=True) as temporary:
            temporary.write_text("".join(json.dumps(row) + "\n" for row in (asked, *map(vars, self.draws))))
        self.study: Any = self._study() if options.search == "optuna" else None

    def _study(self) -> Any:
        optuna = require("optuna", "tune")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        storage = optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(str(self.folder / "optuna.log"))
        )
        return optuna.create_study(
            storage=storage,
            study_name="tune",
            load_if_exists=True,
            sampler=optuna.samplers.TPESampler(seed=self.options.seed + len(self.draws), n_startup_trials=4),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=self.options.epochs // 4),
        )

    def spent(self) -> int:
        """Epochs of all trials, which is what methods have equally many of."""
        return sum(draw.epochs for draw in self.draws)

    def ranked(self) -> list[Draw]:
        return sorted(self.draws, key=lambda draw: np.inf if draw.error is None or draw.pruned else draw.error)

    def next(self) -> None:
        """One trial, written down when it is done."""
        number, options = len(self.draws), self.options
        trial = self.study.ask() if self.study else None
        chosen = self._asked(trial) if trial else self._drawn(number)
        training = TrainingOptions(
            epochs=min(options.epochs, options.trials * options.epochs - self.spent()),
            batch_size=options.batch_size,
            schedule="one-cycle",
            seed=options.seed,
            device="cpu",
            **chosen,
        )
        place = self.folder / f"trial-{number}"
        shutil.rmtree(place, ignore_errors=True)
        watch = _Watch(place, trial, self.progress)
        error, errors = self._error(training, place, watch)
        draw = Draw(number, chosen, error, max(1, len(errors)), watch.pruned, errors)
        if trial is not None:
            self._tell(trial, draw)
        with (self.folder / JOURNAL).open("a") as stream:
            stream.write(json.dumps(vars(draw)) + "\n")
        self.draws.append(draw)
        shutil.rmtree(place, ignore_errors=True)
        self.progress(
            min(1.0, self.spent() / (options.trials * options.epochs)),
            f"trial {number + 1}, best {self.ranked()[0].error or float('nan'):.3g}",
        )

    def _error(self, training: TrainingOptions, place: Path, watch: _Watch) -> tuple[float | None, list[float]]:
        try:
            result = train(self.build(training.seed), training, place, progress=watch.progress)
        except SolverError:
            return None, watch.errors()
        errors = [next(v for name, v in row.items() if name.startswith("valid_")) for row in result.history]
        if result.status is Status.CANCELLED and not watch.pruned:
            raise Cancelled
        return (errors[-1] if errors else None), errors

    def _drawn(self, number: int) -> dict[str, Any]:
        """Draw number so and so, the same whenever it is asked for."""
        random, o = np.random.default_rng([self.options.seed, number]), self.options
        return {
            "optimizer": str(random.choice(o.optimizer)),
            "learning_rate": float(np.exp(random.uniform(*np.log(o.learning_rate)))),
            "weight_decay": float(np.exp(random.uniform(*np.log(o.weight_decay)))),
        }

    def _asked(self, trial: Any) -> dict[str, Any]:
        o = self.options
        return {
            "optimizer": trial.suggest_categorical("optimizer", list(o.optimizer)),
            "learning_rate": trial.suggest_float("learning_rate", *o.learning_rate, log=True),
            "weight_decay": trial.suggest_float("weight_decay", *o.weight_decay, log=True),
        }

    def _tell(self, trial: Any, draw: Draw) -> None:
        state = require("optuna", "tune").trial.TrialState
        if draw.error is None:
            self.study.tell(trial, state=state.FAIL)
        elif draw.pruned:
            self.study.tell(trial, state=state.PRUNED)
        else:
            self.study.tell(trial, draw.error)


class _Watch:
    """Looks at each epoch of a trial as it is written, and cuts hopeless ones short."""

    def __init__(self, place: Path, trial: Any, outer: Progress) -> None:
        self.place, self.trial, self.outer = place, trial, outer
        self.told, self.pruned = 0, False
        self.progress = Progress(None, self._stop)

    def errors(self) -> list[float]:
        """Validation errors of the epochs so far."""
        path = self.place / "metrics.jsonl"
        rows = read_metrics(path) if path.exists() else []
        return [next(v for name, v in row.items() if name.startswith("valid_")) for row in rows]

    def _stop(self) -> bool:
        if self.trial is not None and not self.pruned:
            for epoch, error in list(enumerate(self.errors()))[self.told :]:
                self.trial.report(error, epoch)
                self.told = epoch + 1
                self.pruned = self.pruned or bool(self.trial.should_prune())
        return self.pruned or self.outer.cancelled

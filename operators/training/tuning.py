"""Compare update rules, learning rates and regularizers under equal time."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from geomlearn.core.errors import Cancelled, ParameterError, SolverError
from geomlearn.core.files import atomic_path
from geomlearn.core.locks import locked
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.training.checkpoints import read_checkpoint
from geomlearn.operators.training.loop import CHECKPOINT, train
from geomlearn.operators.training.options import TrainingOptions, TuningOptions
from geomlearn.operators.training.task import Task
from geomlearn.operators.training.watching.live import LIVE, read_live

RESULTS = "trials.json"
_PROBES = 4


@dataclass(frozen=True)
class Trial:
    """One combination: the epochs its time bought, and the errors of its trainings; None where one diverged."""

    optimizer: str
    learning_rate: float | None
    regularizer: str
    epochs: int
    errors: tuple[float | None, ...]
    time_s: float
    state_bytes: int

    @property
    def error(self) -> float:
        """Mean error over seeds; infinite if one diverged."""
        known = [error for error in self.errors if error is not None]
        return float(np.mean(known)) if len(known) == len(self.errors) else float("inf")


def tune(
    build: Callable[[int], Task],
    options: TuningOptions,
    folder: str | Path,
    *,
    resume: bool = False,
    progress: Progress = SILENT,
) -> Result[list[Trial]]:
    """Train every combination of a grid for the same time and put the best first.

    Parameters
    ----------
    build    seed ↦ the task with a fresh model; its validation errors choose, so they must not be those of the test.
    folder   keeps ``trials.json`` and the run in progress.
    resume   keep the trials that are there, and go on with the one that was stopped.

    Returns
    -------
    Trials by mean of the last epoch's first validation error. Each trains for as many whole epochs, at least one, as
    fit into its seconds by the time of a few first steps, so that its schedule ends when its time does.

    Raises
    ------
    ParameterError   the folder holds trials and `resume` is false, or they are of another grid.
    """
    study = _Study(build, options, Path(folder), progress)
    try:
        with locked(folder):
            study.restore(resume)
            for number, training in enumerate(study.grid):
                study.run(number, training)
    except Cancelled:
        done = f"{len(study.trials)} of {len(study.grid)}"
        return Result(study.ranked(), Status.CANCELLED, f"Stopped by hand after {done} combinations.")
    return Result(study.ranked(), Status.LIMIT_REACHED, f"All {len(study.grid)} combinations were tried.")


def forget_trials(folder: str | Path) -> None:
    """Remove what `tune` keeps in a folder, and nothing else that lies there."""
    folder = Path(folder)
    (folder / RESULTS).unlink(missing_ok=True)
    for run in (folder / "probe", *folder.glob("trial-*-*")):
        shutil.rmtree(run, ignore_errors=True)


class _Study:
    """The trials made so far, and where they are kept."""

    def __init__(self, build: Callable[[int], Task], options: TuningOptions, folder: Path, progress: Progress) -> None:
        self.build, self.options, self.folder, self.progress = build, options, folder, progress
        self.grid = options.grid(build(0).n_train)
        self.trials: dict[int, Trial] = {}
        self.epochs: dict[int, int] = {}

    def restore(self, resume: bool) -> None:
        path = self.folder / RESULTS
        if not path.exists():
            return
        if not resume:
            raise ParameterError(f"{self.folder} holds trials already.", "Continue them with --resume.")
        state = json.loads(path.read_text())
        if state["options"] != self.options.model_dump(mode="json"):
            raise ParameterError("The trials there are of another grid.", "Resume with the same grid, or start anew.")
        self.trials = {
            int(key): Trial(**{**row, "errors": tuple(row["errors"])}) for key, row in state["trials"].items()
        }
        self.epochs = {int(key): epochs for key, epochs in state["epochs"].items()}

    def run(self, number: int, training: TrainingOptions) -> None:
        """Try one combination, unless it was tried."""
        if number in self.trials:
            return
        if number not in self.epochs:
            # Written down before training: a resumed trial must not have another length.
            self.epochs[number] = self._affordable(training)
            self._save()
        training = training.replace(epochs=self.epochs[number])
        errors, folders = [], [self.folder / f"trial-{number}-{seed}" for seed in range(self.options.seeds)]
        for seed in range(self.options.seeds):
            place = (number + seed / self.options.seeds) / len(self.grid)
            part = self.progress.part(place, place + 1 / self.options.seeds / len(self.grid))
            errors.append(self._error(training.replace(seed=seed), folders[seed], part))
        gns = training.optimizer == "gns"
        self.trials[number] = Trial(
            training.optimizer,
            None if gns else training.learning_rate,
            training.regularizer,
            training.epochs,
            tuple(errors),
            float(np.mean([_spent(folder) for folder in folders])),
            _state_bytes(folders[0] / CHECKPOINT),
        )
        self._save()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    def ranked(self) -> list[Trial]:
        return sorted(self.trials.values(), key=lambda trial: trial.error)

    def _error(self, training: TrainingOptions, folder: Path, progress: Progress) -> float | None:
        try:
            result = train(self.build(training.seed), training, folder, resume=True, progress=progress)
        except SolverError:
            return None
        if result.status is Status.CANCELLED:
            raise Cancelled
        return next(value for name, value in result.history[-1].items() if name.startswith("valid_"))

    def _affordable(self, training: TrainingOptions) -> int:
        """Whole epochs in the given seconds, by the fastest of a few steps and the time of a validation."""
        folder = self.folder / "probe"
        shutil.rmtree(folder, ignore_errors=True)
        marks: list[float] = []
        stop = Progress(lambda *_: marks.append(time.perf_counter()), lambda: len(marks) > _PROBES)
        task = self.build(0)
        # What diverges so soon has no length worth finding.
        with suppress(SolverError):
            train(task, training.replace(epochs=_PROBES + 1, checkpoint_s=3600.0), folder, progress=stop)
        shutil.rmtree(folder, ignore_errors=True)
        if len(marks) < 2:
            return 1
        batch = torch.arange(min(training.batch_size, task.n_valid))
        start = time.perf_counter()
        with torch.no_grad():
            task.valid_errors(task.model.eval(), batch)
        validation = (time.perf_counter() - start) * task.n_valid / len(batch)
        epoch = min(np.diff(marks)) * (task.n_train // training.batch_size) + validation
        return max(1, round(self.options.seconds / epoch))

    def _save(self) -> None:
        rows = {str(number): asdict(trial) for number, trial in self.trials.items()}
        epochs = {str(number): value for number, value in self.epochs.items()}
        state = {"options": self.options.model_dump(mode="json"), "trials": rows, "epochs": epochs}
        with atomic_path(self.folder / RESULTS, force=True) as temporary:
            temporary.write_text(json.dumps(state))


def _spent(folder: Path) -> float:
    """Seconds of training, over all its sessions."""
    return max((row.get("time_s", 0.0) for row in read_live(folder / LIVE)), default=0.0)


def _state_bytes(checkpoint: Path) -> int:
    """Memory of the tensors in the optimizer's state; 0 where the run diverged before its first checkpoint."""
    if not checkpoint.exists():
        return 0
    states = read_checkpoint(checkpoint)["optimizer"]["state"].values()
    tensors = [value for state in states for value in state.values() if isinstance(value, torch.Tensor)]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

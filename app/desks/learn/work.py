"""What a worker does for the desk. torch comes in here, in the worker, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geomlearn.core.progress import SILENT, Progress

if TYPE_CHECKING:
    from geomlearn.core.results import Result

MODEL, SCHEDULE = "model.safetensors", "schedule.csv"
TRAIN = "geomlearn.app.desks.learn.work:train_run"
# So much is lost at most when a worker is ended in the middle of a long step.
_CHECKPOINT_S = 2.0


def train_run(
    spec: dict[str, Any], folder: str, *, change: bool = False, progress: Progress = SILENT
) -> dict[str, Any]:
    """Start a run, or go on with the one in the folder; a finished model is written beside its checkpoint.

    Parameters
    ----------
    spec    as `geomlearn.app.desks.learn.runs.Spec` keeps it.
    change  options of training may be others than before.

    Returns
    -------
    `status` and `sentence` of the training.
    """
    from geomlearn.core.results import Status
    from geomlearn.operators.data.files import read_dataset
    from geomlearn.operators.data.generate import generate, task_named
    from geomlearn.operators.data.samples import split
    from geomlearn.operators.models.learning import train_operator
    from geomlearn.operators.models.model_files import save_operator
    from geomlearn.operators.models.table import model_named
    from geomlearn.operators.training.options import TrainingOptions

    if spec["file"]:
        data = read_dataset(spec["file"])
    else:
        options = task_named(spec["task"]).options(**spec["data_options"])
        data = split(generate(spec["task"], spec["samples"], options, jobs=1, progress=progress.part(0, 0.1)))
    chosen = model_named(spec["model"]).resolve_options()(**spec["model_options"])
    training = TrainingOptions(**{**spec["training"], "checkpoint_s": _CHECKPOINT_S})
    progress = progress.part(0.1, 1)
    if spec["self_tune"]:
        result = _self_tuned(spec, data, folder, chosen, training, progress)
    else:
        result = train_operator(
            spec["model"], data, folder, chosen, training, resume=True, change=change, watch=True, progress=progress
        )
    if result.status is not Status.CANCELLED:
        save_operator(Path(folder) / MODEL, result.value, {"training": spec["training"]}, force=True)
    return {"status": str(result.status), "sentence": result.sentence}


def _self_tuned(
    spec: dict[str, Any], data: Any, folder: str, chosen: Any, training: Any, progress: Progress
) -> Result[Any]:
    """A training whose knobs follow a fifth of the samples; the schedule lies in the folder for later ones."""
    from geomlearn.operators.data.samples import split
    from geomlearn.operators.models.learning import operator_task
    from geomlearn.operators.training.self_tuned.run import train_self_tuned
    from geomlearn.operators.training.self_tuned.schedule import write_schedule

    inner = split(data.train)
    task = operator_task(spec["model"], replace(data, train=inner.train, valid=inner.test), chosen, training.seed)
    result = train_self_tuned(task, spec["self_tune"], training, folder, progress=progress)
    write_schedule(Path(folder) / SCHEDULE, result.stats["schedule"], force=True)
    return result

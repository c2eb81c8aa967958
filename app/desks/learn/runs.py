"""The runs of the desk: start, pause by checkpoint, go on, cancel."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geomlearn.app.desks.learn.records import Record
from geomlearn.app.desks.learn.work import MODEL, TRAIN
from geomlearn.app.jobs.job import Job
from geomlearn.app.jobs.job import State as JobState
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.files import atomic_path
from geomlearn.operators.training.options import TrainingOptions

if TYPE_CHECKING:
    from geomlearn.app.window.application import Application

ABOUT, CHECKPOINT, LANE = "run.json", "checkpoint.safetensors", "learn"


class State(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    STOPPING = "stopping"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_live(self) -> bool:
        """Whether a worker has it."""
        return self in (State.RUNNING, State.STOPPING)


@dataclass(frozen=True)
class Spec:
    """What is trained on what: enough to start it, and to go on with it in another session.

    Attributes
    ----------
    task, samples, data_options   of data that is made here;  file  of data that is there, else "".
    self_tune                     the knobs that tune themselves, "dropout,noise", or "".
    """

    model: str
    task: str
    samples: int
    data_options: dict[str, Any]
    file: str
    model_options: dict[str, Any]
    training: dict[str, Any]
    self_tune: str = ""


@dataclass(eq=False)
class Run:
    """One training."""

    name: str
    folder: Path
    spec: Spec
    state: State = State.PAUSED
    sentence: str = ""
    job: Job | None = None
    record: Record = field(init=False)
    dropped: bool = False

    def __post_init__(self) -> None:
        self.record = Record(self.folder)
        self.record.refresh(now=True)

    @property
    def training(self) -> TrainingOptions:
        """The options it trains with, or would go on with."""
        return TrainingOptions(**self.spec.training)

    @property
    def model_file(self) -> Path:
        """The trained model, once it is done."""
        return self.folder / MODEL


class Runs:
    """All runs of this window, in the order they came."""

    def __init__(self) -> None:
        self.all: list[Run] = []

    def named(self, name: str) -> Run | None:
        """The run of this name."""
        return next((run for run in self.all if run.name == name), None)

    def start(self, app: Application, spec: Spec, base: Path) -> Run:
        """Begin a run in a folder of its own below `base`."""
        stem = f"{spec.model}-{spec.training['optimizer']}"
        taken = {run.name for run in self.all}
        number = next(n for n in range(1, 10_000) if f"{stem}-{n}" not in taken and not (base / f"{stem}-{n}").exists())
        run = Run(f"{stem}-{number}", base / f"{stem}-{number}", spec)
        try:
            run.folder.mkdir(parents=True)
        except OSError as error:
            raise GeomError(f"{base} cannot be written: {error.strerror}.", "Free it, or its disk.") from None
        self.all.append(run)
        self._submit(app, run, change=False)
        return run

    def resume(self, app: Application, run: Run, training: TrainingOptions) -> None:
        """Go on with a paused run, with these options."""
        before = run.spec.training
        run.spec = Spec(**{**asdict(run.spec), "training": training.model_dump()})
        self._submit(app, run, change=before != run.spec.training)

    def pause(self, app: Application, run: Run) -> None:
        """Ask a run to write a checkpoint and stop."""
        run.state = State.STOPPING
        app.runner.cancel(run.job)

    def cancel(self, app: Application, run: Run) -> None:
        """Stop a run for good: what it recorded stays, what it could go on from goes."""
        run.dropped = True
        if run.state.is_live:
            self.pause(app, run)
        else:
            _drop(run)

    def open(self, folder: str | Path) -> Run:
        """Show a run of another session.

        Raises
        ------
        FormatError   the folder holds no run of this desk.
        """
        folder = Path(folder).expanduser().absolute()
        run = next((run for run in self.all if run.folder == folder), None)
        if run is None:
            run = Run(folder.name, folder, _read_spec(folder))
            run.state = State.DONE if run.model_file.exists() else State.PAUSED
            run.state = run.state if (folder / CHECKPOINT).exists() or run.state == State.DONE else State.CANCELLED
            self.all.append(run)
        return run

    def _submit(self, app: Application, run: Run, *, change: bool) -> None:
        with atomic_path(run.folder / ABOUT, force=True) as temporary:
            temporary.write_text(json.dumps(asdict(run.spec)))
        run.state, run.sentence, run.dropped = State.RUNNING, "", False
        args = (asdict(run.spec), str(run.folder))
        run.job = app.runner.submit(
            f"Training {run.name}", TRAIN, *args, lane=LANE, change=change, on_end=lambda job: _ended(app, run, job)
        )
        app.wake()


def runs_folder() -> Path:
    """Where runs are kept from one session to the next."""
    from platformdirs import user_data_path

    return Path(os.environ.get("GEOMLEARN_CONFIG_DIR") or user_data_path("geomlearn")) / "runs"


def _ended(app: Application, run: Run, job: Job) -> None:
    """The worker has let go of a run."""
    run.job = None
    if job.state == JobState.FAILED and job.error is not None:
        run.state, run.sentence = State.FAILED, job.error.message
        app.notices.error(job.error, job.details)
    elif job.state == JobState.DONE:
        run.state, run.sentence = State.DONE, job.result["sentence"]
    else:
        run.state = State.PAUSED
        run.sentence = "" if (run.folder / CHECKPOINT).exists() else "It was stopped before its first checkpoint."
    if run.dropped:
        _drop(run)
    run.record.refresh(now=True)
    app.wake()


def _drop(run: Run) -> None:
    (run.folder / CHECKPOINT).unlink(missing_ok=True)
    run.state, run.sentence = State.CANCELLED, "Stopped for good; its curves stay."


def _read_spec(folder: Path) -> Spec:
    try:
        kept = json.loads((folder / ABOUT).read_text())
        spec = Spec(**{"self_tune": "", **{f.name: kept[f.name] for f in fields(Spec) if f.name in kept}})
        TrainingOptions(**spec.training)
    except (OSError, ValueError, KeyError, TypeError, GeomError) as error:
        raise FormatError(f"{folder} holds no run of the learn desk.", "Give a folder that it made.") from error
    return spec

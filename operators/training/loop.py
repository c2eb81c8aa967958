"""The training loop: steps, validation, checkpoints, resume.

Every step draws its randomness from (seed, step) alone and the order of the samples from (seed, epoch), so there is no
random state to save: a run killed at any moment and resumed from its last checkpoint repeats the unbroken run bit for
bit on the CPU (with the same number of threads).
"""

from __future__ import annotations

import math
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import torch
from torch import nn

from geomlearn.core.devices import pick_device
from geomlearn.core.errors import Cancelled, GeomError, ParameterError, SolverError
from geomlearn.core.locks import locked
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.initialization.critical import init_critical
from geomlearn.initialization.options import CriticalOptions
from geomlearn.operators.training.checkpoints import read_checkpoint, write_checkpoint
from geomlearn.operators.training.distributed import World, world
from geomlearn.operators.training.metrics import MetricsLog
from geomlearn.operators.training.optimizer import build_optimizer, build_schedule, rates
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.operators.training.resuming import changes_between, take_up
from geomlearn.operators.training.routing import routing_of, write_routing
from geomlearn.operators.training.steps.averaging import WeightAverage
from geomlearn.operators.training.steps.best import BestWeights
from geomlearn.operators.training.steps.newton import check_newton, newton_step
from geomlearn.operators.training.steps.seeds import generator_of, seed_of
from geomlearn.operators.training.task import Task
from geomlearn.operators.training.watching.live import LiveLog
from geomlearn.operators.training.watching.watcher import Watcher
from geomlearn.optimizers.newton.closure import GradientNormalizedNewton
from geomlearn.regularizers.model_penalty import regularization, shares
from geomlearn.regularizers.terms import parse_terms

ModelT = TypeVar("ModelT", bound=nn.Module)
CHECKPOINT = "checkpoint.safetensors"


def train(
    task: Task[ModelT],
    options: TrainingOptions,
    folder: str | Path,
    *,
    resume: bool = False,
    change: bool = False,
    watch: bool = False,
    progress: Progress = SILENT,
) -> Result[ModelT]:
    """Train a task's model in place.

    Parameters
    ----------
    folder   where the checkpoint, ``metrics.jsonl``, ``live.jsonl`` and TensorBoard events of the run are kept.
    resume   continue the run whose checkpoint lies in `folder`; without one, start.
    change   a resumed run may go on with another update rule, rate, penalty or length; see `resuming.CHANGEABLE`.
    watch    leave the singular values of weights and steps in ``spectra.npz``, for a twentieth of the time.

    Returns
    -------
    The model on the CPU, with averaged weights where `ema_decay` asks for them and, where `patience` does, of the epoch
    with the lowest validation error; and one row of history per epoch: `train_loss`, `learning_rate`, and the mean of
    each validation error. After cancelling, the model as it was; the run
    can be resumed.

    Raises
    ------
    ParameterError   the folder holds a run already and `resume` is false, a resumed run's options or data differ, or
                     another process works in the folder.
    GeomError        the disk is full; the last checkpoint is whole.
    SolverError      the loss is not finite; carries the model of the last checkpoint.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    device = pick_device(options.device)
    with world(device) as here:
        if device.type == "cuda" and here.size > 1:
            device = torch.device("cuda", here.local_rank)
        with locked(folder) if here.leads else nullcontext():
            run = _Run(task, options, folder, device, here, progress)
            try:
                run.restore(resume, change)
                run.watcher = Watcher(folder, run.model) if watch and here.leads else None
                return run.finish()
            except OSError as error:
                raise GeomError(
                    f"The run in {folder} could not be written: {error.strerror or error}.",
                    "Make room and continue with --resume; the last checkpoint is whole.",
                ) from error
            finally:
                run.close()


class _Run(Generic[ModelT]):
    """One run in flight: what changes from step to step, and how it is kept."""

    def __init__(
        self,
        task: Task[ModelT],
        options: TrainingOptions,
        folder: Path,
        device: torch.device,
        here: World,
        progress: Progress,
    ) -> None:
        if options.batch_size > task.n_train:
            raise ParameterError(
                f"Batches of {options.batch_size} need as many training samples; there are {task.n_train}.",
                f"Use batch_size ≤ {task.n_train}.",
            )
        if options.optimizer == "gns":
            check_newton(task, options, here)
        self.task, self.options, self.folder, self.device, self.here = task, options, folder, device, here
        self.progress = progress
        self.model: ModelT = task.model.to(device)
        if options.init == "critical":
            chosen = CriticalOptions(activation=options.init_activation, seed=options.seed)
            init_critical(self.model, chosen, probe=self._probe)
        self.penalized = shares(self.model, parse_terms(options.regularizer))
        self.wrapped = nn.parallel.DistributedDataParallel(self.model) if here.size > 1 else self.model
        self.steps_per_epoch = task.n_train // options.batch_size
        self.n_steps = self.steps_per_epoch * options.epochs
        self.optimizer = build_optimizer(self.model, options, self._probe)
        self.routing = routing_of(self.model, self.optimizer, self._probe)
        self.schedule = build_schedule(self.optimizer, options, self.n_steps)
        self.average = WeightAverage(self.model, options.ema_decay)
        self.step = 0
        self.loss_sum = 0.0
        self.history: list[dict[str, float]] = []
        self.best = BestWeights(keeps=bool(options.patience) and bool(task.n_valid))
        self.log: MetricsLog | None = None
        self.live: LiveLog | None = None
        self.watcher: Watcher | None = None
        self.stalled = False
        self.saved_at = time.monotonic()

    def _probe(self) -> None:
        """One look at the first sample: what `init_critical` follows signals in."""
        self.task.train_loss(self.model, torch.arange(1), torch.Generator().manual_seed(self.options.seed))

    def restore(self, resume: bool, change: bool) -> None:
        """Take up the checkpoint of the folder, if resuming and there is one."""
        path, changes = self.folder / CHECKPOINT, {}
        if path.exists():
            if not resume:
                raise ParameterError(
                    f"{self.folder} holds a run already.", "Continue it with --resume, or use another."
                )
            state = read_checkpoint(path)
            self._check_data(state.get("data", ""))
            changes = changes_between(state["options"], self.options, self.folder.name, allowed=change)
            take_up(self.model, self.optimizer, self.schedule, state, changes, self.folder.name)
            self._count_from(state)
        if self.here.leads:
            self.log = MetricsLog(self.folder, len(self.history))
            self.live = LiveLog(self.folder, self.step)
            write_routing(self.folder, self.routing)
            if changes:
                self.live.changed(self.step, changes)
                self._save()

    def _check_data(self, kept: str) -> None:
        if kept != getattr(self.task, "fingerprint", ""):
            raise ParameterError(
                f"The run in {self.folder.name} was started on other data.",
                "Resume with the data it was started with, or start another under another name.",
            )

    def finish(self) -> Result[ModelT]:
        """Run to the end, to early stopping, or to cancellation."""
        status, sentence = Status.LIMIT_REACHED, f"All {self.options.epochs} epochs were run."
        while self.step < self.n_steps:
            if self._patience_is_over():
                status = Status.CONVERGED
                sentence = f"No better validation error since epoch {self.best.epoch}, whose weights are handed over."
                break
            if self._cancelled():
                self._save()
                status, sentence = Status.CANCELLED, f"Stopped by hand after {self.step} of {self.n_steps} steps."
                break
            self._train_step()
            if self.step % self.steps_per_epoch == 0:
                self._end_epoch()
                if self.stalled:
                    status, sentence = Status.STALLED, "No step that the numbers resolve lowers the loss any further."
                    break
            elif time.monotonic() - self.saved_at > self.options.checkpoint_s:
                self._save()
        if status is Status.CANCELLED or not self.best.hand_over(self.model):
            self.average.hand_over()
        stats: dict[str, Any] = {"steps": self.step, "best_epoch": self.best.epoch, "best_error": self.best.error}
        stats |= {"routing": self.routing, "unpenalized": [share.refusal for share in self.penalized if share.refusal]}
        return Result(self.model.cpu(), status, sentence, tuple(self.history), stats)

    def close(self) -> None:
        """Release the log, and the wrapper, which must go before the group of processes it talks through."""
        self.wrapped = self.model
        if self.log is not None:
            self.log.close()

    def _train_step(self) -> None:
        options, epoch = self.options, self.step // self.steps_per_epoch
        order = torch.randperm(self.task.n_train, generator=generator_of(options.seed, 0, epoch))
        at = (self.step % self.steps_per_epoch) * options.batch_size
        samples = self.here.share(order[at : at + options.batch_size])
        self.wrapped.train()
        if self.watcher is not None:
            self.watcher.before_step()
        step = self._newton_step if options.optimizer == "gns" else self._gradient_step
        mean = step(samples)
        self.schedule.step()
        self.average.update()
        self.step += 1
        self.loss_sum += mean
        if self.watcher is not None:
            self.watcher.after_step(self.step, self.optimizer)
        if self.live is not None:
            self.live.step(self.step, self.step / self.steps_per_epoch, mean, rates(self.optimizer))
            # The step is done either way; `finish` looks at the wish to stop before the next one.
            with suppress(Cancelled):
                self.progress(self.step / self.n_steps, f"epoch {epoch + 1} of {options.epochs}, loss {mean:.3g}")

    def _gradient_step(self, samples: torch.Tensor) -> float:
        options = self.options
        self.optimizer.zero_grad(set_to_none=True)
        with self._precision():
            loss = self.task.train_loss(self.wrapped, samples, self._noise())
        # Processes average their gradients: weigh each by its share so that unequal parts count as one batch.
        whole = loss * (len(samples) * self.here.size / options.batch_size)
        (whole + regularization(self.penalized) if self.penalized else whole).backward()
        mean = self._finite(float(self.here.total(loss.detach().double() * len(samples) / options.batch_size)))
        if options.clip_norm:
            nn.utils.clip_grad_norm_(self.model.parameters(), options.clip_norm)
        self.optimizer.step()
        return mean

    def _newton_step(self, samples: torch.Tensor) -> float:
        found = newton_step(
            cast(GradientNormalizedNewton, self.optimizer),
            self.task,
            self.model,
            samples,
            self._noise,
            self.penalized,
            self.options,
        )
        self.stalled = found.stalled
        return self._finite(found.loss)

    def _noise(self) -> torch.Generator:
        """The step's own randomness, the same at every call: for the task, and for dropout by the global generator."""
        parts = (self.options.seed, 1 + self.here.rank, self.step)
        torch.manual_seed(seed_of(*parts))
        return generator_of(*parts)

    def _finite(self, mean: float) -> float:
        if not math.isfinite(mean):
            raise SolverError(
                f"The loss became {mean} at step {self.step}.",
                "Lower the learning rate, or look for NaN in the data and for targets that are zero everywhere.",
                best=self.folder / CHECKPOINT,
            )
        return mean

    def _end_epoch(self) -> None:
        epoch = self.step // self.steps_per_epoch
        with self.average.in_place():
            errors = self._validate()
            self.best.see(self.model, next(iter(errors.values()), math.inf), epoch)
        row = {"epoch": epoch, "train_loss": self.loss_sum / self.steps_per_epoch, **rates(self.optimizer), **errors}
        self.loss_sum = 0.0
        self.history.append(row)
        if self.log is not None:
            self.log.add(row)
        self._save()

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        """Mean validation errors of the weights in the model."""
        if not self.task.n_valid:
            return {}
        self.model.eval()
        sums: dict[str, torch.Tensor] = {}
        for batch in torch.arange(self.task.n_valid).split(self.options.batch_size):
            samples = self.here.share(batch)
            with self._precision():
                # A process without a share looks at one sample and counts it zero times, to know the names.
                errors = self.task.valid_errors(self.model, samples if len(samples) else batch[:1])
            for name, values in errors.items():
                sums[name] = sums.get(name, 0) + values[: len(samples)].double().sum()
        return {f"valid_{name}": float(self.here.total(total)) / self.task.n_valid for name, total in sums.items()}

    def _patience_is_over(self) -> bool:
        waited = self.step // self.steps_per_epoch - self.best.epoch
        return self.best.keeps and waited >= self.options.patience

    def _cancelled(self) -> bool:
        """Whether any process was asked to stop; all must agree, or one would wait for the others for ever."""
        return bool(self.here.total(torch.tensor(float(self.progress.cancelled), device=self.device)) > 0)

    def _precision(self) -> Any:
        if self.options.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def _save(self) -> None:
        self.saved_at = time.monotonic()
        if not self.here.leads:
            return
        state = {
            "options": self.options.model_dump(),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average.values,
            "step": self.step,
            "loss_sum": self.loss_sum,
            "history": self.history,
            "best": self.best.state_dict(),
            "data": getattr(self.task, "fingerprint", ""),
        }
        write_checkpoint(self.folder / CHECKPOINT, state)

    def _count_from(self, state: dict[str, Any]) -> None:
        self.average.values = {name: value.to(self.device) for name, value in state["average"].items()}
        self.step, self.loss_sum, self.history = state["step"], state["loss_sum"], state["history"]
        self.best.load_state_dict(state["best"], self.device)

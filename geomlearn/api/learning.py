"""Operators learned from samples: making the samples, training, loading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from geomlearn.api.calls import as_progress
from geomlearn.core.progress import Progress

if TYPE_CHECKING:
    from geomlearn.operators.data.samples import AnySamples, Dataset
    from geomlearn.operators.models.field_operator import FieldOperator


def samples(
    task: str,
    n: int = 200,
    *,
    seed: int = 0,
    jobs: int | None = 1,
    progress: Progress | Callable[[float, str], None] | None = None,
    **settings: Any,
) -> AnySamples:
    """Pairs of functions of a task, made here and kept in the cache: `inputs` (n, …, c_in) and `targets` (n, …, c_out).

    Parameters
    ----------
    task   "darcy", "burgers", "vorticity", "elasticity", "pipe", "heat-on-shapes" …; ``geomlearn data --help`` lists
           them, and ``geomlearn data TASK --help`` the options that `settings` may name.
    jobs   processes; None for one per core.

    Raises
    ------
    ParameterError   no such task, or an option is unknown or out of range.
    """
    from geomlearn.operators.data.generate import generate, task_named

    options = task_named(task).options(**settings)
    return generate(task, n, options, seed=seed, jobs=jobs, progress=as_progress(progress))


def train(
    model: str,
    data: str | PathLike[str] | AnySamples | Dataset | tuple[Any, Any],
    *,
    n: int = 200,
    n_test: int | None = None,
    folder: str | PathLike[str] | None = None,
    normalization: Literal["channel", "point", "none"] = "channel",
    symmetry: Literal["none", "mirror", "square"] = "none",
    equivariance: Literal["none", "amplitude", "amplitude-offset"] = "none",
    resume: bool = False,
    progress: Progress | Callable[[float, str], None] | None = None,
    **settings: Any,
) -> FieldOperator:
    """Train an operator on samples and hand it over, a plain `torch.nn.Module` from raw functions to raw functions.

    Parameters
    ----------
    model      "lsm", "fno", "unet", "deeponet", "transolver", "lsm-shapes" …: a key of `MODELS`.
    data       a task to make `n` samples of; a file or folder of samples; what `samples` gave; or a pair of arrays
               (inputs (N, *grid, c_in), targets (N, *grid, c_out)).
    n_test     samples to test on, the last ones; a fifth when None.
    folder     where checkpoints and metrics are kept; a temporary one when None. `resume` goes on from there.
    symmetry   of the equation: training sees a random image of each sample under it. The mean fields have to have it.
    equivariance   of a linear equation: answers follow the amplitude of the input by construction, or also its offset
               where the equation leaves constants as they are.
    settings   options of the training (epochs, optimizer, learning_rate, seed …) and of the model (width …), told
               apart by name.

    Returns
    -------
    The model, in evaluation mode; `.status`, `.sentence`, `.history` (a row per epoch) and `.stats` as in `Result`.

    Raises
    ------
    ParameterError   no such model, one for other data, or an option is unknown or out of range.
    FormatError      the files of the data are missing or damaged.
    SizeMismatch     inputs and targets do not fit together.
    """
    from geomlearn.operators.models.learning import train_operator
    from geomlearn.operators.models.table import model_named
    from geomlearn.operators.training.options import TrainingOptions

    training = TrainingOptions(**{k: v for k, v in settings.items() if k in TrainingOptions.model_fields})
    rest = {k: v for k, v in settings.items() if k not in TrainingOptions.model_fields}
    options = model_named(model).resolve_options()(**rest)
    given = _dataset(data, n, n_test)
    with TemporaryDirectory() as temporary:
        result = train_operator(
            model,
            given,
            Path(folder) if folder is not None else Path(temporary),
            options,
            training,
            normalization=normalization,
            symmetry=symmetry,
            equivariance=equivariance,
            resume=resume,
            progress=as_progress(progress),
        )
    trained = result.value.eval()
    for name in ("status", "sentence", "history", "stats"):
        setattr(trained, name, getattr(result, name))
    return trained


def load_model(path: str | PathLike[str]) -> FieldOperator:
    """A trained operator from a file, or a shipped one: "shipped:darcy", "shipped:elasticity", "shipped:heat".

    Returns
    -------
    A plain `torch.nn.Module` in evaluation mode: raw functions (b, *grid, c_in) to raw functions (b, *grid, c_out).

    Raises
    ------
    FormatError   the file is missing, damaged or no model of this project; or nothing of this name is shipped.
    """
    from geomlearn.operators.models.model_files import load_operator

    return load_operator(path if isinstance(path, str) else str(path))[0]


def save_model(
    model: FieldOperator, path: str | PathLike[str], *, facts: Mapping[str, Any] | None = None, force: bool = False
) -> Path:
    """Write a trained operator as safetensors, which holds numbers and runs nothing.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    from geomlearn.operators.models.model_files import save_operator

    return save_operator(path if isinstance(path, str) else str(path), model, facts, force=force)


def _dataset(data: Any, n: int, n_test: int | None) -> Dataset:
    from geomlearn.operators.data.files import read_dataset
    from geomlearn.operators.data.options import TASKS
    from geomlearn.operators.data.samples import Dataset, Samples, split

    if isinstance(data, Dataset):
        return data
    if isinstance(data, str) and data in {row.key for row in TASKS}:
        data = samples(data, n)
    elif isinstance(data, str | PathLike):
        return read_dataset(data if isinstance(data, str) else str(data), n_test)
    elif isinstance(data, tuple):
        data = Samples(*data)
    return split(data, n_test)

"""Making data: seeded, in several processes, and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np

import geomlearn
from geomlearn.core.cache import ArrayCache
from geomlearn.core.errors import GeomError, ParameterError
from geomlearn.core.options import Options
from geomlearn.core.processes import shared_work
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.threads import n_allowed
from geomlearn.operators.data.options import TASKS, TaskRow
from geomlearn.operators.data.sample_files import from_arrays, to_arrays
from geomlearn.operators.data.samples import AnySamples, join

# Small enough that an interrupted run loses little, large enough that starting a process pays.
_CHUNK = 8
_CACHE = ArrayCache("data", 2**31)


def task_named(key: str) -> TaskRow:
    """The row of a task.

    Raises
    ------
    ParameterError   there is none of this name.
    """
    for row in TASKS:
        if row.key == key:
            return row
    raise ParameterError(f"There is no data set called {key}.", f"Choose one of {', '.join(row.key for row in TASKS)}.")


def generate(
    task: str,
    n: int,
    options: Options | None = None,
    *,
    seed: int = 0,
    jobs: int | None = 1,
    progress: Progress = SILENT,
    cache: bool = True,
) -> AnySamples:
    """Make n samples of a task.

    Sample i depends on (seed, i) and the options alone: not on n, nor on how many processes share the work.

    Parameters
    ----------
    task      one of `TASKS`.
    options   the task's option model; its defaults when None.
    jobs      processes; one per core when None, and never more than there is work for. A script that asks for several
              must keep its own code under ``if __name__ == "__main__"``, since they import it again.
    progress  cancelling keeps what is cached by then.
    cache     keep finished parts, and take them from there the next time.

    Raises
    ------
    ParameterError   no such task, no samples asked for, or options of another task.
    """
    row = task_named(task)
    model = row.options
    options = model() if options is None else options
    if not isinstance(options, model):
        raise ParameterError(f"{task} takes {model.__name__}, not {type(options).__name__}.", "Use its own options.")
    if n < 1 or (jobs is not None and jobs < 1):
        raise ParameterError(f"{n} samples by {jobs} processes cannot be made.", "Ask for at least one of each.")
    starts = list(range(0, n, _CHUNK))
    key = _key(row, options, seed) if cache else None
    parts: dict[int, AnySamples] = {}
    # Closed at once when it is left: what its processes do then is for nobody.
    with closing(_made(row, options, seed, starts, key, min(jobs or n_allowed(), len(starts)))) as made:
        for start, part in made:
            parts[start] = part
            progress(len(parts) / len(starts), f"{min(len(parts) * _CHUNK, n)} of {n} samples")
    samples = join([parts[start] for start in starts]).take(slice(0, n))
    origin = {"task": task, "seed": seed, "options": options.model_dump(mode="json"), "version": geomlearn.__version__}
    return type(samples)(**{**_attributes(samples), "task": task, "metadata": origin})


def _made(
    row: TaskRow, options: Options, seed: int, starts: list[int], key: str | None, jobs: int
) -> Generator[tuple[int, AnySamples], None, None]:
    if jobs == 1:
        for start in starts:
            yield _part(row, options, seed, start, key)
        return
    with shared_work(jobs) as each:
        yield from each(_part, ((row, options, seed, start, key) for start in starts))


def _part(row: TaskRow, options: Options, seed: int, start: int, key: str | None) -> tuple[int, AnySamples]:
    """A whole part of `_CHUNK` samples, from the cache where it is there."""
    from threadpoolctl import threadpool_limits

    key = f"{key}-{start:08d}" if key else None
    kept = _CACHE.get(key) if key else None
    if kept is not None:
        with suppress(GeomError):
            return start, from_arrays(*kept)
    seeds = [np.random.SeedSequence(seed, spawn_key=(0, index)) for index in range(start, start + _CHUNK)]
    with threadpool_limits(1):
        samples = row.resolve()(options, seeds)
    if key:
        _CACHE.put(key, *to_arrays(samples))
    return start, samples


def _key(row: TaskRow, options: Options, seed: int) -> str:
    # Files of shapes may change under their names.
    files = [Path(spec) for spec in getattr(options, "shapes", ())]
    digests = [hashlib.blake2b(file.read_bytes()).hexdigest() for file in files if file.is_file()]
    said = [row.key, options.model_dump(mode="json"), seed, digests, geomlearn.__version__]
    return f"{row.key}-{hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=12).hexdigest()}"


def _attributes(samples: AnySamples) -> dict[str, Any]:
    return {name: getattr(samples, name) for name in samples.__dataclass_fields__}

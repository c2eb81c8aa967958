"""`geomlearn data TASK`: samples of an operator, to train on and to judge by."""

# No postponed annotations here: each verb's signature carries the option model of its own task.

import time
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from geomlearn.app.cli.exits import DONE
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal, shown
from geomlearn.core.options import Options
from geomlearn.operators.data.options import TASKS

Folder = Annotated[Path, Parameter(name=("--output", "-o"), help="Folder to write samples.h5 into.")]

data = App(
    name="data",
    help="""Make samples of an operator: pairs of functions.

Sample i depends on the seed, i and the options alone, so that more samples
or more processes change none. Finished parts are cached. The folder gets one
file, samples.h5.
""",
    help_format="plaintext",
)


def _add(task: str, title: str, model: type[Options]) -> None:
    flags = flat(model, f"Options of {task}")

    def command(
        *,
        n: Annotated[int, Parameter(name=("-n", "--n"), help="Samples to make.")],
        output: Folder,
        seed: Annotated[int, Parameter(help="Seed of all randomness.")] = 0,
        jobs: Annotated[
            int | None, Parameter(name=("--jobs", "-j"), help="Processes; one per core when not given.")
        ] = None,
        options: Options = model(),  # noqa: B008 (frozen)
        cache: Annotated[bool, Parameter(help="Keep finished parts, and use those made before.")] = True,
        force: Force = False,
        common: Common = SPEECH,
    ) -> int:
        return _make(task, n, output, seed, jobs, options, cache=cache, force=force, terminal=common.terminal())

    command.__annotations__["options"] = Annotated[model, flags]
    command.__doc__ = f"{title}. {model.__doc__}"
    data.command(command, name=task)


def _make(
    task: str,
    n: int,
    output: Folder,
    seed: int,
    jobs: int | None,
    options: Options,
    *,
    cache: bool,
    force: bool,
    terminal: Terminal,
) -> int:
    from geomlearn.core.errors import GeomError
    from geomlearn.operators.data.generate import generate
    from geomlearn.operators.data.sample_files import FILE, write_samples
    from geomlearn.operators.data.samples import ShapeSamples

    path = output.expanduser().absolute() / FILE
    if path.exists() and not force:
        raise GeomError(f"{shown(path)} exists already.", "Choose another folder, or overwrite it with --force.")
    start = time.perf_counter()
    with terminal.progress(f"{n} samples of {task}") as progress:
        samples = generate(task, n, options, seed=seed, jobs=jobs, progress=progress, cache=cache)
    elapsed = time.perf_counter() - start
    write_samples(path, samples, force=force)
    if isinstance(samples, ShapeSamples):
        size = f"{len(samples.shapes)} shapes"
    else:
        size = " × ".join(map(str, samples.resolution))
    terminal.wrote(path, f"{n} samples on {size}")
    names = f"{', '.join(samples.input_names)} → {', '.join(samples.target_names)}"
    terminal.rows({"operator": names, "seed": seed, "time": f"{elapsed:.2f} s"})
    first = {"grid": "lsm", "points": "lsm-points", "shapes": "lsm-shapes"}[samples.kind]
    first = "rollout" if task.endswith("-series") else first
    terminal.next(f"geomlearn train {first} --data {shown(output)} -o {task}.safetensors")
    facts = {"task": task, "n": n, "seed": seed, "kind": samples.kind, "time_s": elapsed, "options": options}
    terminal.finish({"output": path, "inputs": samples.input_names, "targets": samples.target_names, **facts})
    return DONE


for _row in TASKS:
    _add(_row.key, _row.title, _row.options)

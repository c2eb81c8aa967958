"""`geomlearn evaluate-operator MODEL --data DIR`: how wrong a trained operator is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from geomlearn.app.cli.flags import SPEECH, Common
from geomlearn.app.cli.terminal import number, table

if TYPE_CHECKING:
    from geomlearn.operators.models.prediction import Evaluation

Samples = Annotated[Path, Parameter(help="Samples: a folder that `data` made, or a public data set.", metavar="DIR")]
# Samples listed for a person; --json holds all of them.
_LISTED = 5


def evaluate_operator(
    model: Annotated[Path, Parameter(help="A model that `train` wrote, or shipped:NAME.", metavar="MODEL")],
    /,
    *,
    data: Samples,
    part: Annotated[
        Literal["test", "train", "all"], Parameter(help="Which samples: those kept for judging, the others, or both.")
    ] = "test",
    test_size: Annotated[
        int | None, Parameter(help="Samples kept for judging, as in training; a fifth when not given.")
    ] = None,
    stride: Annotated[int, Parameter(help="Of a grid keep every m-th node along each axis.")] = 1,
    batch_size: Annotated[int, Parameter(help="Samples answered at once.")] = 16,
    device: Annotated[str, Parameter(help="Where to compute: auto, cpu, cuda …")] = "auto",
    common: Common = SPEECH,
) -> None:
    """Measure a trained operator on samples.

    It prints the relative L2 error |prediction - truth| / |truth| (weighted
    by area on shapes, and unweighted beside it) and the worst samples.
    """
    terminal = common.terminal()

    from geomlearn.operators.data.files import read_dataset
    from geomlearn.operators.data.samples import join
    from geomlearn.operators.models.model_files import load_operator
    from geomlearn.operators.models.prediction import evaluate

    operator, facts = load_operator(model)
    found = read_dataset(data, test_size).coarsened(stride)
    samples = join([found.train, found.test]) if part == "all" else getattr(found, part)
    with terminal.progress(f"{samples.n_samples} answers") as progress:
        judged = evaluate(operator, samples, batch_size=batch_size, device=device, progress=progress)
    figures = _figures(judged)
    terminal.title(f"{operator.row.title} on {data.name}", f"{samples.n_samples} {part} samples")
    terminal.rows(_in_words(figures, samples.n_samples, samples.kind))
    grid = table("sample", "relative L2", right=("sample", "relative L2"))
    for index in judged.errors.argsort()[::-1][:_LISTED]:
        grid.add_row(str(index), number(float(judged.errors[index])))
    terminal.say()
    terminal.show(grid)
    terminal.finish({"model": operator.row.key, "part": part, **figures, "errors": judged.errors, "trained": facts})


def _figures(judged: Evaluation) -> dict[str, float]:
    return {
        "relative_l2": judged.mean,
        "relative_l2_unweighted": float(judged.unweighted.mean()),
        "median": float(sorted(judged.errors)[len(judged.errors) // 2]),
        "worst": float(judged.errors.max()),
        "time_s": judged.time_s,
    }


def _in_words(figures: dict[str, Any], n: int, kind: str) -> dict[str, str | None]:
    unweighted = number(figures["relative_l2_unweighted"]) if kind == "shapes" else None
    return {
        "relative L2": number(figures["relative_l2"]),
        "unweighted": unweighted,
        "median, worst": f"{number(figures['median'])}, {number(figures['worst'])}",
        "time": f"{figures['time_s']:.2f} s, {number(figures['time_s'] / n)} s each",
    }

"""`geomlearn evaluate-operator MODEL --data DIR`: how wrong a trained operator is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from geomlearn.app.cli.flags import SPEECH, Common, flat
from geomlearn.app.cli.terminal import number, table
from geomlearn.app.cli.verbs.operators.predict import Adapter, Condition
from geomlearn.operators.data.reading.options import ReadingOptions

if TYPE_CHECKING:
    from geomlearn.operators.models.prediction import Evaluation

Samples = Annotated[Path, Parameter(help="Samples: a folder that `data` made, or a public data set.", metavar="DIR")]
# Samples listed for a person; --json holds all of them.
_LISTED = 5
_WORDS = {"test": " kept for judging", "train": " that it was trained on", "all": ", all there are"}
_READING = ReadingOptions()


def evaluate_operator(
    model: Annotated[Path, Parameter(help="A model that `train` wrote, or shipped:NAME.", metavar="MODEL")],
    /,
    *,
    data: Samples,
    part: Annotated[
        Literal["test", "train", "all"] | None,
        Parameter(
            help="Which samples: those kept for judging, the others, or both. When not given: those kept for judging "
            "where the data was trained on or names them itself, and all of other data."
        ),
    ] = None,
    test_size: Annotated[
        int | None, Parameter(help="Samples kept for judging, from the end; as many as in training when not given.")
    ] = None,
    reading: Annotated[ReadingOptions, flat(ReadingOptions, "Reading data of one's own")] = _READING,
    stride: Annotated[int, Parameter(help="Of a grid keep every m-th node along each axis.")] = 1,
    adapter: Adapter = None,
    condition: Condition = None,
    batch_size: Annotated[int, Parameter(help="Samples answered at once.")] = 16,
    device: Annotated[str, Parameter(help="Where to compute: auto, cpu, cuda …")] = "auto",
    common: Common = SPEECH,
) -> None:
    """Measure a trained operator on samples.

    It prints the relative L2 error |prediction - truth| / |truth| (weighted
    by area on shapes, and unweighted beside it) and the worst samples.
    """
    terminal = common.terminal()

    from geomlearn.operators.adaptation.adapted import load_adapted
    from geomlearn.operators.models.prediction import evaluate

    operator, facts = load_adapted(model, adapter, condition)
    samples, word = _judged(data, part, test_size, reading, stride, facts)
    with terminal.progress(f"{samples.n_samples} answers") as progress:
        judged = evaluate(operator, samples, batch_size=batch_size, device=device, progress=progress)
    figures = _figures(judged)
    terminal.title(f"{operator.row.title} on {data.name}", f"{samples.n_samples} samples{_WORDS[word]}")
    terminal.rows(_in_words(figures, samples.n_samples, samples.kind))
    grid = table("sample", "relative L2", right=("sample", "relative L2"))
    for index in judged.errors.argsort()[::-1][:_LISTED]:
        grid.add_row(str(index), number(float(judged.errors[index])))
    terminal.say()
    terminal.show(grid)
    terminal.finish({"model": operator.row.key, "part": word, **figures, "errors": judged.errors, "trained": facts})


def _judged(
    data: Path, part: str | None, test_size: int | None, reading: ReadingOptions, stride: int, facts: dict[str, Any]
) -> tuple[Any, str]:
    """The samples of the test, and the word for them."""
    from geomlearn.operators.data.description import fingerprint
    from geomlearn.operators.data.files import read_all
    from geomlearn.operators.data.samples import Dataset, coarsened, join, split

    # Where nothing is said, the file is read as that of the training was.
    found = read_all(data, reading if reading.is_given else ReadingOptions(**facts.get("reading", {})))
    if isinstance(found, Dataset):
        samples = join([found.train, found.test]) if part == "all" else getattr(found, part or "test")
        return coarsened(samples, stride), part or "test"
    # A model made before fingerprints were kept knows its data by name.
    known = facts.get("fingerprint")
    trained_on = fingerprint(found) == known if known else data.name == facts.get("data")
    part = part or ("test" if trained_on or test_size is not None else "all")
    if part == "all":
        return coarsened(found, stride), part
    if test_size is None and trained_on:
        test_size = facts.get("n_test")
    return coarsened(getattr(split(found, test_size), part), stride), part


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

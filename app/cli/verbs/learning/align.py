"""`geomlearn align OLD NEW`: keep stored features searchable when the model that made them is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from geomlearn.app.cli.exits import CANCELLED, DONE, UsageError
from geomlearn.app.cli.files import claim, split_key
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal, number, shown, table
from geomlearn.core.results import Status
from geomlearn.regularizers.options import AlignmentOptions

if TYPE_CHECKING:
    import numpy as np

    from geomlearn.regularizers.version_search import Search

SUFFIXES = (".npz", ".mat", ".h5")
_ALIGNMENT = AlignmentOptions()

Old = Annotated[str, Parameter(help="Features, a basis or a model of the old version; or an alignment.", metavar="OLD")]
New = Annotated[str, Parameter(help="The same items of the new version; FILE:NAME picks an array.", metavar="NEW")]
_FIRST = ("kind", "limit_rel", "steps", "learning_rate", "seed")


def align(
    old: Old,
    new: New,
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="Alignment or features to write, .npz .mat .h5.")],
    data: Annotated[Path | None, Parameter(help="For models: samples to compare them on.", metavar="DIR")] = None,
    labels: Annotated[str | None, Parameter(help="Classes of the items, FILE or FILE:NAME.", metavar="FILE")] = None,
    held: Annotated[float, Parameter(help="Share of the items that only measure.")] = 0.3,
    direction: Annotated[
        Literal["new-to-old", "old-to-new"],
        Parameter(help="With an alignment as OLD: which version the features in NEW are of."),
    ] = "new-to-old",
    options: Annotated[
        AlignmentOptions,
        flat(AlignmentOptions, "Options of the alignment", first=_FIRST, rest="The alignment in detail"),
    ] = _ALIGNMENT,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Keep stored features searchable when their model is replaced.

    Features are the rows of an array (.npz .npy .mat .h5), the modes of a
    basis vertex by vertex, or what two models that `train` wrote know of
    each sample of --data just before they answer. Two maps are learned: B
    for new features, held near a rotation, and F for stored ones; both end
    in one space beside the old. The table tells how well new features find
    their items among the old ones, before and after, on items that were
    not learned from.

    With an alignment as OLD, the features in NEW are carried by its map.
    """
    terminal = common.terminal()
    target = claim(output, SUFFIXES, "An alignment", force=force)
    carried = _carry(old, new, direction, target, force, terminal)
    if carried is not None:
        return carried

    from geomlearn.regularizers.alignment_files import write_alignment
    from geomlearn.regularizers.version_search import align_versions

    (before, after), classes = _features(old, new, data, terminal), _labels(labels)
    names = f"{len(before)} items, {before.shape[1]} and {after.shape[1]} features"
    terminal.title(f"{Path(old).name} and {Path(new).name}", names)
    with terminal.progress("aligning") as progress:
        result, searches = align_versions(before, after, classes, options, held=held, progress=progress)
    if result.status is Status.CANCELLED:
        terminal.say("Nothing was written.")
        return CANCELLED
    _show(searches, terminal)
    facts = {"old": Path(old).name, "new": Path(new).name, "options": options.model_dump(mode="json")}
    write_alignment(target, result.value, facts, force=force)
    terminal.rows({"from a rotation": f"{number(result.value.distance)}, |W Wᵀ - I|"})
    terminal.warn(_doubts(searches))
    terminal.wrote(target)
    terminal.next(f"geomlearn align {shown(target)} QUERIES.npy -o queries_in_old.npz")
    terminal.finish({"output": target, **facts, "distance": result.value.distance, "search": list(map(vars, searches))})
    return DONE


def _carry(old: str, new: str, direction: str, target: Path, force: bool, terminal: Terminal) -> int | None:
    """Features through an alignment made before; None where OLD is none."""
    from geomlearn.core.arrays import write_arrays
    from geomlearn.regularizers.alignment_files import read_alignment, read_features

    path, key = split_key(old)
    if key or Path(path).suffix.lower() not in SUFFIXES:
        return None
    alignment = read_alignment(path)
    if alignment is None:
        return None
    file, names = split_key(new)
    features = read_features(file, ":".join(names))
    moved = alignment.new_to_old(features) if direction == "new-to-old" else alignment.old_to_new(features)
    write_arrays(target, {"features": moved}, {"alignment": Path(path).name, "direction": direction}, force=force)
    terminal.wrote(target, f"{len(moved)} items, {moved.shape[1]} features")
    terminal.finish({"output": target, "items": len(moved), "features": moved.shape[1], "direction": direction})
    return DONE


def _features(old: str, new: str, data: Path | None, terminal: Terminal) -> list[np.ndarray]:
    from geomlearn.regularizers.alignment_files import read_features

    if not Path(old).suffix == Path(new).suffix == ".safetensors":
        return [read_features(path, ":".join(key)) for path, key in map(split_key, (old, new))]
    if data is None:
        raise UsageError("Two models are compared on samples.", "Add --data with a folder of samples.")
    return [_of_model(path, data, terminal) for path in (old, new)]


def _of_model(path: str, data: Path, terminal: Terminal) -> np.ndarray:
    import numpy as np

    from geomlearn.operators.data.files import read_dataset
    from geomlearn.operators.data.samples import join
    from geomlearn.operators.models.model_files import load_operator
    from geomlearn.operators.models.prediction import predict
    from geomlearn.regularizers.model_features import penultimate_features

    operator, _ = load_operator(path)
    samples = read_dataset(data)
    everything = join([samples.train, samples.test])
    with penultimate_features(operator) as found, terminal.progress(f"features of {Path(path).name}") as progress:
        predict(operator, everything, progress=progress)
    return np.concatenate(found)


def _labels(spec: str | None) -> Any:
    if spec is None:
        return None
    import numpy as np

    from geomlearn.core.arrays import read_arrays
    from geomlearn.core.errors import FormatError

    path, key = split_key(spec)
    arrays, _ = read_arrays(path)
    name = ":".join(key) or next((name for name in ("labels", "array", "classes") if name in arrays), "")
    if name not in arrays or np.ndim(arrays[name]) != 1:
        raise FormatError(
            f"{Path(path).name} holds no list of classes; there is {', '.join(arrays)}.", "Use FILE:NAME."
        )
    return np.asarray(arrays[name])


def _show(searches: list[Search], terminal: Terminal) -> None:
    grid = table("queries", "among", "first", "in five", "mAP", right=("first", "in five", "mAP"))
    for row in searches:
        figures = (f"{100 * value:.1f} %" for value in (row.top1, row.top5, row.mean_precision))
        grid.add_row(row.queries, row.gallery, *figures)
    terminal.show(grid)


def _doubts(searches: list[Search]) -> list[str]:
    """What a person should hear before trusting the maps."""
    plain, turned = (next(s for s in searches if s.queries.startswith(word)) for word in ("new, as", "new, rot"))
    best = max(search.top1 for search in searches if "aligned" in search.queries)
    if best <= max(plain.top1, turned.top1):
        way = "as they are" if plain.top1 >= turned.top1 else "by a mere rotation (--kind orthogonal)"
        return [f"New features find no less {way}: the aligned ones gain nothing here."]
    return []

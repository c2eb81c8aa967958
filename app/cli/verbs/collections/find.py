"""`geomlearn collection index` and `collection find`: similar shapes, whole or by a part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, FAILED, UsageError
from geomlearn.app.cli.files import claim, load, split_key
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import shown, table
from geomlearn.app.cli.verbs.collections.each import Jobs, engine_of
from geomlearn.collections.retrieval.options import FindOptions

if TYPE_CHECKING:
    from geomlearn.collections.retrieval.find import Hit, Query
    from geomlearn.collections.retrieval.index import Index
    from geomlearn.shapes.shape import Shape

_DEFAULTS = FindOptions()
_SUFFIX = ".collection"
_MOST_SHOWN, _MOST_DRAWN = 20, 6
_EXPLAINED = (".png", ".csv")


def index(
    shapes: Annotated[str, Parameter(metavar="FOLDER", help="The shapes: a folder, or a pattern.")],
    /,
    *more: Annotated[str, Parameter(metavar="FOLDER", help="Further ones.")],
    output: Annotated[
        Path, Parameter(name=("--output", "-o"), metavar="NAME.collection", help="Folder for what is kept of them.")
    ],
    jobs: Jobs = None,
    common: Common = SPEECH,
) -> int:
    """Make a collection ready to be searched.

    A second run computes shapes that are new or changed, and takes out those
    that are gone. Exits with 1 when a shape could not be read.
    """
    from geomlearn.collections.members import members_of
    from geomlearn.collections.retrieval.index import index_shapes

    terminal = common.terminal()
    output = _collection(output)
    members = members_of([shapes, *more])
    with terminal.progress(f"{len(members)} shapes") as progress:
        done = index_shapes(members, output, engine=engine_of(jobs), progress=progress)
    terminal.warn([f"{name} is left out: {why}" for name, why in done.errors.items()])
    words = f"{len(done.added)} shapes were added, {len(done.kept)} were there"
    terminal.wrote(output, words + (f", {len(done.removed)} were taken out" if done.removed else ""))
    payload = {"output": output, "added": done.added, "kept": done.kept, "removed": done.removed}
    terminal.finish({**payload, "errors": done.errors})
    return FAILED if done.errors else DONE


def find(
    collection: Annotated[Path, Parameter(metavar="NAME.collection", help="What `collection index` made.")],
    query: Annotated[str, Parameter(metavar="QUERY", help="A file, builtin:NAME, or the name of a shape in it.")],
    /,
    *,
    region: Annotated[
        str | None,
        Parameter(
            metavar="FILE", help="Vertices of a region of QUERY to look for: 0 and 1 a vertex, or their indices."
        ),
    ] = None,
    part: Annotated[
        bool, Parameter(negative="", help="QUERY is a part: nothing is asked of the rest of a shape.")
    ] = False,
    options: Annotated[FindOptions, flat(FindOptions, "What is looked at")] = _DEFAULTS,
    explain: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="Which places are alike: lines in a picture (.png), or a table (.csv)."),
    ] = None,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Find the shapes of a collection that are most like another, or have such a part."""
    from geomlearn.collections.retrieval.find import find as found_in
    from geomlearn.collections.retrieval.find import query_of
    from geomlearn.collections.retrieval.index import open_index

    terminal = common.terminal()
    out = claim(explain, _EXPLAINED, "Explanations", force=force) if explain else None
    there = open_index(collection)
    shape = load(_spec(query, there), terminal)
    wanted = query_of(shape, _region(region, shape.n_vertices) if region else None, part=part)
    hits = found_in(there, wanted, options)
    grid = table("shape", "score", right=("score",))
    for hit in hits[:_MOST_SHOWN]:
        grid.add_row(hit.shape, f"{hit.score:.3f}")
    terminal.show(grid)
    if out:
        _explain(out, there, shape, wanted, hits, force=force)
        terminal.wrote(out, "places that are alike")
    results = [{"shape": hit.shape, "score": hit.score} for hit in hits]
    terminal.finish({"query": query, "collection": collection, "explain": out, "results": results})
    return DONE


def _collection(path: Path) -> Path:
    path = path.expanduser().absolute()
    if path.suffix.lower() != _SUFFIX:
        raise UsageError(f"{shown(path)} is no name of a collection.", f"Call it {path.name}{_SUFFIX}.")
    return path


def _spec(query: str, there: Index) -> str:
    """Names of the collection's own shapes stand for their files, unless there is such a file."""
    if query in there.names and not Path(query).exists():
        return there.specs[there.names.index(query)]
    return query


def _region(spec: str, n_vertices: int) -> np.ndarray:
    """A mask, or indices."""
    from geomlearn.collections.transfer.values import read_values

    path, keys = split_key(spec)
    values = read_values(path, keys[0] if keys else "")
    if values.ndim != 1 or values.dtype.kind not in "iub":
        raise UsageError(f"{spec} is no region.", "Give 0 and 1 for each vertex, or the indices of its vertices.")
    if len(values) == n_vertices and np.isin(values, (0, 1)).all():
        return values.astype(bool)
    if len(values) and values.min() < 0:
        raise UsageError(f"{spec} holds {int(values.min())}, no vertex.", "Indices count from 0.")
    return values


def _explain(out: Path, there: Index, shape: Shape, query: Query, hits: list[Hit], *, force: bool) -> None:
    from geomlearn.app.cli.verbs.collections.tables import write_named
    from geomlearn.collections.retrieval.explain import explained
    from geomlearn.collections.retrieval.find import pairs_of_tokens
    from geomlearn.core.files import atomic_path
    from geomlearn.shapes.load import load_shape

    found = [(hit, *pairs_of_tokens(there, query, hit.shape)) for hit in hits]
    if out.suffix.lower() == ".csv":
        rows = (
            [hit.shape, int(a), int(b), float(one)]
            for hit, pairs, alike in found
            for (a, b), one in zip(pairs, alike, strict=True)
        )
        write_named(out, ["shape", "vertex_of_query", "vertex_of_shape", "similarity"], rows, force=force)
        return
    drawn = [
        (load_shape(there.specs[there.names.index(hit.shape)]), f"{hit.shape}  {hit.score:.3f}", pairs, alike)
        for hit, pairs, alike in found[:_MOST_DRAWN]
    ]
    with atomic_path(out, force=force) as temporary:
        temporary.write_bytes(explained(shape, drawn))

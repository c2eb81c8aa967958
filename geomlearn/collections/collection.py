"""Many shapes as one thing: matched with each other, each read and prepared once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np

from geomlearn.collections.members import Member, members_of
from geomlearn.collections.pairs.choice import Pair, all_pairs, named, read_pairs, to_template
from geomlearn.collections.pairs.engines import Engine, Here, Processes
from geomlearn.collections.pairs.matched import Matched
from geomlearn.collections.pairs.run import match_pairs
from geomlearn.collections.retrieval.find import Hit, find, query_of
from geomlearn.collections.retrieval.index import Index, index_shapes, open_index, packed
from geomlearn.collections.retrieval.options import FindOptions
from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.options import MatchOptions
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.shape import Shape


class Collection:
    """The shapes in a folder, a pattern, or a list of files and built-in names.

    Parameters
    ----------
    sources   ``"scans/"``, ``"scans/*.ply"``, or several of such.

    Raises
    ------
    FormatError      there is no such file, or no shape in a folder.
    ParameterError   two shapes would be called the same.

    Examples
    --------
    >>> collection = Collection("builtin:sphere@200")
    >>> collection.names
    ('sphere@200',)
    """

    def __init__(self, sources: str | PathLike[str] | Sequence[str | PathLike[str]]) -> None:
        given = [sources] if isinstance(sources, str | PathLike) else list(sources)
        self.members: tuple[Member, ...] = members_of([str(one) for one in given])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the shapes are called: their paths without suffix, ``/`` written ``__``."""
        return tuple(member.name for member in self.members)

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Shape]:
        """The shapes, read one by one."""
        return (self._read(member) for member in self.members)

    def __getitem__(self, name: str) -> Shape:
        """The shape of this name; `ParameterError` when there is none."""
        return self._read(named(self.members, name))

    def index(
        self,
        out: str | PathLike[str],
        *,
        jobs: int = 1,
        engine: Engine | None = None,
        progress: Progress | Callable[[float, str], None] | None = None,
    ) -> Index:
        """Keep what shapes are found by in a folder ``NAME.collection``; only what is new or changed is computed.

        Raises
        ------
        GeomError   the folder holds other things or cannot be written, or no shape could be read.
        """
        told = progress if isinstance(progress, Progress) else Progress(progress) if progress else SILENT
        index_shapes(self.members, Path(out), engine=engine or (Processes(jobs) if jobs > 1 else Here()), progress=told)
        return open_index(Path(out))

    def find(
        self,
        query: str | PathLike[str] | Shape,
        *,
        region: np.ndarray | None = None,
        part: bool = False,
        index: Index | None = None,
        **options: Any,
    ) -> list[Hit]:
        """The shapes most like another, best first: ``[Hit(shape, score), …]``.

        Parameters
        ----------
        query    a shape, a file, or the name of one of these.
        region   (n,) mask, or indices, of its vertices: shapes that have such a part;  part  the query is one itself.
        index    from `index`; without it all shapes are read at the first call.
        options  of `FindOptions` by name, such as ``top=5``.
        """
        if isinstance(query, Shape):
            shape = query
        else:
            shape = self[str(query)] if query in self.names else load_shape(str(query))
        return find(index or self._tokens, query_of(shape, region, part=part), FindOptions(**options))

    @cached_property
    def _tokens(self) -> Index:
        queries = [query_of(shape) for shape in self]
        places = {name: one.places for name, one in zip(self.names, queries, strict=True)}
        return packed(self.names, [one.spec for one in self.members], [one.vectors for one in queries], places)

    def match(
        self,
        out: str | PathLike[str],
        pairs: Literal["all"] | str | PathLike[str] | Iterable[tuple[str, str]] = "all",
        *,
        to: str | None = None,
        options: MatchOptions | None = None,
        jobs: int = 1,
        engine: Engine | None = None,
        suffix: str = ".txt",
        force: bool = False,
        progress: Progress | Callable[[float, str], None] | None = None,
        **settings: Any,
    ) -> Matched:
        """Maps between pairs of the shapes, as files ``SOURCE--TARGET.txt`` and a table; a run goes on where one ended.

        Parameters
        ----------
        out      folder for the maps, ``table.csv``, and a store of what need not be computed again.
        pairs    "all", a file with two names a line, or the names themselves.
        to       one shape: every other to this one instead.
        jobs     processes; a script of one's own that asks for several needs ``if __name__ == "__main__":``.
        engine   where the work is done instead, such as a Dask cluster.
        settings options of `MatchOptions` by name.

        Raises
        ------
        As `match_pairs`; ParameterError also when an option is unknown or out of range.
        """
        chosen = (options or MatchOptions()).replace(**settings) if settings else options or MatchOptions()
        told = progress if isinstance(progress, Progress) else Progress(progress) if progress else SILENT
        engine = engine or (Processes(jobs) if jobs > 1 else Here())
        wanted = self._pairs(pairs, to)
        return match_pairs(
            self.members, wanted, Path(out), chosen, suffix=suffix, engine=engine, force=force, progress=told
        )

    def _pairs(self, pairs: Any, to: str | None) -> list[Pair]:
        if to is not None:
            return to_template(self.members, to)
        if isinstance(pairs, str) and pairs == "all":
            return all_pairs(self.members)
        if isinstance(pairs, str | PathLike):
            return read_pairs(Path(pairs), self.members)
        found = [(named(self.members, source), named(self.members, target)) for source, target in pairs]
        if not found:
            raise ParameterError("There are no pairs.", "Give names: [(source, target), …].")
        return found

    @staticmethod
    def _read(member: Member) -> Shape:
        return load_shape(member.spec).replace(name=member.name)

    def __repr__(self) -> str:
        few = ", ".join(self.names[:4]) + (" …" if len(self) > 4 else "")
        return f"Collection of {len(self)} shapes: {few}"

"""What is kept of a collection between runs, found again by content: shapes, their bases, and solved pairs."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import geomlearn
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path
from geomlearn.matching.match import prepare
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import Prepared
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

FOLDER = "store"
# Raised when what is kept begins to mean something else.
FORMAT = 1
# Prepared shapes that one process keeps: two blocks of pairs.
_MOST_KEPT = 8


@dataclass(frozen=True)
class Store:
    """A folder of arrays (npz) with facts (JSON) beside them; the facts are written last and say that all is there.

    Attributes
    ----------
    folder   of the store, inside the folder of results.
    """

    folder: Path

    def facts(self, kind: str, key: str) -> dict[str, Any] | None:
        """What is known under this key, or None when it is not there or damaged."""
        try:
            return json.loads(self._path(kind, key, ".json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def put(self, kind: str, key: str, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Keep arrays and facts."""
        write_arrays(self._path(kind, key, ".npz"), arrays, {}, force=True)
        with atomic_path(self._path(kind, key, ".json"), force=True) as temporary:
            temporary.write_text(json.dumps(dict(facts), ensure_ascii=False), encoding="utf-8")

    def arrays(self, kind: str, key: str) -> dict[str, np.ndarray]:
        """The arrays under this key.

        Raises
        ------
        FormatError   they are not there, or damaged.
        """
        return read_arrays(self._path(kind, key, ".npz"))[0]

    def shape(self, key: str, name: str) -> Shape:
        """A shape that `put_shape` kept."""
        found = self.arrays("shapes", key)
        return Shape(found["vertices"], found["faces"], name, colors=found.get("colors"))

    def put_shape(self, key: str, shape: Shape, facts: Mapping[str, Any], **more: np.ndarray) -> None:
        """Keep a shape, what is known of it, and further arrays."""
        colors = {} if shape.colors is None else {"colors": shape.colors}
        self.put("shapes", key, {"vertices": shape.vertices, "faces": shape.faces, **colors, **more}, facts)

    def prepared(self, key: str, name: str, options: MatchOptions) -> Prepared:
        """A shape made ready to be matched, from what is kept or from scratch; then it is kept."""
        place = basis_key(key, options)
        if (self.folder, place) in _READY:
            _READY.move_to_end((self.folder, place))
            return _READY[self.folder, place]
        shape = self.shape(key, name)
        ready = prepare(shape, options, basis=self._basis(place))
        if self.facts("bases", place) is None:
            raw = ready.raw
            self.put("bases", place, {"evals": raw.evals, "evecs": raw.evecs, "mass": raw.mass}, _basis_facts(raw))
        _READY[self.folder, place] = ready
        while len(_READY) > _MOST_KEPT:
            _READY.popitem(last=False)
        return ready

    def _basis(self, place: str) -> Basis | None:
        facts = self.facts("bases", place)
        if facts is None:
            return None
        try:
            found = self.arrays("bases", place)
            return Basis(found["evals"], found["evecs"], found["mass"], **facts)
        except (GeomError, KeyError):
            return None

    def _path(self, kind: str, key: str, suffix: str) -> Path:
        return self.folder / kind / f"{key}{suffix}"


_READY: OrderedDict[tuple[Path, str], Prepared] = OrderedDict()


def basis_key(shape: str, options: MatchOptions) -> str:
    """Where a shape's basis is kept: it depends on few of the options."""
    heeded = ("method", "k_solve", "k_end", "k_descriptors", "laplacian", "seed")
    return _digest([shape, {name: getattr(options, name) for name in heeded}])


def pair_key(source: str, target: str, options: MatchOptions) -> str:
    """Where a solved pair is kept."""
    return _digest([source, target, options.model_dump()])


def _digest(parts: list[Any]) -> str:
    text = json.dumps([*parts, geomlearn.__version__, FORMAT], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _basis_facts(basis: Basis) -> dict[str, Any]:
    return {"operator": basis.operator, "boundary": basis.boundary, "metadata": dict(basis.metadata)}

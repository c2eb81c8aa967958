"""Tokens of a collection in a folder: a file a shape, so that a shape that comes, changes or goes touches its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from geomlearn.collections.members import Member
from geomlearn.collections.pairs.engines import Engine, Here
from geomlearn.collections.pairs.tasks import Facts, guarded
from geomlearn.collections.retrieval.heads import unit
from geomlearn.collections.retrieval.model import bundled_tokens, features_key, weights_key
from geomlearn.collections.retrieval.tokens import shape_tokens
from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.files import atomic_path
from geomlearn.core.locks import locked
from geomlearn.core.progress import SILENT, Progress
from geomlearn.shapes.load import load_shape

SUFFIX = ".collection"
_LIST, _TOKENS, _KIND = "index.json", "tokens", "geomlearn-collection"


@dataclass(frozen=True, eq=False)
class Index:
    """Tokens of shapes, ready to be searched.

    Attributes
    ----------
    names      of the shapes;  specs   the file each was read from.
    vectors    (n, t, k) unit, single precision;  there   (n, t) false where a shape has fewer than t tokens.
    places     the vertex that each token is around, by name, where it is at hand.
    """

    names: tuple[str, ...]
    specs: tuple[str, ...]
    vectors: np.ndarray
    there: np.ndarray
    places: Mapping[str, np.ndarray] = field(default_factory=dict)
    folder: Path | None = None

    @cached_property
    def pooled(self) -> np.ndarray:
        """(n, k) means of the tokens, at unit length."""
        return unit(np.where(self.there[..., None], self.vectors, 0).sum(axis=1))

    def tokens_of(self, name: str) -> np.ndarray:
        """(m, k) the tokens of one shape."""
        row = self.names.index(name)
        return self.vectors[row][self.there[row]]

    def places_of(self, name: str) -> np.ndarray:
        """(m,) the vertices that the tokens of a shape are around."""
        if name in self.places or self.folder is None:
            return self.places[name]
        listed = _listed(self.folder)["shapes"][name]["key"]
        return read_arrays(_file(self.folder, listed, "places"))[0]["array"]


@dataclass(frozen=True)
class Indexed:
    """What a run over a collection did: names whose tokens were computed, left as they were, taken away; and errors."""

    added: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    errors: Mapping[str, str]


def index_shapes(
    members: Sequence[Member], folder: str | Path, *, engine: Engine | None = None, progress: Progress = SILENT
) -> Indexed:
    """Keep the tokens of shapes in a folder; those that are there already, by content, are not computed again.

    Shapes of the folder that are no members any more are taken out. A shape that cannot be read costs its row.

    Raises
    ------
    GeomError   the folder is another process's, holds other things, or cannot be written.
    """
    folder = Path(folder).expanduser().absolute()
    _refuse_other(folder)
    with locked(folder):
        before = _listed(folder)["shapes"] if (folder / _LIST).exists() else {}
        keys, errors = _keys(members)
        missing = [one for one in members if one.name in keys and not _is_there(folder, keys[one.name])]
        # Equal files have equal keys, and are read once.
        first = list({keys[one.name]: one for one in missing}.values())
        tasks = [(folder, one.spec, keys[one.name]) for one in first]
        failed: dict[str, str] = {}
        for number, told in (engine or Here()).run(keep_tokens, tasks, progress):
            if "error" in told:
                failed[keys[first[number].name]] = told["error"]
        errors |= {name: failed[key] for name, key in keys.items() if key in failed}
        listed = {one.name: {"spec": one.spec, "key": keys[one.name]} for one in members if one.name not in errors}
        _write_list(folder, listed)
        _sweep(folder, {one["key"] for one in listed.values()})
    computed = {one.name for one in missing}
    return Indexed(
        tuple(name for name in listed if name in computed),
        tuple(name for name in listed if name not in computed),
        tuple(name for name in before if name not in listed),
        errors,
    )


def open_index(folder: str | Path) -> Index:
    """The tokens that lie in a folder.

    Raises
    ------
    FormatError   there are none, they are damaged, or another model made them.
    """
    folder = Path(folder).expanduser().absolute()
    listed = _listed(folder)
    again = "Index the shapes again with geomlearn collection index."
    if listed.get("model") != model_key():
        raise FormatError(f"{folder.name} was indexed by another model.", again)
    names = sorted(listed["shapes"])
    try:
        tokens = [read_arrays(_file(folder, listed["shapes"][name]["key"], "vectors"))[0]["array"] for name in names]
    except (GeomError, KeyError, TypeError) as error:
        raise FormatError(f"{folder.name} is damaged: {error}", again) from None
    size = bundled_tokens().size
    if not names or any(one.ndim != 2 or one.shape[1] != size or not len(one) for one in tokens):
        raise FormatError(f"{folder.name} {'is damaged' if names else 'holds no shapes'}.", again)
    return packed(names, [listed["shapes"][name]["spec"] for name in names], tokens, folder=folder)


def packed(
    names: Sequence[str],
    specs: Sequence[str],
    tokens: Sequence[np.ndarray],
    places: Mapping[str, np.ndarray] | None = None,
    folder: Path | None = None,
) -> Index:
    """An index from the tokens (m, k) of each shape."""
    most = max(len(one) for one in tokens)
    vectors = np.zeros((len(tokens), most, tokens[0].shape[1]), np.float32)
    there = np.zeros((len(tokens), most), bool)
    for row, one in enumerate(tokens):
        vectors[row, : len(one)], there[row, : len(one)] = one, True
    return Index(tuple(names), tuple(specs), vectors, there, places or {}, folder)


def keep_tokens(folder: Path, spec: str, key: str) -> Facts:
    """Read a shape and write its tokens; or the reason why not under ``error``. Done twice, it does no harm."""

    def work() -> Facts:
        found = shape_tokens(load_shape(spec))
        vectors = bundled_tokens().encode(found.inputs).astype(np.float16)
        # The vectors are written last and say that all is there.
        for what, array in (("places", found.vertices.astype(np.int32)), ("vectors", vectors)):
            with atomic_path(_file(folder, key, what), force=True) as temporary, temporary.open("wb") as stream:
                np.save(stream, array)
        return {"n_tokens": len(vectors)}

    return guarded(work)


def model_key() -> str:
    """Digest of the models that tokens are made by."""
    return weights_key({**bundled_tokens().weights, "features": np.frombuffer(features_key().encode(), np.uint8)})


def _keys(members: Sequence[Member]) -> tuple[dict[str, str], dict[str, str]]:
    """Of each shape the digest of its content and of the model; and why some have none."""
    keys, errors, model = {}, {}, model_key()
    for one in members:
        try:
            keys[one.name] = hashlib.blake2b(f"{one.key} {model}".encode(), digest_size=12).hexdigest()
        except GeomError as error:
            errors[one.name] = str(error)
    return keys, errors


def _listed(folder: Path) -> dict:
    try:
        found = json.loads((folder / _LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or found.get("format") != _KIND or not isinstance(found.get("shapes"), dict):
        raise FormatError(
            f"{folder} is no indexed collection.", "Make one with geomlearn collection index FOLDER -o NAME.collection."
        )
    return found


def _write_list(folder: Path, shapes: Mapping[str, Mapping[str, str]]) -> None:
    with atomic_path(folder / _LIST, force=True) as temporary:
        text = {"format": _KIND, "model": model_key(), "shapes": shapes}
        temporary.write_text(json.dumps(text, ensure_ascii=False, indent=1), encoding="utf-8")


def _refuse_other(folder: Path) -> None:
    if folder.is_file():
        raise GeomError(f"{folder} is a file.", "Choose another name.")
    ours = any((folder / name).exists() for name in (_LIST, _TOKENS))
    if folder.is_dir() and not ours and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise GeomError(f"{folder} holds other things.", f"Choose a new folder, NAME{SUFFIX}.")


def _file(folder: Path, key: str, what: str) -> Path:
    return folder / _TOKENS / f"{key}.{what}.npy"


def _is_there(folder: Path, key: str) -> bool:
    return _file(folder, key, "vectors").is_file()


def _sweep(folder: Path, used: set[str]) -> None:
    for path in (folder / _TOKENS).glob("*.npy"):
        if path.name.split(".")[0] not in used:
            path.unlink(missing_ok=True)

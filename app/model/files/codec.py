"""Items as JSON plus named arrays, and back. Only the types listed here are ever built from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.app.model import computed, forms, glyphs, items
from geomlearn.app.model.many import items as many
from geomlearn.app.model.matching import matches
from geomlearn.app.model.measuring import items as measuring
from geomlearn.app.model.scene import Stage
from geomlearn.app.model.sensing import items as sensing
from geomlearn.core.errors import SessionError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

TYPES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        items.ShapeItem,
        items.Layer,
        items.Coarse,
        computed.BasisItem,
        computed.ValuesItem,
        computed.FieldItem,
        forms.ShapeModelItem,
        matches.MatchItem,
        matches.LandmarksItem,
        matches.Judgement,
        matches.TruthErrors,
        computed.SelectionItem,
        glyphs.VectorsItem,
        glyphs.CurvesItem,
        sensing.SensorsItem,
        sensing.ReadingsItem,
        many.CollectionItem,
        measuring.DistanceItem,
        measuring.Measured,
        measuring.ProbesItem,
        computed.BookmarkItem,
        Stage,
        Shape,
        Basis,
    )
}


def encode(value: Any, arrays: dict[str, np.ndarray], path: str = "") -> Any:
    """JSON for `value`; its arrays are put into `arrays` under dotted names, and referred to by them."""
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {"array": path}
    if is_dataclass(value) and not isinstance(value, type):
        content = {f.name: encode(getattr(value, f.name), arrays, _join(path, f.name)) for f in fields(value)}
        return {"type": type(value).__name__, **content}
    if isinstance(value, Mapping):
        return {"mapping": {str(key): encode(part, arrays, _join(path, str(key))) for key, part in value.items()}}
    if isinstance(value, tuple | list):
        return [encode(part, arrays, _join(path, str(number))) for number, part in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise SessionError(f"A {type(value).__name__} cannot be kept in a session.", "Remove that item, then save again.")


def decode(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The value that `encode` wrote.

    Raises
    ------
    SessionError   it names an array or a type that is not there.
    """
    if isinstance(value, list):
        return tuple(decode(part, arrays) for part in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        if value["array"] not in arrays:
            raise SessionError(f"The array {value['array']} is missing.", "The session folder is incomplete.")
        return arrays[value["array"]]
    if "mapping" in value:
        return {key: decode(part, arrays) for key, part in value["mapping"].items()}
    cls = TYPES.get(value.get("type", ""))
    if cls is None:
        raise SessionError(f"Nothing here is called {value.get('type')!r}.", "It was saved by a newer version.")
    known = {f.name for f in fields(cls)}
    try:
        return cls(**{key: decode(part, arrays) for key, part in value.items() if key in known})
    except TypeError as error:
        raise SessionError(f"A {cls.__name__} is incomplete: {error}.", "The session folder is damaged.") from None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

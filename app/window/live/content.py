"""What a person gives to `show`, checked at the door and taken apart into plain values that can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.exchange import as_shapes
from geomlearn.shapes.shape import Shape

NODES = 0.35
"""Size of the points of a graph, between which its edges must be seen; times the usual one of points."""


def content_of(what: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Shapes, fields on the first of them and a map, as plain values.

    Raises
    ------
    SizeMismatch, MeshError, ParameterError   they cannot be drawn, or do not belong together.
    """
    if hasattr(what, "map_ab") and hasattr(what, "shape_a"):
        shapes = {f"{what.shape_a.name} A": what.shape_a, f"{what.shape_b.name} B": what.shape_b}
        sent = {"map_ab": np.asarray(what.map_ab), "map_ba": np.asarray(what.map_ba)}
    else:
        shapes, sent = _shapes(what), {}
        # A graph by itself is its points, and its edges on them.
        fields = {**({"edges": what} if isinstance(what, Curves) else {}), **fields}
    first = next(iter(shapes.values()), None)
    named = {name: values_of(name, values, first) for name, values in fields.items()}
    for name, values in named.items():
        if first is not None:
            fit(name, values, first)
    return {
        "shapes": [{"label": label, "vertices": s.vertices, "faces": s.faces} for label, s in shapes.items()],
        "point_size": NODES if isinstance(what, Curves) else 1.0,
        "fields": named,
        "match": sent,
    }


def fit(name: str, values: Mapping[str, Any], shape: Shape) -> None:
    """Raise SizeMismatch where what `values_of` gives is not for the vertices, or the faces, of this shape."""
    if "vectors" in values:
        Vectors(values["vectors"], values["on"], values["tangent"]).place(shape, name)
    elif "values" in values and values["values"].shape[1] != shape.n_vertices:
        what = f"{name} has {values['values'].shape[1]} values for {shape.n_vertices} vertices of {shape.name}."
        raise SizeMismatch(what, "Give one for each vertex.")


def values_of(name: str, given: Any, shape: Shape | None = None) -> dict[str, Any]:
    """What is on a shape as plain arrays: "values" (1, n); with "times" and "names" (t, n, c); or "colors" (1, n, 3);
    or "vectors" (n, 3); or "points" and "edges" of curves.

    Parameters
    ----------
    given   (n,) numbers, (n, 3) colours in [0, 1] or, where one of them is negative, vectors; (m, 3) vectors of the
            faces; (t, n) moments, or a `FieldSeries`; `Vectors` or `Curves`.
    shape   it belongs to, which tells three moments from colours; None takes three columns for colours or vectors.

    Raises
    ------
    ParameterError   they are no numbers, or have another number of axes.
    """
    if isinstance(given, Vectors):
        return {"vectors": given.values, "on": given.on, "tangent": given.tangent}
    if isinstance(given, Curves):
        return {"points": given.points, "edges": given.edges}
    times = getattr(given, "times", None)
    try:
        values = np.asarray(given.values if times is not None else given, np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} holds no numbers.", "Give an array (n,), or (t, n) for moments.") from None
    if values.ndim not in ((1, 2) if times is None else (2, 3)) or values.size == 0:
        what = f"{name} has the shape {values.shape}."
        raise ParameterError(what, "Give (n,) numbers, one for each vertex, (t, n) moments, or (n, 3) colours.")
    if np.isinf(values).any() or np.isnan(values).all():
        bad = int(np.flatnonzero(~np.isfinite(values.reshape(-1)))[0])
        raise ParameterError(f"{name} is not finite at {bad}.", "NaN marks a vertex without a value.")
    if times is not None:
        return {"values": values, "times": np.asarray(times, float), "names": tuple(given.names)}
    if values.ndim == 1:
        return {"values": values[None]}
    counts = (shape.n_vertices, shape.n_faces) if shape is not None else (len(values),)
    if values.shape[1] == 3 and len(values) in counts and (len(values) != counts[0] or np.nanmin(values) < 0):
        return {"vectors": values, "on": None, "tangent": False}
    if values.shape[1] == 3 and len(values) == counts[0]:
        if np.isnan(values).any() or values.max() > 1:
            raise ParameterError(f"The colours {name} leave [0, 1].", "Divide by 255, or give gl.Vectors(values).")
        return {"values": values[None], "colors": True}
    return {"values": values, "times": np.arange(len(values), dtype=float), "names": (name,)}


def _shapes(what: Any) -> dict[str, Shape]:
    if what is None:
        return {}
    return {"points": Shape(what.points, name="points")} if isinstance(what, Curves) else as_shapes(what)

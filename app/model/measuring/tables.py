"""Numbers read at probes and along ways, as tables to copy."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np

from geomlearn.app.model.computed import FieldItem, ValuesItem
from geomlearn.app.model.measuring.items import DistanceItem, ProbesItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.layers import Picture, picture

Table = tuple[list[str], np.ndarray]
"""The names of the columns, and the numbers (rows, columns)."""


def probe_table(scene: Scene, item: ProbesItem) -> Table:
    """A row per probe: vertex, x, y, z, what the shape shows there, and all other functions on it but fields.

    Functions of one name are told apart by the items they belong to.
    """
    shape = scene[item.owner]
    chosen = np.array(item.vertices, int)
    names, columns = ["vertex", "x", "y", "z"], [chosen, *shape.shape.vertices[chosen].T]
    shown = picture(scene, shape)
    if shown is not None and shown.values.ndim == 1:
        names.append(shown.title)
        columns.append(shown.values[chosen])
    layer = shape.layer
    for source in scene.children(shape.id, ValuesItem):
        for number, name in enumerate(source.names if source.values.ndim == 2 else ()):
            if layer is None or layer.through or (layer.source, layer.column) != (source.id, number):
                names.append(f"{name} · {source.label}" if name in names else name)
                columns.append(source.values[number][chosen])
    return names, np.stack(columns, axis=1)


def over_time(field: FieldItem, column: int, vertices: Sequence[int]) -> Table:
    """A row per moment: its time, and the shown component of a field at each of the vertices."""
    values = field.values if field.values.ndim == 2 else field.values[..., field.component(column)]
    names = [field.moment_word, *(f"vertex {vertex}" for vertex in vertices)]
    return names, np.column_stack([field.times, values[:, list(vertices)]])


def profile_table(item: DistanceItem, shown: Picture) -> Table:
    """A row per point of a way: how far along, where, and the number shown there."""
    names = ["along", "x", "y", "z", shown.title]
    return names, np.column_stack([item.stations, item.measured.path, item.profile(shown.values)])


def to_csv(names: Sequence[str], rows: np.ndarray) -> str:
    """A table as text, with as many digits as tell doubles apart."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([f"{value:.17g}" for value in row] for row in rows)
    return out.getvalue()

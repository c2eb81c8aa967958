"""All shapes of a collection by the vertices of one template."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geomlearn.collections.members import members_of
from geomlearn.collections.pairs.choice import named, to_template, with_template
from geomlearn.collections.pairs.engines import Engine
from geomlearn.collections.pairs.matched import Matched, open_matched
from geomlearn.collections.pairs.run import match_pairs
from geomlearn.collections.pairs.store import FOLDER
from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.shapes.shape import Shape


@dataclass(frozen=True, eq=False)
class Corresponding:
    """Shapes whose vertices correspond.

    Attributes
    ----------
    template   the shape whose vertices these are;  names  of the shapes, the template first.
    vertices (s, n, 3)   each shape where the template's vertices are on it;  mass (n,)  areas on the template.
    notes      what was left out, and what to be careful about.
    """

    template: Shape
    names: tuple[str, ...]
    vertices: np.ndarray
    mass: np.ndarray
    notes: list[str] = field(default_factory=list)


def corresponding(
    place: str | Path, template: str, out: Path, engine: Engine | None = None, progress: Progress = SILENT
) -> Corresponding:
    """Shapes in a folder by the vertices of a template; they are matched into `out` unless `place` holds maps to it.

    Shapes with the template's very faces are taken as they are.

    Raises
    ------
    ParameterError   no shape could be matched with the template.
    As `members_of` and `match_pairs` else.
    """
    found, name = _matched(place, template, out, engine, progress)
    goal = found.store.shape(found.keys[name], name)
    names, vertices, notes = [name], [goal.vertices], list(found.notes)
    for row in found.rows:
        if row.target != name:
            continue
        if row.verdict == "failed":
            notes.append(f"{row.source} is left out: {row.reason}")
            continue
        shape = found.store.shape(found.keys[row.source], row.source)
        # The map back says where each vertex of the template is on this shape.
        same = shape.n_vertices == goal.n_vertices and np.array_equal(shape.faces, goal.faces)
        vertices.append(shape.vertices if same else shape.vertices[found.maps(row.source, name)[1]])
        names.append(row.source)
        if row.verdict == "bad" and not same:
            notes.append(f"{row.source}: its map seems bad, and spoils what is made of it.")
    if len(names) < 2:
        raise ParameterError(f"No shape could be matched with {name}.", "See the reasons in table.csv.")
    ready = found.store.prepared(found.keys[name], name, found.options)
    return Corresponding(goal, tuple(names), np.stack(vertices), ready.raw.mass, notes)


def _matched(
    place: str | Path, template: str, out: Path, engine: Engine | None, progress: Progress
) -> tuple[Matched, str]:
    if (Path(place) / FOLDER).is_dir():
        found = open_matched(place)
        return found, named(found.members, template).name
    members, goal = with_template(members_of([place]), template)
    pairs = to_template(members, goal)
    return match_pairs(members, pairs, out, engine=engine, progress=progress), goal.name

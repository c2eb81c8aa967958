"""What of a match the stage shows: which match, which of its pictures, which lines."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from geomlearn.app.model.commands import Command, Steps, change
from geomlearn.app.model.items import Layer
from geomlearn.app.model.matching.matches import COLORS, LINE_COLORS, MATRIX, VERDICT, MatchItem
from geomlearn.app.model.view.marks import MAX_LINES
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Hit, Light
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.matching.sparse_transport.likely import likely_places
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape

# Places of a shape among which candidates are sought, modes by which, and the size of one that has the whole share.
PLACES, LOW_MODES, LARGEST = 600, 30, 1.6


def match_between(app: Application, first: str, second: str) -> MatchItem | None:
    """The match from one shape to another: the one in focus, else the newest."""
    if isinstance(app.item, MatchItem) and app.item.parents == (first, second):
        return app.item
    found = [item for item in app.scene.of(MatchItem) if item.parents == (first, second)]
    shown = [item for item in found if item.visible]
    return (shown or found or [None])[-1]


def shown_column(app: Application, match: MatchItem) -> int | None:
    """Which picture of this match its shapes show, or None for something else."""
    for key in match.parents:
        layer = app.scene[key].layer
        if layer is not None and layer.source == match.id:
            return layer.column
    return None


def show_column(app: Application, match: MatchItem, column: int) -> None:
    """Colour both shapes with one picture of the match; a row of entries walked through is one step."""
    name = match.column_names()(column)
    what = f"Show the colours of {match.label}" if column == COLORS else f"Show {name} of {match.label}"
    layer = Layer(source=match.id, column=column, isolines=column >= MATRIX)
    app.do(Steps(what, tuple(change(key, layer=layer) for key in match.parents), f"{match.id} column"))


def hiding_others(app: Application, first: str, second: str) -> tuple[Command, ...]:
    """Commands that take the lines of earlier matches of these two shapes off the stage."""
    pair = {first, second}
    old = [item for item in app.scene.of(MatchItem) if set(item.parents) == pair and item.visible]
    return tuple(change(item.id, visible=False) for item in old)


def images(app: Application, hit: Hit) -> list[Light]:
    """The point under the pointer, its image on every shape that a visible match leads to, and where else it may be."""
    reached: dict[str, tuple[MatchItem, int]] = {}
    matches = [item for item in app.scene.of(MatchItem) if item.visible and hit.shape_id in item.parents]
    # What is in focus speaks first, then the newest.
    for match in sorted(matches, key=lambda item: item.id == app.focus, reverse=True) if matches else ():
        forward = hit.shape_id == match.shape_a
        other = match.shape_b if forward else match.shape_a
        reached.setdefault(other, (match, int((match.map_ab if forward else match.map_ba)[hit.vertex])))
    if not reached:
        return []
    lights = [Light(hit.position, app.theme.accent)]
    for key, (match, vertex) in reached.items():
        shape = app.scene[key]
        if shape.visible:
            found, shares = candidates(match, shape.shape, hit)
            points = world_points(app.scene, shape, [vertex, *found])
            lights.append(Light(points[0], app.theme.accent))
            # Volumes are as the shares.
            sizes = LARGEST * np.cbrt(shares)
            lights += [Light(point, app.theme.warn, size) for point, size in zip(points[1:], sizes, strict=True)]
    return lights


def candidates(match: MatchItem, target: Shape, hit: Hit) -> tuple[np.ndarray, np.ndarray]:
    """Well-spread vertices of the target that the point may belong to, by the low modes of the map, and their shares.

    None where the match has no functional map, or nothing but the image itself comes into question.
    """
    nothing = np.zeros(0, np.int64), np.zeros(0)
    if match.basis_a is None or match.basis_b is None or match.fmap_ab.size == 0:
        return nothing
    forward = hit.shape_id == match.shape_a
    here, there = (match.basis_a, match.basis_b) if forward else (match.basis_b, match.basis_a)
    k = min(LOW_MODES, *match.fmap_ab.shape)
    fmap = match.fmap_ab[:k, :k] if forward else match.fmap_ab[:k, :k].T
    # Modes go with 1/√area, and the map from A to B with the root of the ratio of areas.
    row, rows = fmap @ here.evecs[hit.vertex, :k], there.evecs[_spread(target), :k]
    scale = here.mass.sum() / there.mass.sum() if forward else 1.0
    found, shares = likely_places(row * scale, rows)
    return (_spread(target)[found], shares) if len(found) > 1 else nothing


@lru_cache(maxsize=8)
def _spread(shape: Shape) -> np.ndarray:
    return farthest_points(shape.vertices, min(PLACES, shape.n_vertices))


def image_words(app: Application, match: MatchItem, hit: Hit | None) -> str:
    """Where the vertex under the pointer goes, in words."""
    if hit is None or hit.shape_id not in match.parents:
        return "Points that correspond have one colour. Hover one."
    forward = hit.shape_id == match.shape_a
    image = (match.map_ab if forward else match.map_ba)[hit.vertex]
    here, there = (app.scene[key].label for key in (match.parents if forward else match.parents[::-1]))
    return f"{here} {hit.vertex} → {there} {image}"


def draw_lines(app: Application, ui: Ui, match: MatchItem) -> None:
    """How many points are joined by lines, and what colours them."""
    changed, show = ui.checkbox("Lines between corresponding points", match.show_lines, "lines")
    if changed:
        app.do(change(match.id, show_lines=show))
    if not match.show_lines:
        return
    changed, count = ui.slider_int("How many", match.n_lines, 1, MAX_LINES)
    if changed:
        app.do(change(match.id, n_lines=count))
    can = {"position": True, "confidence": match.doubt() is not None, "error": match.truth is not None}
    offered = [name for name in LINE_COLORS if can[name]]
    ui.label("Coloured by")
    chosen = ui.choice("line colours", offered, match.line_colors if can[match.line_colors] else "position")
    if chosen != match.line_colors and can[chosen]:
        app.do(change(match.id, f"Lines of {match.label} by {chosen}", line_colors=chosen))
    if chosen == "confidence":
        ui.faint("Dark lines start where going there and back ends elsewhere.")
    elif chosen == "error":
        ui.faint("Dark lines start where the error is large.")


def draw_verdict(app: Application, ui: Ui, match: MatchItem) -> None:
    """What can be said without ground truth: a sentence each, and where it fails."""
    shown = shown_column(app, match)
    if match.note and not match.source:
        ui.faint(match.note)
    for number, judged in enumerate(match.judgements):
        column = VERDICT + number
        with ui.scope(judged.name):
            ui.text(judged.sentence)
            where = app.scene[match.shape_a if judged.on == "source" else match.shape_b].label
            if shown == column:
                if ui.link("Back to the colours", "show"):
                    show_column(app, match, COLORS)
            elif ui.link(f"Show where, on {where}", "show"):
                show_column(app, match, column)


def draw_pictures(app: Application, ui: Ui, match: MatchItem) -> None:
    """What the pointer is on, or the way back to the colours from any other picture."""
    if shown_column(app, match) == COLORS:
        ui.faint(image_words(app, match, app.hit))
    elif ui.link("Show the colours carried across", "colours"):
        show_column(app, match, COLORS)

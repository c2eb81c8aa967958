"""Files dropped on the window: maps and functional maps placed between the right shapes, truth lists, landmarks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geomlearn.app.desks.match import scripts
from geomlearn.app.desks.match.runs import put
from geomlearn.app.desks.match.stage import match_between
from geomlearn.app.model.files.loading import Indices
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.matching.placing import listed_shape, place_map
from geomlearn.app.window.application import Application
from geomlearn.app.window.files.opening import READ
from geomlearn.app.window.notices import Notice
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.matching.io.functional_maps import FunctionalMapFile

if TYPE_CHECKING:
    from geomlearn.app.desks.match.desk import MatchDesk

FROM_FILE = "geomlearn.app.model.matching.jobs:match_from_file"
FROM_FMAP = "geomlearn.app.model.matching.jobs:match_from_fmap_file"


def take(desk: MatchDesk, app: Application, source: str, loaded: Any) -> bool:
    """Place what was read, once every shape dropped with it is there; false when it is nothing of ours."""
    if not isinstance(loaded, Indices | FunctionalMapFile):
        return False
    if app.busy(READ):
        app.after_frame(lambda _: app.guard(source, lambda: take(desk, app, source, loaded)))
        return True
    if not isinstance(loaded, Indices):
        _place_fmap(desk, app, source, loaded)
    else:
        _place_indices(desk, app, source, loaded)
    return True


def read_map(
    desk: MatchDesk, app: Application, source: str, ends: tuple[str, str], why: str, base: int | None = None
) -> None:
    """Read a map in a worker and make a match of it."""
    first, second = (app.scene[key] for key in ends)
    app.submit(
        f"Map {first.label} → {second.label} from {Path(source).name}",
        FROM_FILE,
        source,
        first.shape,
        second.shape,
        base,
        on_result=lambda found: _map_arrived(desk, app, source, ends, why, *found),
    )


def switch_base(desk: MatchDesk, app: Application, match: MatchItem) -> None:
    """Read the file of a match again, counted from the other base."""
    read_map(desk, app, match.source, (match.parents[0], match.parents[1]), "as before", 1 - match.index_base)


def _place_indices(desk: MatchDesk, app: Application, source: str, loaded: Indices) -> None:
    pair = desk.pair(app)
    preferred = (pair[0].id, pair[1].id) if pair else None
    listed = listed_shape(app.scene, source)
    if listed is not None:
        desk.truth.take_list(app, listed, source, match_between(app, *preferred) if preferred else None)
        return
    if source.lower().endswith(".sym.vts"):
        app.notices.news(f"{Path(source).name} is read along with the list it belongs to.")
        return
    try:
        place = place_map(app.scene, loaded, source, preferred)
    except SizeMismatch:
        if loaded.table.shape[1] == 2 and pair is not None:
            desk.landmarks.read(app, pair, source)
            return
        raise
    read_map(desk, app, source, (place.source, place.target), place.why)


def _map_arrived(
    desk: MatchDesk, app: Application, source: str, ends: tuple[str, str], why: str, found: Any, match: Any
) -> None:
    known = {"source": source, "index_base": found.index_base, "method": match.metadata["method"]}
    item = put(
        app,
        ends,
        match,
        f"Open {Path(source).name}",
        lambda shapes, label: scripts.read(shapes, label, source, found.index_base),
        label=Path(source).stem,
        note=found.sentence,
        **known,
    )
    if item is None:
        return
    app.show_desk(desk.key)
    first, second = (app.scene[key].label for key in ends)
    words = f"{Path(source).name} leads {first} → {second}, {why}. {found.sentence}"
    buttons = [(f"Count from {1 - found.index_base} instead", lambda: switch_base(desk, app, item))]
    earlier = [other for other in app.scene.of(MatchItem) if other.parents == ends and other.id != item.id]
    if earlier:
        # A map that comes after a match may be what the match is to be measured by.
        buttons.append(("It is the truth", lambda: _measure_by(desk, app, earlier[-1], item)))
    app.notices.say(Notice(words, buttons=tuple(buttons)))


def _measure_by(desk: MatchDesk, app: Application, match: MatchItem, truth: MatchItem) -> None:
    """Take one match as the truth for another."""
    if match.id not in app.scene or truth.id not in app.scene:
        raise ParameterError("One of the two matches has been removed meanwhile.", "Undo, then measure again.")
    app.focus_on(match.id)
    desk.truth.measure(app, app.scene[match.id], app.scene[truth.id])


def _place_fmap(desk: MatchDesk, app: Application, source: str, loaded: Any) -> None:
    pair = desk.pair(app)
    if pair is None:
        raise SizeMismatch(f"{Path(source).name} is a functional map.", "It needs two shapes: open them first.")
    shapes = {shape.label: shape for shape in app.scene.shapes}
    named = [shapes.get(str(loaded.metadata.get(word, ""))) for word in ("source", "target")]
    first, second = named if all(named) else pair
    app.submit(
        f"Functional map {first.label} → {second.label} from {Path(source).name}",
        FROM_FMAP,
        source,
        first.shape,
        second.shape,
        on_result=lambda match: put(
            app,
            (first.id, second.id),
            match,
            f"Open {Path(source).name}",
            lambda shapes, label: scripts.read_fmap(shapes, label, source),
            label=Path(source).stem,
            method="given",
        ),
    )

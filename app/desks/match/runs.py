"""Running a way to a match, and putting what comes of it on the stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from geomlearn.app.desks.match import scripts
from geomlearn.app.desks.match.chain import Step, chain_between, leg, steps
from geomlearn.app.desks.match.landmarks import known_pairs
from geomlearn.app.desks.match.stage import hiding_others
from geomlearn.app.desks.match.ways import Call, Way, ways
from geomlearn.app.desks.match.zero_shot.states import states_of
from geomlearn.app.model.commands import Add, Steps, change
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.results import first_layer, result_item
from geomlearn.app.model.scene import unique
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.core.errors import ParameterError
from geomlearn.core.results import Result

if TYPE_CHECKING:
    from geomlearn.app.desks.match.desk import MatchDesk

CHAIN = "geomlearn.matching.existing_maps:chain_matches"
Ends = tuple[str, str]
"""Ids of the shapes a match leads from and to."""
Made = Callable[[tuple[ShapeItem, ShapeItem], str], Script]
"""From the two shapes and the label of a match to how it was made."""


def next_call(desk: MatchDesk, app: Application) -> Call:
    """What the way chosen on the desk would ask of a worker."""
    way = ways()[desk.way]
    pairs = known_pairs(app, desk.pair(app)) if way.landmarks else None
    return way.call(desk.options[desk.way], desk.match(app), pairs)


def compute(desk: MatchDesk, app: Application) -> None:
    """Go the way chosen, with the landmarks that are complete; the match comes as a new item."""
    first, second = desk.pair(app)
    way, call, base = ways()[desk.way], next_call(desk, app), desk.match(app)
    extra = [] if call.options is None else [call.options]
    app.submit(
        f"{'Refine' if way.refines else 'Match'} {first.label} → {second.label}",
        call.target,
        first.shape,
        second.shape,
        *call.args,
        *extra,
        **call.keywords,
        on_result=lambda result: _arrived(desk, app, (first.id, second.id), way, call, base, result),
    )


def chain(desk: MatchDesk, app: Application) -> None:
    """Compose the matches on the way from A to B."""
    first, second = desk.pair(app)
    found = chain_between(app.scene, first.id, second.id)
    way = steps(app.scene, found)
    app.submit(
        f"Chain {first.label} → {second.label}",
        CHAIN,
        first.shape,
        second.shape,
        tuple(leg(step) for step in way),
        on_result=lambda match: _chained(app, found, way, match),
    )


def put(
    app: Application,
    ends: Ends,
    result: Any,
    title: str,
    made: Made,
    *,
    without_lines: tuple[str, ...] = (),
    **known: Any,
) -> MatchItem | None:
    """A new match on the stage, shown in place of earlier ones between its shapes; None when it was refused.

    Parameters
    ----------
    result  a ShapeMatch, as it is or inside a Result.
    without_lines  ids of matches whose lines would hide the new ones.
    known   attributes of the item.
    """
    if not all(key in app.scene for key in ends):
        raise ParameterError("A shape of this match has been removed meanwhile.", "Undo, then match again.")
    first, second = (app.scene[key] for key in ends)
    item = result_item(result, [first, second], **known)
    item = item.replace(label=unique(item.label, (other.label for other in app.scene)))
    add = Add((item,), title, made((first, second), item.label), first_layer(item))
    quiet = tuple(change(key, show_lines=False) for key in without_lines if key in app.scene)
    if not app.do(Steps(title, (*hiding_others(app, *ends), *quiet, add))):
        return None
    app.focus_on(item.id)
    return app.scene[item.id]


def _arrived(
    desk: MatchDesk, app: Application, ends: Ends, way: Way, call: Call, base: MatchItem | None, result: Result
) -> None:
    """Put a computed correspondence on the stage, and measure it as its forerunner was."""
    parameters = call.options.model_dump() if call.options is not None else {}
    if "landmarks" in call.keywords:
        parameters["landmarks"] = call.keywords["landmarks"].tolist()
    what = "Refine" if way.refines else "Match"
    title = f"{what} {' → '.join(app.scene[key].label for key in ends if key in app.scene)}"
    label = " · ".join([" → ".join(app.scene[key].label for key in ends if key in app.scene), way.method.title.lower()])
    known: dict[str, Any] = {
        "label": label,
        "method": way.method.key,
        "parameters": parameters,
        "note": result.sentence,
        "states": states_of(result),
    }
    item = put(
        app,
        ends,
        result,
        title,
        lambda shapes, label: scripts.computed(shapes, label, way.method.key, call, base),
        **known,
    )
    if item is not None:
        desk.truth.again(app, item)


def _chained(app: Application, found: list[str], way: list[Step], match: Any) -> None:
    middle = ", ".join(app.scene[key].label for key in found[1:-1] if key in app.scene)
    put(
        app,
        (found[0], found[-1]),
        match,
        f"Chain through {middle}",
        lambda ends, label: scripts.chained(ends, label, way),
        without_lines=tuple(match.id for match, _ in way),
        method="chained",
        note=f"Composed of matches through {middle}.",
    )

"""The words to copy: each way to a match as a shell line and as Python."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import numpy as np

from geomlearn.app.desks.match.ways import Call
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.results import call_script, identifier
from geomlearn.app.model.texts import Script
from geomlearn.matching.options import MatchOptions

Ends = tuple[ShapeItem, ShapeItem]


def computed(ends: Ends, label: str, method: str, call: Call, base: MatchItem | None) -> Script:
    """A match computed from two shapes by a method, or refined from the match `base`."""
    module, _, function = call.target.partition(":")
    arguments, keywords = _names(ends), {}
    if call.args and base is not None:
        arguments += [f"{identifier(base.label)}.{name}" for name in ("map_ab", "map_ba")]
    if "landmarks" in call.keywords:
        keywords["landmarks"] = f"np.array({np.asarray(call.keywords['landmarks']).tolist()})"
    name = identifier(label)
    show = {**_shown(ends, label), "method": method}
    python = call_script(module, function, arguments, call.options, name, show, keywords, tell=True)
    # What follows needs the match itself, without the story of its computation.
    python = f"{python}\n{name} = {name}.value"
    if keywords:
        python = f"import numpy as np\n{python}"
    shell = "" if call.args else f"{match_line(ends, call.options.model_dump() if call.options else {})} -o map.txt"
    return Script(shell, python)


def chained(ends: Ends, label: str, matches: Sequence[tuple[MatchItem, bool]]) -> Script:
    """A match composed of others; each with whether it is gone forward."""
    legs = []
    for match, forward in matches:
        names = ("map_ab", "map_ba") if forward else ("map_ba", "map_ab")
        legs.append("({0}.{1}, {0}.{2})".format(identifier(match.label), *names))
    arguments = [*_names(ends), f"({', '.join(legs)})"]
    name = identifier(label)
    module = "geomlearn.matching.existing_maps"
    return Script("", call_script(module, "chain_matches", arguments, None, name, _shown(ends, label)))


def read(ends: Ends, label: str, source: str, index_base: int) -> Script:
    """A match made of a map file."""
    name = identifier(label)
    lines = (
        "from geomlearn.app.model.results import show_result",
        "from geomlearn.matching.existing_maps import match_from_point_maps",
        "from geomlearn.matching.io.maps import read_map",
        f"{name} = read_map({source!r}, index_base={index_base}).map_ab",
        f"{name} = match_from_point_maps({', '.join(_names(ends))}, {name})",
        f"scene = show_result(scene, {name}, {_words(_shown(ends, label))})",
    )
    return Script(_view(ends, source), "\n".join(lines))


def read_fmap(ends: Ends, label: str, source: str) -> Script:
    """A match made of a file with a functional map."""
    name = identifier(label)
    lines = (
        "from geomlearn.app.model.results import show_result",
        "from geomlearn.matching.io.functional_maps import read_fmap",
        "from geomlearn.matching.existing_maps import match_from_functional_map",
        f"{name} = match_from_functional_map({', '.join(_names(ends))}, read_fmap({source!r}).fmap_ab)",
        f"scene = show_result(scene, {name}, {_words(_shown(ends, label))})",
    )
    return Script(_view(ends, source), "\n".join(lines))


def match_line(ends: Ends, parameters: dict[str, object]) -> str:
    """The shell line that computes a match with these options."""
    # Each method has options of its own.
    method = str(parameters.get("method", MatchOptions().method))
    plain = {**MatchOptions.model_validate({"method": method}).model_dump(), "method": MatchOptions().method}
    given = {name: value for name, value in parameters.items() if name in plain and value != plain[name]}
    flags = "".join(f" --{name.replace('_', '-')} {value}" for name, value in given.items())
    return f"geomlearn match {' '.join(_sources(ends))}{flags}"


def _names(ends: Ends) -> list[str]:
    return [identifier(shape.label) for shape in ends]


def _shown(ends: Ends, label: str) -> dict[str, str]:
    return {"on": ends[0].label, "onto": ends[1].label, "label": label}


def _words(show: dict[str, str]) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in show.items())


def _sources(ends: Ends) -> list[str]:
    return [shlex.quote(shape.source or shape.label) for shape in ends]


def _view(ends: Ends, source: str) -> str:
    return f"geomlearn view {' '.join(_sources(ends))} {shlex.quote(source)}"

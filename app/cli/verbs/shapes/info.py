"""`geomlearn info`: what a shape is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, FAILED
from geomlearn.app.cli.files import load_held
from geomlearn.app.cli.flags import SPEECH, Common, Force
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.app.cli.verbs.collections.each import TABLE, several, stands_for_many, write_rows
from geomlearn.core.errors import GeomError

if TYPE_CHECKING:
    from geomlearn.shapes.checks import ShapeInfo

_MOST_NAMES = 8

Files = Annotated[str, Parameter(help="Meshes or point clouds, or builtin:NAME.", metavar="FILE")]


def info(
    file: Files,
    /,
    *files: Files,
    output: Annotated[
        Path | None, Parameter(name=("--output", "-o"), metavar="FOLDER", help="Folder for the figures as table.csv.")
    ] = None,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Counts, components, boundary loops, genus, area and quality.

    With a folder or several files, one that cannot be read does not stop the
    others; the exit code is then 1. `geomlearn info builtin:` lists built-in
    shapes.
    """
    terminal = common.terminal()
    if file == "builtin:":
        return _list_builtin(terminal)
    specs = [file, *files]
    if output or any(map(stands_for_many, specs)):
        specs = [member.spec for member in several(specs, output)]
    if output and (output / TABLE).exists() and not force:
        raise GeomError(f"{shown(output / TABLE)} exists already.", "Overwrite it with --force.")
    described, code = [], DONE
    for spec in specs:
        try:
            described.append(_describe(spec, terminal))
        except GeomError as error:
            if len(specs) == 1:
                raise
            terminal.warn([f"{spec}: {error}"])
            described.append({"file": spec, "error": error.message, "hint": error.hint})
            code = FAILED
    if output:
        write_rows(output / TABLE, described, force=force)
        terminal.wrote(output / TABLE, f"{len(described)} shapes")
    terminal.finish({"files": described})
    return code


def _describe(spec: str, terminal: Terminal) -> dict[str, Any]:
    from geomlearn.shapes.checks import describe

    held = load_held(spec, terminal)
    facts = describe(held.shape)
    terminal.title(facts.name, "mesh" if facts.kind == "mesh" else "point cloud")
    rows = _of_mesh(facts) if facts.kind == "mesh" else _of_cloud(facts)
    terminal.rows({**rows, "also holds": _also(facts, list(held.point_data))})
    return {"file": spec, **facts.to_dict(), "point_data": list(held.point_data)}


def _of_mesh(facts: ShapeInfo) -> dict[str, str | None]:
    words = ("closed" if facts.closed else "open", *_state(facts))
    genus = None if facts.genus is None else str(facts.genus) if facts.orientable else f"{facts.genus} cross-caps"
    return {
        "counts": f"{facts.n_vertices:,} vertices, {facts.n_edges:,} edges, {facts.n_faces:,} faces",
        "topology": ", ".join(words),
        "components": number(facts.n_components),
        "boundary loops": number(facts.n_boundary_loops),
        "genus": genus,
        "area": f"{number(facts.area)} length²",
        "volume": None if facts.volume is None else f"{number(facts.volume)} length³",
        "box": _box(facts),
        "edges": _edges(facts),
        "smallest angle": f"{facts.min_angle_deg:.1f}° (median {facts.median_min_angle_deg:.1f}°)",
        "aspect ratio": f"worst {number(facts.max_aspect)}, median {number(facts.median_aspect)}; 1 is equilateral",
    }


def _of_cloud(facts: ShapeInfo) -> dict[str, str | None]:
    return {
        "counts": f"{facts.n_vertices:,} points",
        "box": _box(facts),
        "spacing": _edges(facts),
    }


def _state(facts: ShapeInfo) -> tuple[str, str]:
    return "manifold" if facts.manifold else "non-manifold", "orientable" if facts.orientable else "not orientable"


def _box(facts: ShapeInfo) -> str:
    sides = " × ".join(number(high - low) for low, high in zip(*facts.bounds, strict=True))
    return f"{sides}, diagonal {number(facts.diagonal)}"


def _edges(facts: ShapeInfo) -> str | None:
    if facts.edge_mean is None:
        return None
    return f"{number(facts.edge_min)} … {number(facts.edge_max)}, mean {number(facts.edge_mean)}"


def _also(facts: ShapeInfo, arrays: list[str]) -> str | None:
    from geomlearn.shapes.io.writing import shown

    held = [name for name, there in (("normals", facts.has_normals), ("colours", facts.has_colors)) if there]
    held += [shown(name) for name in arrays[:_MOST_NAMES]] + ["…"] * (len(arrays) > _MOST_NAMES)
    return ", ".join(held) or None


def _list_builtin(terminal: Terminal) -> int:
    from geomlearn.shapes.builtin import builtin_names

    names = builtin_names()
    families: dict[str, list[list[str]]] = {}
    for name in names:
        words = name.split("-")
        if len(words) == 3 and words[1] != "with":
            families.setdefault(words[0], []).append(words[1:])
        else:
            terminal.say(f"builtin:{name}")
    for family, members in families.items():
        terminal.say(f"builtin:{family}-BODY-POSE")
        bodies, poses = (list(dict.fromkeys(words)) for words in zip(*members, strict=True))
        terminal.rows({"BODY": ", ".join(bodies), "POSE": ", ".join(poses)})
    terminal.finish({"builtin": list(names)})
    return DONE

"""`geomlearn transfer`: what lives on one shape, on another, or on a whole collection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, FAILED, UsageError
from geomlearn.app.cli.files import claim, load, split_key
from geomlearn.app.cli.flags import SPEECH, Common, Force
from geomlearn.app.cli.terminal import Terminal, number
from geomlearn.app.cli.verbs.collections.each import TABLE, Format, Jobs, engine_of, several, suffix_of, write_rows

if TYPE_CHECKING:
    from geomlearn.collections.pairs.engines import Engine
    from geomlearn.collections.pairs.matched import Matched
    from geomlearn.collections.transfer.carry import Carried, Road
    from geomlearn.core.progress import Progress
    from geomlearn.shapes.shape import Shape

How = Literal["nearest", "linear", "barycentric"]
Kind = Literal["labels", "field", "landmarks", "uv"]
On = Literal["source", "target"]
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def transfer(
    map: Annotated[
        Path, Parameter(metavar="MAP", help="The map from A to B; or a folder of shapes, to get what B has.")
    ],
    /,
    *,
    target: Annotated[str, Parameter(metavar="B", help="The shape the map leads to.")],
    values: Annotated[
        str, Parameter(metavar="FILE[:KEY]", help="Labels, a field, landmarks; or a picture, the texture.")
    ],
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="File for the values; of a folder a folder.")],
    source: Annotated[str | None, Parameter(metavar="A", help="The shape the map starts from.")] = None,
    back: Annotated[
        Path | None, Parameter(metavar="MAP", help="The opposite map, to push exactly what lives on A.")
    ] = None,
    on: Annotated[On | None, Parameter(help="Where the values live, when their number does not tell.")] = None,
    how: Annotated[
        How, Parameter(help="The nearest vertex's value; smooth, as functions; or from points inside faces.")
    ] = "nearest",
    kind: Annotated[
        Kind | None, Parameter(help="What the values are: integers a vertex are labels, a few of them landmarks.")
    ] = None,
    index_base: Annotated[
        Literal[0, 1] | None, Parameter(help="What maps count from; inferred when not given.")
    ] = None,
    jobs: Jobs = None,
    format: Format = "txt",
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Carry values from one shape to another.

    Values that live on B are pulled to A along the map; those on A are pushed
    to B by the opposite map (--back), or else by what lands on each vertex:
    vertices that nothing reaches are filled from the nearest, and counted.
    Labels get a confidence beside. A picture is the texture of B, an OBJ with
    texture coordinates, and comes onto A as .glb, or .obj with .mtl and .png.
    Keys name a frame, a mode or an array, as for `render`: heat.npz:10.
    With a folder of shapes, or one that `match --to B` made, B's values are
    brought to every shape of it.
    """
    terminal = common.terminal()
    if Path(values).suffix.lower() in PICTURES and not map.is_dir():
        return _paint(map, back, source, target, on or "target", Path(values), output, force=force, terminal=terminal)
    if map.is_dir():
        form, engine = suffix_of(format), engine_of(jobs)
        return _to_all(map, target, values, output, how, kind, form, engine=engine, force=force, terminal=terminal)
    from geomlearn.collections.transfer.values import WRITABLE, kind_of, write_values

    if source is None:
        raise UsageError("Where does the map start?", "Give --source A.")
    output = claim(output, WRITABLE, "Values", force=force)
    shapes = load(source, terminal), load(target, terminal)
    given = _read(values)
    kind = kind or kind_of(given, *(shape.n_vertices for shape in shapes))
    on = on or _where(len(given), kind, shapes)
    road = _road(map, back, on, shapes, index_base)
    carried = _carried(given, kind, road, how)
    write_values(output, carried, force=force)
    terminal.wrote(output, f"{kind} of {road.start.name} on {road.goal.name}")
    terminal.rows(_in_words(carried, kind, road))
    payload = {"map": map, "values": values, "output": output, "kind": kind, "on": on, "how": how}
    confidence = None if carried.confidence is None else float(carried.confidence.mean())
    terminal.finish({**payload, "n_filled": carried.n_filled, "mean_confidence": confidence})
    return DONE


def _paint(
    map: Path,
    back: Path | None,
    source: str | None,
    target: str,
    on: On,
    picture: Path,
    output: Path,
    *,
    force: bool,
    terminal: Terminal,
) -> int:
    """Bake the picture of one shape, an OBJ with texture coordinates, onto the other."""
    from geomlearn.collections.transfer.textures import WRITABLE, bake, read_texture, write_textured

    if source is None:
        raise UsageError("Where does the map start?", "Give --source A.")
    output = claim(output, WRITABLE, "Textures", force=force)
    texture = read_texture(target if on == "target" else source, picture)
    road = _road(map, back, on, (load(source, terminal), load(target, terminal)), None)
    files = write_textured(output, road.goal, bake(texture, road), force=force)
    terminal.wrote(output, f"the texture of {road.start.name} on {road.goal.name}")
    terminal.finish({"map": map, "values": picture, "output": output, "files": files, "kind": "texture", "on": on})
    return DONE


def _read(spec: str) -> np.ndarray:
    from geomlearn.app.cli.values import is_computed, numbers
    from geomlearn.collections.transfer.values import read_values

    if is_computed(spec):
        return numbers(spec).values
    path, keys = split_key(spec)
    return read_values(path, keys[0] if keys else "")


def _where(count: int, kind: str, shapes: tuple[Shape, Shape]) -> On:
    n_source, n_target = (shape.n_vertices for shape in shapes)
    if kind == "landmarks" or n_source == n_target:
        why = "landmarks may be on either shape" if kind == "landmarks" else f"both shapes have {n_source:,} vertices"
        raise UsageError(f"Where do the values live? {why.capitalize()}.", "Give --on source or --on target.")
    return "source" if count == n_source else "target"


def _road(map: Path, back: Path | None, on: On, shapes: tuple[Shape, Shape], index_base: Literal[0, 1] | None) -> Road:
    from geomlearn.collections.transfer.carry import Road
    from geomlearn.matching.io.maps import read_map

    source, target = shapes
    n_source, n_target = source.n_vertices, target.n_vertices
    known: dict[str, Any] = {"index_base": index_base, "unmatched": True}
    map_ab = read_map(map, n_source=n_source, n_target=n_target, **known).map_ab
    map_ba = read_map(back, n_source=n_target, n_target=n_source, **known).map_ab if back else None
    return Road(target, source, map_ab, map_ba) if on == "target" else Road(source, target, map_ba, map_ab)


def _carried(values: np.ndarray, kind: str, road: Road, how: How) -> Carried:
    from geomlearn.collections.transfer.carry import carry, carry_labels, carry_landmarks

    if kind == "landmarks":
        return carry_landmarks(values, road)
    return carry_labels(values, road, how) if kind == "labels" else carry(values, road, how)


def _in_words(carried: Carried, kind: str, road: Road) -> dict[str, str | None]:
    of = f"of {number(road.goal.n_vertices)} vertices" if kind != "landmarks" else f"of {len(carried.values)} landmarks"
    confidence = None if carried.confidence is None else f"{100 * carried.confidence.mean():.1f} % on average"
    filled = f"{number(carried.n_filled)} {of} were reached by no value, and have the nearest one's"
    return {"filled": filled if carried.n_filled else None, "confidence": confidence}


def _to_all(
    place: Path,
    template: str,
    values: str,
    out: Path,
    how: How,
    kind: str | None,
    suffix: str,
    *,
    engine: Engine,
    force: bool,
    terminal: Terminal,
) -> int:
    from geomlearn.collections.transfer.to_all import carry_to_all

    given = _read(values)
    if kind == "landmarks":
        raise UsageError("Landmarks are carried between two shapes.", "Give a map and --source.")
    labels = kind == "labels" or (kind is None and given.dtype.kind in "iu" and given.ndim == 1)
    if (out / TABLE).exists() and not force:
        raise UsageError(f"{out / TABLE} exists already.", "Choose another folder, or overwrite with --force.")
    with terminal.progress(f"values of {template}") as progress:
        found, name = _matched(place, template, out, engine, progress.part(0.0, 0.9))
        rest = progress.part(0.9, 1.0)
        rows = carry_to_all(found, name, given, out, labels=labels, way=how, suffix=suffix, force=force, progress=rest)
    write_rows(out / TABLE, rows, force=force)
    failed = [row for row in rows if row["verdict"] == "failed"]
    terminal.warn([f"{row['name']}: {row['reason']}" for row in failed])
    terminal.wrote(out / TABLE, f"{'labels' if labels else 'fields'} of {name} on {len(rows) - len(failed)} shapes")
    terminal.finish({"output": out, "template": name, "rows": rows})
    return FAILED if failed else DONE


def _matched(place: Path, template: str, out: Path, engine: Engine, progress: Progress) -> tuple[Matched, str]:
    """What `match --to` left there, or made now beside the values."""
    from geomlearn.collections.pairs.choice import named, to_template, with_template
    from geomlearn.collections.pairs.matched import open_matched
    from geomlearn.collections.pairs.run import match_pairs
    from geomlearn.collections.pairs.store import FOLDER

    if (place / FOLDER).is_dir():
        found = open_matched(place)
        return found, named(found.members, template).name
    members, goal = with_template(several([str(place)], out), template)
    pairs = to_template(members, goal)
    return match_pairs(members, pairs, out / "maps", engine=engine, progress=progress), goal.name

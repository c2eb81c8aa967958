"""From what the library returns to items on the stage: the bridge between a computation and the scene."""

from __future__ import annotations

import keyword
import re
import shlex
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, get_args

import numpy as np

from geomlearn.app.model.commands import Add, Command, Steps
from geomlearn.app.model.computed import BasisItem, ValuesItem
from geomlearn.app.model.fields import field_item
from geomlearn.app.model.files.columns import Columns
from geomlearn.app.model.forms import ShapeModelItem
from geomlearn.app.model.glyphs import VectorsItem
from geomlearn.app.model.items import Item, Layer, ShapeItem
from geomlearn.app.model.matching.matches import Judgement, MatchItem
from geomlearn.app.model.scene import Scene, label_of, unique
from geomlearn.app.model.texts import Script
from geomlearn.app.model.view.coarse import FROM_FACES, coarsened
from geomlearn.app.model.view.upright import leaning
from geomlearn.collections.morphometrics.model_files import StoredShapeModel
from geomlearn.core.errors import SizeMismatch
from geomlearn.core.results import Result
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

Loaded = Basis | FieldSeries | StoredShapeModel | Columns


def read_shape_item(source: str, index_base: int | None = None) -> ShapeItem:
    """Read a path or `builtin:NAME` into an item; reads files, so run it in a worker.

    Parameters
    ----------
    index_base   what the faces of the file count from, where it does not keep to its format.

    Raises
    ------
    FormatError, MeshError   the file cannot be used.
    """
    # Readers pull in much that the window itself must not wait for.
    from geomlearn.shapes.load import load_shape

    return viewed(ShapeItem(label=label_of(source), shape=load_shape(source, index_base=index_base), source=source))


def viewed(item: ShapeItem) -> ShapeItem:
    """The item with what is needed to look at it well: which way is up, and a coarser mesh where it is very fine."""
    shape = item.shape
    # What is built in stands on its feet, and so does a scene: its format says that y is up.
    known = item.source.startswith("builtin:") or PurePath(item.source).suffix.lower() in (".glb", ".gltf")
    coarse = coarsened(shape.vertices, shape.faces) if shape.n_faces >= FROM_FACES else None
    return item.replace(leaning=-1.0 if known else leaning(shape), coarse=coarse)


def add_shapes(items: tuple[ShapeItem, ...], index_base: int | None = None) -> Add:
    """The command that puts opened shapes on the stage; `index_base` as it was given to read them."""
    names = " ".join(shlex.quote(item.source) for item in items)
    given = "" if index_base is None else f", index_base={index_base}"
    lines = ["from geomlearn.app.model.results import show_shape", "from geomlearn.shapes.load import load_shape"]
    for item in items:
        name = identifier(item.label)
        lines += [f"{name} = load_shape({item.source!r}{given})", f"scene = show_shape(scene, {name}, {item.source!r})"]
    title = "Open " + ", ".join(item.label for item in items)
    shell = f"geomlearn view {names}"
    if index_base is not None:
        # The command line mends such a file once; from then on every verb can read it.
        mended = [_mended(item.source) for item in items]
        convert = [
            f"geomlearn convert {shlex.quote(item.source)} {shlex.quote(path)} --index-base {index_base}"
            for item, path in zip(items, mended, strict=True)
        ]
        shell = "\n".join([*convert, f"geomlearn view {' '.join(map(shlex.quote, mended))}"])
    return Add(items, title, Script(shell, "\n".join(lines)))


def _mended(source: str) -> str:
    """Where a file that counts from 1 is written as its format wants it."""
    path = PurePath(source)
    return str(path.with_stem(f"{path.stem}-from-0"))


def show_shape(scene: Scene, shape: Shape, source: str = "") -> Scene:
    """The scene with a shape added; `source` is where it can be read again."""
    item = ShapeItem(label=label_of(source) if source else shape.name, shape=shape, source=source)
    return scene.put([viewed(item)])


def show_result(
    scene: Scene, result: Any, on: str, onto: str = "", label: str = "", method: str = "", options: Any = None
) -> Scene:
    """The scene with a basis, a field or a match added.

    Parameters
    ----------
    result   a Basis, a FieldSeries, or a ShapeMatch, as it is or inside a Result.
    on       label of the shape it belongs to, or of shape A of a match.
    onto     label of shape B of a match.
    label    its name in the tree; empty for the usual one.
    method, options   how a match was found, the options of a match or a basis; the item remembers them.
    """
    owners = [scene.by_label(name) for name in (on, onto) if name]
    known = {"method": method} if method else {}
    known |= {"parameters": options.model_dump()} if options is not None else {}
    item = result_item(result, owners, label=label, **known)
    return scene.put([item, *vector_items(result, item)])


def result_item(result: Any, owners: list[Any], *, label: str = "", **more: Any) -> Item:
    """The item for a Basis, a FieldSeries, Columns or a ShapeMatch of these shapes; `more` sets its attributes."""
    first = owners[0]
    if isinstance(result, Columns):
        return ValuesItem(label=label, owner=first.id, values=result.values, names=result.names, **more)
    inside = result.value if isinstance(result, Result) else result
    if isinstance(inside, FieldSeries):
        return field_item(result, first, label or f"{first.label} field", **more)
    if isinstance(inside, StoredShapeModel):
        moved, shares = inside.displacements, inside.shares
        return ShapeModelItem(label=label, owner=first.id, displacements=moved, shares=shares, **more)
    note = result.sentence if isinstance(result, Result) else ""
    result = inside
    if isinstance(result, Basis):
        return BasisItem(label=label or f"{first.label} basis", owner=first.id, basis=result, **more)
    return _match_item(result, first, owners[1], label=label, **{"note": note, **more})


def vector_items(loaded: Any, columns: Item) -> tuple[VectorsItem, ...]:
    """Arrows for the vectors among columns of a file, on the shape that their item is on; all but the first hidden."""
    if not isinstance(loaded, Columns):
        return ()
    return tuple(
        VectorsItem(label=f"{columns.label} · {name}", owner=columns.parents[0], values=values, visible=number == 0)
        for number, (name, values) in enumerate(loaded.vectors.items())
    )


def _match_item(match: Any, first: ShapeItem, second: ShapeItem, *, label: str, **more: Any) -> MatchItem:
    return MatchItem(
        label=label or f"{first.label} → {second.label}",
        shape_a=first.id,
        shape_b=second.id,
        map_ab=match.map_ab,
        map_ba=match.map_ba,
        fmap_ab=match.fmap_ab,
        basis_a=match.basis_a,
        basis_b=match.basis_b,
        judgements=tuple(_judgement(score) for score in getattr(match, "scores", None) or ()),
        **more,
    )


def _judgement(score: Any) -> Judgement:
    words = {name: getattr(score, name) for name in ("name", "value", "unit", "sentence", "on")}
    return Judgement(field=score.field, **words)


_READERS = {
    "basis": "geomlearn.spectral.basis_files:read_basis",
    "field": "geomlearn.operators.fields.field_files:read_field",
    "numbers": "geomlearn.app.model.files.columns:read_columns",
    "shape model": "geomlearn.collections.morphometrics.model_files:read_shape_model",
}


def kind_of(loaded: Loaded) -> str:
    """The word for numbers on a shape: basis, field, shape model, or numbers."""
    kinds = {Basis: "basis", FieldSeries: "field", StoredShapeModel: "shape model", Columns: "numbers"}
    return kinds[type(loaded)]


def loaded_command(scene: Scene, loaded: Loaded, source: str, own: ShapeItem | None = None) -> Steps:
    """The command that puts a Basis, a FieldSeries or Columns on the shape they fit, by its number of vertices.

    A shape model only fits its own mean: its modes move that one.

    Parameters
    ----------
    own   the shape that lay in the same file: it comes along when none on the stage fits.

    Raises
    ------
    SizeMismatch   they fit no shape on the stage; the sentence lists the sizes.
    """
    n = _n_vertices(loaded)
    word = kind_of(loaded)
    fitting = [item for item in scene.shapes if item.shape.n_vertices == n]
    if isinstance(loaded, StoredShapeModel):
        fitting = [item for item in fitting if np.array_equal(item.shape.vertices, loaded.mean.vertices)]
    before: tuple[Command, ...] = ()
    label = label_of(source)
    if not fitting and own is not None:
        own = own.replace(label=unique(own.label, (item.label for item in scene)))
        fitting, before, label = [own], (add_shapes((own,)),), f"{label} {word}"
    if not fitting:
        sizes = ", ".join(f"{item.label} has {item.shape.n_vertices}" for item in scene.shapes)
        kind = word if word == "numbers" else f"a {word}"
        what = f"{label} is {kind} for {n} vertices, and no shape on the stage has so many."
        raise SizeMismatch(what, f"{sizes}. Open its shape first." if sizes else "Open its shape first.")
    item = result_item(loaded, [fitting[0]], label=label)
    module, function = _READERS[word].split(":")
    name = identifier(item.label)
    lines = [f"from {module} import {function}", "from geomlearn.app.model.results import show_result"]
    lines.append(f"{name} = {function}({source!r})")
    lines.append(f"scene = show_result(scene, {name}, on={fitting[0].label!r}, label={item.label!r})")
    # The file alone brings its shape along.
    files = [source] if before else [fitting[0].source, source]
    script = Script(f"geomlearn view {' '.join(map(shlex.quote, files))}", "\n".join(lines))
    title = f"Open {item.label}"
    items = (item, *vector_items(loaded, item))
    return Steps(title, (*before, Add(items, title, script, first_layer(item))))


def _n_vertices(loaded: Loaded) -> int:
    if isinstance(loaded, Basis):
        return len(loaded.mass)
    return loaded.mean.n_vertices if isinstance(loaded, StoredShapeModel) else loaded.values.shape[1]


def first_layer(item: Item) -> dict[str, Layer]:
    """By shape id, the layers that show a new result: mode 1, moment 0, the colours carried across."""
    if isinstance(item, MatchItem):
        return {key: Layer(source=item.id) for key in item.parents}
    column = 1 if isinstance(item, BasisItem) and item.n_columns > 1 else 0
    return {item.parents[0]: Layer(source=item.id, column=column)} if item.parents else {}


def call_script(
    module: str,
    function: str,
    arguments: list[str],
    options: Any,
    assign: str,
    show: Mapping[str, str],
    keywords: Mapping[str, str] | None = None,
    *,
    tell: bool = False,
) -> str:
    """Python that calls a library function with options and puts its result on the stage.

    Parameters
    ----------
    arguments   Python expressions, such as variable names.
    options     an `Options` model, or None; only what differs from its defaults is written.
    assign      the variable that takes the result.
    show        keyword arguments of `show_result`.
    keywords    Python expressions by name, behind the options.
    tell        whether what is shown remembers the options.
    """
    lines = [f"from {module} import {function}", "from geomlearn.app.model.results import show_result"]
    if options is not None:
        cls = type(options)
        lines.append(f"from {cls.__module__} import {cls.__name__}")
        given = ", ".join(f"{key}={value!r}" for key, value in options.model_dump(exclude_defaults=True).items())
        if tell:
            lines.append(f"options = {cls.__name__}({given})")
        arguments = [*arguments, "options" if tell else f"{cls.__name__}({given})"]
    arguments = [*arguments, *(f"{key}={value}" for key, value in (keywords or {}).items())]
    words = ", ".join(f"{key}={value!r}" for key, value in show.items())
    words += ", options=options" if tell and options is not None else ""
    lines.append(f"{assign} = {function}({', '.join(arguments)})")
    lines.append(f"scene = show_result(scene, {assign}, {words})")
    return "\n".join(lines)


def identifier(label: str) -> str:
    """A Python name made from a label."""
    name = re.sub(r"\W+", "_", label).strip("_").lower() or "shape"
    return f"shape_{name}" if keyword.iskeyword(name) or name[0].isdigit() else name


def option_flags(options: Any) -> str:
    """What differs from the defaults as flags of the command line, each with a space before it."""
    words: list[str] = []
    for key, value in options.model_dump(exclude_defaults=True).items():
        flag = f"--{key.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        elif value is not None:
            parts = [shlex.quote(str(part)) for part in (value if isinstance(value, tuple) else (value,))]
            many = Ellipsis in get_args(type(options).model_fields[key].annotation)
            words += [word for part in parts for word in (flag, part)] if many else [flag, *parts]
    return "".join(f" {word}" for word in words)

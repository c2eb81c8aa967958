"""Cleaning a shape: steps chosen, their numbers and losses shown first, then a new shape beside the old one."""

from __future__ import annotations

import weakref
from dataclasses import replace

import numpy as np

from geomlearn.app.model.commands import Add, Steps, change
from geomlearn.app.model.computed import SelectionItem, ValuesItem
from geomlearn.app.model.items import ShapeItem, new_id
from geomlearn.app.model.results import identifier, viewed
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.shapes.cleaning.cleaned import Cleaned
from geomlearn.shapes.cleaning.options import CleanOptions
from geomlearn.shapes.shape import Shape

CLEAN = "geomlearn.shapes.cleaning.pipeline:clean"
_FIRST = ("outliers", "weld", "fill", "smooth")
# Of one kind of step alone, and text: the command line has them.
_SKIPPED = ("scale", "up", "weld_tolerance_rel", "outlier_rule", "neighbours", "sigma", "depth", "trim", "fill_edges")
_chosen: weakref.WeakKeyDictionary[Shape, CleanOptions] = weakref.WeakKeyDictionary()
_previews: weakref.WeakKeyDictionary[Shape, tuple[CleanOptions, Cleaned]] = weakref.WeakKeyDictionary()


def draw_cleaning(app: Application, ui: Ui, item: ShapeItem) -> None:
    """The steps, what they would do, and the button that does it."""
    options = draw_options(ui, _chosen.get(item.shape, CleanOptions()), first=_FIRST, skip=_SKIPPED)
    _chosen[item.shape] = options
    reason = "Choose a step." if options == CleanOptions() else "This is being cleaned." if app.busy(CLEAN) else ""
    found = _previews.get(item.shape)
    if found is None or found[0] != options:
        if ui.button("Preview", "preview clean", reason=reason, width=-1):
            preview(app, item, options)
        return
    done = found[1]
    for sentence in done.actions:
        ui.text(sentence)
    lost = lost_vertices(item.shape, done)
    if len(lost) and ui.link("Show what goes", "show lost"):
        label = f"{item.label} · would go"
        app.do(Add((SelectionItem(label=label, owner=item.id, indices=tuple(lost.tolist())),), f"Select {label}"))
    if ui.button("Clean as a new shape", "clean", width=-1):
        place(app, item, options, done)


def lost_vertices(shape: Shape, done: Cleaned) -> np.ndarray:
    """The vertices that no vertex afterwards is."""
    return np.setdiff1d(np.arange(shape.n_vertices), done.source_index)


def preview(app: Application, item: ShapeItem, options: CleanOptions) -> None:
    """Let a worker take the steps; nothing on the stage changes."""
    shape = item.shape
    app.focus_on(item.id)

    def arrived(done: Cleaned) -> None:
        _previews[shape] = options, done

    app.submit(f"Clean {item.label}", CLEAN, shape, options, lane="files", on_result=arrived)


def place(app: Application, item: ShapeItem, options: CleanOptions, done: Cleaned) -> None:
    """Put the cleaned shape on the stage with the values that follow, and hide the old one: one step to undo."""
    label = f"{item.label} cleaned"
    new = viewed(ShapeItem(label=label, shape=done.shape.replace(name=label))).replace(
        leaning=item.leaning, pose=item.pose
    )
    follow = [
        replace(
            values, id=new_id(), owner=new.id, label=f"{values.label} cleaned", values=done.follow(values.values.T).T
        )
        for values in app.scene.children(item.id, ValuesItem)
        if values.values.shape[-1] == item.shape.n_vertices
    ]
    asked = options.model_dump(exclude_defaults=True)
    words = " ".join(f"--{name}" if value is True else f"--{name} {value}" for name, value in asked.items())
    told = ", ".join(f"{name}={value!r}" for name, value in asked.items())
    made = Script(
        f"geomlearn clean {item.source} {words} -o cleaned.ply",
        f"import geomlearn as gl\n{identifier(label)} = gl.clean({identifier(item.label)}, {told}).shape",
    )
    steps = (Add((new, *follow), f"Clean {item.label}", made), change(item.id, visible=False))
    if app.do(Steps(f"Clean {item.label}", steps)):
        app.focus_on(new.id)
        app.notices.news(" ".join(done.actions) or "Nothing had to be cleaned.")

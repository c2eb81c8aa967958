"""What is wrong with a shape, where, and mending it: found by a worker on request, kept while the shape lives."""

from __future__ import annotations

import weakref

import numpy as np

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.measuring.commands import Quality
from geomlearn.app.model.measuring.measures import quality_item
from geomlearn.app.model.results import identifier, viewed
from geomlearn.app.model.texts import Script
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.application import Application
from geomlearn.app.window.stage.camera import approach
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.shapes.checks import Finding, Report
from geomlearn.shapes.repair import Repaired
from geomlearn.shapes.shape import Shape

CHECK = "geomlearn.shapes.checks:check"
QUALITY = "geomlearn.app.model.measuring.measures:element_quality"
REPAIR = "geomlearn.shapes.repair:repair"
_reports: weakref.WeakKeyDictionary[Shape, Report] = weakref.WeakKeyDictionary()


def draw_health(app: Application, ui: Ui, item: ShapeItem) -> None:
    """Element quality as colours; the findings, each with the way to its place, or the button that asks for them."""
    if not item.shape.is_cloud:
        reason = "This is being computed." if app.busy(QUALITY) else ""
        if ui.button("Show element quality", "quality", reason=reason, width=-1):
            show_quality(app, item)
    report = _reports.get(item.shape)
    if report is None:
        reason = "This is being checked." if app.busy(CHECK) else ""
        if ui.button("Check this shape", "check", reason=reason, width=-1):
            check(app, item)
        return
    for number, sentence in enumerate(report.sentences()):
        finding = report.findings[number] if report.findings else None
        ui.text(sentence, ui.theme.warn if finding and finding.severity != "note" else None)
        if finding and places(item.shape, finding) and ui.link("Show where", f"show {finding.kind}"):
            show(app, item, finding)
    if report.repairable and ui.button("Repair as a new shape", "repair", width=-1):
        repair(app, item)


def show_quality(app: Application, item: ShapeItem) -> None:
    """Colour a mesh by the worst angle, aspect ratio and area around each vertex."""

    def arrived(values: np.ndarray) -> None:
        found = quality_item(item, values)
        step = Quality(item.id)
        layers = {item.id: Layer(source=found.id, isolines=False)}
        app.do(Add((found,), step.title(app.scene), step.script(app.scene), layers))

    app.submit(f"Element quality of {item.label}", QUALITY, item.shape, lane="files", on_result=arrived)


def check(app: Application, item: ShapeItem) -> None:
    """Ask a worker for everything that spoils results on this shape."""
    shape = item.shape
    app.focus_on(item.id)
    app.submit(
        f"Check {item.label}",
        CHECK,
        shape,
        lane="files",
        on_result=lambda report: _reports.__setitem__(shape, report),
    )


def places(shape: Shape, finding: Finding) -> tuple[int, ...]:
    """The vertices where a finding is, ascending; none when it concerns the whole."""
    if finding.examples is None or len(finding.examples) == 0:
        return ()
    corners = shape.faces[finding.examples] if finding.element == "face" else finding.examples
    return tuple(np.unique(corners).tolist())


def show(app: Application, item: ShapeItem, finding: Finding) -> None:
    """Select the places of a finding, and go near the first."""
    found = places(item.shape, finding)
    label = f"{item.label} · {finding.kind}"
    known = [one for one in app.scene.children(item.id, SelectionItem) if one.label == label]
    if not known and not app.do(Add((SelectionItem(label=label, owner=item.id, indices=found),), f"Select {label}")):
        return
    point = world_points(app.scene, item, [found[0]])[0]
    app.after_frame(lambda window: approach(point))


def repair(app: Application, item: ShapeItem) -> None:
    """Mend what can be mended, as a new shape beside the old one."""

    def arrived(mended: Repaired) -> None:
        label = f"{item.label} repaired"
        new = viewed(ShapeItem(label=label, shape=mended.shape.replace(name=label)))
        old = identifier(item.label)
        python = f"from geomlearn.shapes.repair import repair\n{identifier(label)} = repair({old}).shape"
        made = Script(f"geomlearn check {item.source} --repair", python)
        if app.do(Add((new.replace(leaning=item.leaning),), f"Repair {item.label}", made)):
            app.focus_on(new.id)
            app.look("same")
            app.notices.news(" ".join(mended.actions) or "Nothing had to be mended.")

    app.submit(f"Repair {item.label}", REPAIR, item.shape, lane="files", on_result=arrived)

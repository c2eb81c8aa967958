"""The actions of the View menu: where one looks from, and what is switched on and off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polyscope as ps

from geomlearn.app.model.commands import Add, change, restage
from geomlearn.app.model.computed import BookmarkItem, Source
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.many.pages import Only, n_pages
from geomlearn.app.model.many.views import Views
from geomlearn.app.model.scene import unique
from geomlearn.app.model.texts import Script
from geomlearn.app.window.actions.table import Action, has_focus, needs_shape
from geomlearn.app.window.application import Application
from geomlearn.app.window.desktop import glfw
from geomlearn.app.window.panels.many.pages import turn

SCALES = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)


def view_actions() -> tuple[Action, ...]:
    """Frame, turn, switch, scale."""
    return (
        Action("view.frame", "Frame everything", _looks("same"), ("F",)),
        Action("view.front", "From the front", _looks("front"), ("1",)),
        Action("view.back", "From the back", _looks("back"), ("Ctrl+1",)),
        Action("view.right", "From the right", _looks("right"), ("3",)),
        Action("view.left", "From the left", _looks("left"), ("Ctrl+3",)),
        Action("view.top", "From the top", _looks("top"), ("7",)),
        Action("view.bottom", "From below", _looks("bottom"), ("Ctrl+7",)),
        Action(
            "view.orthographic", "Perspective or orthographic", _toggle_projection, ("5",), state=_staged("projection")
        ),
        Action("view.layout", "Side by side or on top of each other", _toggle_layout, ("O",), state=_layout_word),
        Action("view.up", "Next axis up", _next_up, ("U",), state=_staged("up")),
        Action("view.move", "Move a shape by hand", _toggle_moving, ("W",), needs_shape, _on(lambda app: app.moving)),
        Action("view.cut", "Cut the shape open", _toggle_cut, ("Shift+X",), needs_shape, _of_shape("cut")),
        Action("view.edges", "Edges", _toggle("edges"), ("E",), needs_shape, _of_shape("edges")),
        Action(
            "view.wireframe", "Edges alone", _toggle("wireframe"), ("Shift+E",), needs_shape, _of_shape("wireframe")
        ),
        Action("view.isolines", "Isolines", _toggle_isolines, ("I",), _has_layer, _isolines_word),
        Action("view.legend", "Legend", _toggle_stage("legend"), ("L",), state=_staged("legend")),
        Action("view.scale-bar", "Scale bar", _toggle_stage("scale_bar"), ("Shift+L",), state=_staged("scale_bar")),
        Action("view.axes", "Axes with numbers", _toggle_stage("axes"), ("A",), state=_staged("axes")),
        Action("view.ground", "Shadow on the ground", _toggle_stage("ground"), ("G",), state=_staged("ground")),
        Action("view.next", "Next thing to show", _next_source, ("C",), _has_sources),
        Action("view.hide", "Hide or show what is in focus", _toggle_visible, ("V",), has_focus, _visible_word),
        Action("view.bookmark", "Keep this view", _bookmark, ("Ctrl+M",)),
        Action("view.next-kept", "Next kept view", _next_kept, ("N",), _has_kept),
        Action("view.two", "Two views of the shape", _views(2), ("2",), needs_shape),
        Action("view.four", "Four views of the shape", _views(4), ("4",), needs_shape),
        Action("view.one", "One view of the shape", _views(1), ("Ctrl+0",), needs_shape),
        Action("view.linked", "Views turn together", _toggle_stage("linked"), ("Ctrl+G",), state=_staged("linked")),
        Action("view.next-page", "Next page of shapes", _pages(1), (".",), _has_pages),
        Action("view.previous-page", "Previous page of shapes", _pages(-1), (",",), _has_pages),
        Action("view.only", "Show only the shape in focus", _only, ("Shift+V",), needs_shape),
        Action("view.all", "Show all shapes on one page", lambda app: turn(app, page=0, page_size=0), (), needs_shape),
        Action("view.panels", "Panels", _toggle_panels, ("Ctrl+.",), state=_on(lambda app: app.panels)),
        Action(
            "view.console",
            "Python console",
            lambda app: app.show_console(not app.console),
            ("Ctrl+`",),
            state=_on(lambda app: app.console),
        ),
        Action("view.full", "Full screen", _full_screen, ("F11",), state=_on(lambda app: glfw.is_full())),
        Action("view.theme", "Light or dark", _toggle_theme, ("Ctrl+T",), state=_theme, everywhere=True),
        Action("view.larger", "Larger interface", _scales(1), ("Ctrl+Equal",), everywhere=True),
        Action("view.smaller", "Smaller interface", _scales(-1), ("Ctrl+Minus",), everywhere=True),
    )


def _looks(view: str) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        app.look(view)

    return run


def _has_layer(app: Application) -> str:
    return "" if app.shape and app.shape.layer else "Nothing is shown on this shape."


def _has_sources(app: Application) -> str:
    if app.shape and app.scene.children(app.shape.id, Source):
        return ""
    return "There is nothing to show on this shape yet. Compute a basis with S."


def _on(value: Callable[[Application], object]) -> Callable[[Application], str]:
    return lambda app: "on" if value(app) else "off"


def _staged(name: str) -> Callable[[Application], str]:
    """The word of an attribute of the stage."""

    def state(app: Application) -> str:
        value = getattr(app.scene.stage, name)
        return value if isinstance(value, str) else "on" if value else "off"

    return state


def _of_shape(name: str) -> Callable[[Application], str]:
    """Whether the shape in focus has something; nothing while there is no shape."""
    return lambda app: ("on" if getattr(app.shape, name) else "off") if app.shape else ""


def _isolines_word(app: Application) -> str:
    return ("on" if app.shape.layer.isolines else "off") if app.shape and app.shape.layer else ""


def _visible_word(app: Application) -> str:
    return ("shown" if app.item.visible else "hidden") if app.item else ""


def _layout_word(app: Application) -> str:
    return "side by side" if app.scene.stage.layout == "row" else "on top"


def _toggle(name: str) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        turned: dict[str, Any] = {name: not getattr(app.shape, name)}
        app.do(change(app.shape.id, **turned))

    return run


def _toggle_stage(name: str) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        app.do(restage(**{name: not getattr(app.scene.stage, name)}))

    return run


def _toggle_visible(app: Application) -> None:
    app.do(change(app.focus, visible=not app.item.visible))


def _toggle_moving(app: Application) -> None:
    app.move_by_hand("" if app.moving == app.shape.id else app.shape.id)


def _toggle_cut(app: Application) -> None:
    shape = app.shape
    what = f"{shape.label} whole again" if shape.cut else f"Cut {shape.label} open along z"
    app.do(change(shape.id, what, cut="" if shape.cut else "z"))


def _toggle_isolines(app: Application) -> None:
    app.do(change(app.shape.id, layer=replace(app.shape.layer, isolines=not app.shape.layer.isolines)))


def _toggle_projection(app: Application) -> None:
    now = app.scene.stage.projection
    app.do(restage(projection="perspective" if now == "orthographic" else "orthographic"))


def _toggle_layout(app: Application) -> None:
    app.do(restage(layout="row" if app.scene.stage.layout == "overlay" else "overlay"))
    app.look("same")


def _next_up(app: Application) -> None:
    app.do(restage(up={"auto": "y", "y": "z", "z": "x", "x": "auto"}[app.scene.stage.up]))
    app.look("same")


def _next_source(app: Application) -> None:
    # One of several views may show what the others do not.
    shown = app.item if isinstance(app.item, ShapeItem) else app.shape
    sources: list[Source | None] = [None, *app.scene.children(app.shape.id, Source)]
    now = shown.layer.source if shown.layer else ""
    at = next((n for n, source in enumerate(sources) if source is not None and source.id == now), 0)
    source = sources[(at + 1) % len(sources)]
    layer = Layer(source=source.id, column=min(1, source.n_columns - 1)) if source else None
    app.do(change(shown.id, layer=layer))


def _bookmark(app: Application) -> None:
    item = BookmarkItem(label=unique("View", [one.label for one in app.scene]), camera=ps.get_view_as_json())
    lines = ["from geomlearn.app.model.computed import BookmarkItem"]
    lines.append(f"scene = scene.put([BookmarkItem(label={item.label!r}, camera={item.camera!r})])")
    if app.do(Add((item,), "Keep this view", Script("", "\n".join(lines)))):
        app.focus_on(item.id)


def _has_kept(app: Application) -> str:
    return "" if app.scene.of(BookmarkItem) else "No view is kept yet: Ctrl+M keeps one."


def _next_kept(app: Application) -> None:
    """From one kept view to the next, in the order they were kept."""
    kept = app.scene.of(BookmarkItem)
    now = next((number for number, one in enumerate(kept) if one.id == app.focus), -1)
    chosen = kept[(now + 1) % len(kept)]
    app.focus_on(chosen.id)
    app.look(chosen.camera)


def _views(count: int) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        if app.do(Views(app.shape.id, count)):
            app.look("same")

    return run


def _has_pages(app: Application) -> str:
    return "" if n_pages(app.scene) > 1 else "All shapes are on one page."


def _pages(step: int) -> Callable[[Application], None]:
    return lambda app: turn(app, page=(app.scene.stage.page + step) % n_pages(app.scene))


def _only(app: Application) -> None:
    app.do(Only((app.shape.id,)))
    app.look("same")


def _toggle_panels(app: Application) -> None:
    app.show_panels(not app.panels)
    app.look("same")


def _full_screen(app: Application) -> None:
    # Between frames: the window changes its size.
    app.after_frame(lambda window: glfw.full_screen(not glfw.is_full()))
    app.look("same")


def _theme(app: Application) -> str:
    return app.theme.name


def _toggle_theme(app: Application) -> None:
    app.preferences.change(theme="dark" if app.preferences.theme == "light" else "light")


def _scales(step: int) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        now = app.preferences.scale or 1.0
        nearest = min(range(len(SCALES)), key=lambda number: abs(SCALES[number] - now))
        app.preferences.change(scale=SCALES[min(max(nearest + step, 0), len(SCALES) - 1)])

    return run

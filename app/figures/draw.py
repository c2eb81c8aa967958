"""Draw figures with PyVista, off screen. Imported by the child process only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyvista as pv
from vtkmodules.vtkIOExportGL2PS import vtkGL2PSExporter

from geomlearn.app.figures.camera import VIEW_ANGLE, Frame, fitted_camera, swept
from geomlearn.app.figures.draw_plot import posed_plot
from geomlearn.app.figures.figure import CLAY, Figure, Overlay, Panel, Values
from geomlearn.app.figures.plot import Plot
from geomlearn.app.model.view.colormaps import colormap

VECTOR = (".svg", ".pdf", ".eps")
SEE_THROUGH = (".png", ".tif", ".tiff")

_NOTHING = (0.6, 0.6, 0.6)
_INK = (0.12, 0.12, 0.14)


def draw(figure: Figure | Plot, path: Path) -> None:
    """Write the picture of `figure` to `path`."""
    with posed_plot(figure, set_font) if isinstance(figure, Plot) else _posed(figure) as plotter:
        if path.suffix.lower() in VECTOR:
            _save_vector(plotter, figure, path)
        else:
            _save(plotter, figure, path)


def pixels(figure: Figure) -> np.ndarray:
    """(h, w, 3) uint8 of the picture of `figure`."""
    with _posed(figure) as plotter:
        return np.ascontiguousarray(plotter.screenshot(return_img=True))


@contextmanager
def _posed(figure: Figure) -> Iterator[pv.Plotter]:
    """A plotter that shows all panels."""
    width, height = figure.size
    rows, columns = figure.grid
    plotter = pv.Plotter(off_screen=True, window_size=[width, height], shape=figure.grid, border=False, lighting="none")
    try:
        plotter.set_background("white")
        for number, panel in enumerate(figure.panels):
            plotter.subplot(number // columns, number % columns)
            _draw_panel(plotter, panel, figure, aspect=width / columns / (height / rows), number=number)
        yield plotter
    finally:
        plotter.close()


def _save(plotter: pv.Plotter, figure: Figure | Plot, path: Path) -> None:
    """Pixels, with their density and how they were made."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    suffix = path.suffix.lower()
    clear = figure.transparent and suffix in SEE_THROUGH
    picture = Image.fromarray(plotter.screenshot(return_img=True, transparent_background=clear))
    words: dict[str, Any] = {"description": figure.command, "software": "geomlearn"}
    if suffix == ".png":
        made = PngInfo()
        made.add_text("Software", "geomlearn")
        if figure.command:
            made.add_itxt("Command", figure.command)
        words = {"pnginfo": made}
    elif suffix in (".jpg", ".jpeg"):
        words = {"comment": figure.command.encode(), "quality": 95}
    picture.save(path, dpi=(figure.dpi, figure.dpi), **words)


def _save_vector(plotter: pv.Plotter, figure: Figure | Plot, path: Path) -> None:
    """Text and curves as such, shapes as one picture of many pixels behind them."""
    exporter = vtkGL2PSExporter()
    getattr(exporter, f"SetFileFormatTo{ {'.svg': 'SVG', '.pdf': 'PDF', '.eps': 'EPS'}[path.suffix.lower()] }")()
    exporter.SetInput(plotter.render_window)
    # The exporter adds the suffix.
    exporter.SetFilePrefix(str(path.with_suffix("")))
    exporter.SetTitle(figure.command or "geomlearn")
    # A compressed .svg would be another format, .svgz.
    exporter.SetCompress(path.suffix.lower() == ".pdf")
    exporter.SetWrite3DPropsAsRasterImage(isinstance(figure, Figure))
    exporter.SetDrawBackground(not figure.transparent)
    plotter.render()
    exporter.Update()


def renderer_name() -> str:
    """VTK's version, the OpenGL renderer, and the kind of window it draws in."""
    plotter = pv.Plotter(off_screen=True, window_size=[64, 64])
    try:
        plotter.add_mesh(pv.Sphere())
        plotter.screenshot(return_img=True)
        lines = plotter.render_window.ReportCapabilities().splitlines()
        facts = dict(line.split(":", 1) for line in lines if ":" in line)
        name = facts.get("OpenGL renderer string", "unknown renderer").strip()
        return f"VTK {'.'.join(map(str, pv.vtk_version_info))}, {name}, {type(plotter.render_window).__name__}"
    finally:
        plotter.close()


def _draw_panel(plotter: pv.Plotter, panel: Panel, figure: Figure, aspect: float, number: int) -> None:
    text_px = _text_px(figure)
    panel = _at_the_origin(panel)
    actors = [_add_shape(plotter, one, figure) for one in panel.layers]
    below = 0.05
    if panel.scaled is not None:
        below += 0.13
        scaled = next(a for a, one in zip(actors, panel.layers, strict=True) if one.values is not None)
        _add_scale(plotter, panel.scaled, scaled, text_px, aspect, number)
    if panel.caption:
        _add_text(plotter, panel.caption, text_px, bottom=below)
        below += 0.05
    _light(plotter)
    points = np.concatenate([one.shape.vertices for one in panel.layers])
    points = swept(points, figure.up) if figure.around else points
    camera = fitted_camera(points, aspect, Frame(bottom=below), figure.up, figure.turn, figure.eye)
    view = plotter.camera
    view.position, view.focal_point, view.up = camera.position, camera.focus, camera.up
    view.view_angle = VIEW_ANGLE
    view.SetWindowCenter(*camera.window_center)
    plotter.reset_camera_clipping_range()
    plotter.enable_anti_aliasing("ssaa", multi_samples=8, all_renderers=False)


def _at_the_origin(panel: Panel) -> Panel:
    """The same picture without the offset, which single precision would round: VTK keeps boxes and buffers in it."""
    vertices = panel.shape.vertices
    middle = (vertices.max(axis=0) + vertices.min(axis=0)) / 2
    over = tuple(replace(one, shape=one.shape.replace(vertices=one.shape.vertices - middle)) for one in panel.over)
    return replace(panel, shape=panel.shape.replace(vertices=vertices - middle), over=over)


def _text_px(figure: Figure) -> int:
    """Size of all text, so that the longest line fits its panel; a letter is a little over half as wide as high."""
    longest = max(max(len(panel.caption), len(panel.scaled.label if panel.scaled else "")) for panel in figure.panels)
    rows, columns = figure.grid
    room = 1.7 * figure.size[0] / columns / max(longest, 1)
    # Pictures of several panels are wide, and shown smaller.
    return max(min(round(figure.size[1] / (48 if columns == 1 else 28 * rows)), int(room)), 8)


def _add_shape(plotter: pv.Plotter, panel: Panel | Overlay, figure: Figure) -> pv.Actor:
    shape = panel.shape
    look: dict[str, Any] = {
        "ambient": 0.34,
        "diffuse": 0.66,
        "specular": 0.08,
        "specular_power": 18,
        "show_scalar_bar": False,
    }
    if shape.is_cloud:
        surface = pv.PolyData(shape.vertices)
        # Strewn over both sides of a body that covers a third of the picture, they hide the far side.
        size = np.clip(2.6 * min(figure.size) / np.sqrt(shape.n_vertices), 2, 40)
        look |= {"style": "points", "render_points_as_spheres": True, "point_size": float(size)}
    else:
        surface = pv.PolyData.from_regular_faces(shape.vertices, shape.faces)
        look |= {"smooth_shading": True, "split_sharp_edges": True, "feature_angle": 50}
    if panel.values is not None:
        surface.point_data["values"] = panel.values.values
        return plotter.add_mesh(surface, scalars="values", cmap=_lookup(panel.values), nan_color=_NOTHING, **look)
    if panel.colors is not None:
        surface.point_data["colors"] = np.round(255 * panel.colors).astype(np.uint8)
        return plotter.add_mesh(surface, scalars="colors", rgb=True, **look)
    return plotter.add_mesh(surface, color=CLAY, **look)


def _lookup(values: Values) -> pv.LookupTable:
    colors = np.round(255 * colormap(values.color_map)).astype(np.uint8)
    opaque = np.column_stack([colors, np.full(len(colors), 255, np.uint8)])
    return pv.LookupTable(values=opaque, scalar_range=values.ends, nan_color=_NOTHING)


def _add_scale(plotter: pv.Plotter, values: Values, actor: pv.Actor, text_px: int, aspect: float, number: int) -> None:
    """The colour bar along the bottom: its name above it, its numbers below."""
    width = min(0.6, 0.75 / aspect)
    # PyVista tells bars apart by their titles; the words are set below, in our own type.
    # Five numbers where they fit, else three: a number is up to eight letters long.
    room = width * plotter.window_size[0] / plotter.shape[1] / (5 * text_px)
    n_labels = 5 if room > 5 else 3 if room > 2.2 else 2
    bar = plotter.add_scalar_bar(
        title=" " * number, mapper=actor.mapper, vertical=False, n_labels=n_labels, fmt="{:.3g}", color=_INK,
        position_x=(1 - width) / 2, position_y=0.03, width=width, height=0.055,
        label_font_size=round(0.9 * text_px), unconstrained_font_size=True,
    )  # fmt: skip
    bar.SetTextPositionToPrecedeScalarBar()
    bar.SetTextPad(round(0.3 * text_px))
    set_font(bar.GetLabelTextProperty())
    _add_text(plotter, values.label, text_px, bottom=0.1)


def _add_text(plotter: pv.Plotter, line: str, text_px: int, bottom: float) -> None:
    text = plotter.add_text(line, position=(0.5, bottom), viewport=True, font_size=1, color=_INK)
    style = text.GetTextProperty()
    set_font(style)
    style.SetFontSize(text_px)
    style.SetJustificationToCentered()
    style.SetVerticalJustificationToBottom()


def set_font(style: Any) -> None:
    """A font with Greek letters and arrows, which VTK's own lack; it comes with matplotlib, which PyVista needs."""
    home = find_spec("matplotlib")
    font = Path(home.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if home and home.origin else None
    if font and font.is_file():
        style.SetFontFamily(4)  # VTK_FONT_FILE
        style.SetFontFile(str(font))


def _light(plotter: pv.Plotter) -> None:
    """A key light above the left shoulder, a soft fill from the right, a rim light behind; all move with the camera."""
    for position, intensity in (((-0.6, 0.9, 1.0), 0.78), ((1.0, 0.1, 0.8), 0.3), ((0.2, 0.6, -1.0), 0.25)):
        light = pv.Light(position=position, intensity=intensity, light_type="camera light")
        # Without the word each panel would light all the others once more.
        plotter.add_light(light, only_active=True)

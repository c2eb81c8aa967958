"""From the model to Polyscope. The only place that registers structures and adds quantities.

It compares the scene with the one drawn last, item by item, and touches what differs. Structures are named by the ids
of the items: Polyscope remembers colours and ranges by name, and a name never used before remembers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polyscope as ps

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.drawn import drawn_vertices, form_of
from geomlearn.app.model.view.layers import Picture, picture
from geomlearn.app.model.view.place import placements
from geomlearn.app.window.doctor import is_software
from geomlearn.app.window.stage.camera import project
from geomlearn.app.window.stage.cuts import Cuts
from geomlearn.app.window.stage.marks import DrawnMarks
from geomlearn.app.window.ui.colormaps import colormap_name
from geomlearn.app.window.ui.theme import RGB, Theme

LAYER = "layer"
_DATATYPES = {"symmetric": "symmetric", "magnitude": "magnitude", "categorical": "categorical"}
THINNEST = 0.02
"""The opacity of a surface of which only the edges are wanted."""
STRIPES = 12
"""Level stripes over the whole range of colours."""
REDUCED_FACES = 300_000
"""From so many faces on the window spares what costs most: the shadow, and hovering."""
REDUCED_FACES_SOFTWARE = 60_000
"""From so many where the processor draws: there the shadow costs more than the shapes."""


@dataclass
class Drawn:
    """What Polyscope holds for one shape."""

    item: ShapeItem
    picture: Picture | None = None
    form: tuple[object, ...] = ()


class Mirror:
    """Keeps Polyscope equal to a scene."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.scene: Scene | None = None
        self.calls = 0
        self._shapes: dict[str, Drawn] = {}
        self._placed: dict[str, np.ndarray] = {}
        self._marks = DrawnMarks()
        self._cuts = Cuts()

    def structure(self, item_id: str) -> Any:
        """What Polyscope holds for a shape that is drawn."""
        return _structure(item_id)

    def place(self, item_id: str) -> np.ndarray:
        """(4, 4) from the unit frame of a drawn shape to the world."""
        return self._placed[item_id]

    def sync(self, scene: Scene) -> bool:
        """Make Polyscope show `scene`; returns whether anything had to be done."""
        if scene is self.scene:
            return False
        self.scene = scene
        matrices = placements(scene)
        for key in [key for key in self._shapes if key not in scene]:
            self._remove(_structure(self._shapes.pop(key).item.id))
        for number, item in enumerate(scene.of(ShapeItem)):
            self._shape(scene, item, number, matrices[item.id])
        self._placed = matrices
        self.calls += self._marks.sync(scene, matrices, self.theme.accent)
        structures = [*(_structure(key) for key in self._shapes), *self._marks.structures()]
        self._cuts.sync(scene, matrices, structures)
        self._stage(scene)
        return True

    def set_theme(self, theme: Theme) -> None:
        """Draw everything again in other colours."""
        self.theme = theme
        self.forget()

    def forget(self) -> None:
        """Start from an empty Polyscope."""
        ps.remove_all_structures()
        self._cuts.forget()
        self.scene = None
        self._shapes.clear()
        self._marks.forget()
        self._placed = {}

    def highlight(self, points: np.ndarray, colors: np.ndarray, sizes: np.ndarray, radius: float = 0.012) -> None:
        """Show a few bright points (m, 3): what the pointer is on, and its image. None of them: an empty array.

        Sizes (m,) multiply the radius.
        """
        if len(points) == 0:
            if ps.has_point_cloud("hover"):
                ps.get_point_cloud("hover").set_enabled(False)
            return
        if ps.has_point_cloud("hover") and ps.get_point_cloud("hover").n_points() == len(points):
            cloud = ps.get_point_cloud("hover")
            cloud.update_point_positions(points)
        else:
            cloud = ps.register_point_cloud("hover", points)
            self._cuts.spare(cloud)
        cloud.add_scalar_quantity("size", radius * sizes)
        cloud.set_point_radius_quantity("size", autoscale=False)
        cloud.add_color_quantity("color", colors, enabled=True)
        cloud.set_enabled(True)

    def _shape(self, scene: Scene, item: ShapeItem, number: int, matrix: np.ndarray) -> None:
        drawn = self._shapes.get(item.id)
        fresh = drawn is None or _substance(drawn.item) != _substance(item)
        if fresh:
            self._register(item)
            drawn = self._shapes[item.id] = Drawn(item)
        structure = _structure(item.id)
        if fresh or not np.array_equal(matrix, self._placed.get(item.id)):
            structure.set_transform(matrix)
            self.calls += 1
        if fresh or _look(item) != _look(drawn.item):
            self._dress(structure, item, number)
        self._paint(structure, drawn, picture(scene, item), fresh)
        self._form(structure, scene, item, drawn)
        drawn.item = item

    def _form(self, structure: Any, scene: Scene, item: ShapeItem, drawn: Drawn) -> None:
        form = form_of(scene, item)
        if form != drawn.form and item.cells is None:
            drawn.form = form
            self.calls += 1
            move = structure.update_point_positions if item.shape.is_cloud else structure.update_vertex_positions
            vertices = drawn_vertices(scene, item)
            move(vertices if item.thinned is None else vertices[item.thinned.vertices])

    def _register(self, item: ShapeItem) -> None:
        self.calls += 1
        if item.shape.is_cloud:
            structure = ps.register_point_cloud(item.id, item.unit_vertices)
        else:
            structure = ps.register_surface_mesh(item.id, *_mesh(item))
            structure.set_selection_mode("faces_only")

    def _dress(self, structure: Any, item: ShapeItem, number: int) -> None:
        self.calls += 1
        structure.set_enabled(item.visible)
        structure.set_color(item.color or self.theme.shapes[number % len(self.theme.shapes)])
        # Through what is as good as nothing only its edges are seen.
        structure.set_transparency(THINNEST if item.wireframe and not item.shape.is_cloud else item.opacity)
        # Without light the colours in a plane are those of the legend.
        structure.set_material("flat" if item.geometry.is_flat else item.material)
        if item.shape.is_cloud:
            usual = 0.35 / max(item.shape.n_vertices, 1) ** 0.5
            structure.set_radius(item.point_size * usual, relative=False)
            return
        structure.set_edge_width(item.edge_width if item.edges or item.wireframe else 0.0)
        structure.set_edge_color(self.theme.edge)
        structure.set_smooth_shade(item.smooth)
        structure.set_back_face_policy(item.back)

    def _paint(self, structure: Any, drawn: Drawn, new: Picture | None, fresh: bool) -> None:
        old = None if fresh else drawn.picture
        drawn.picture = new
        if new is None:
            if old is not None:
                structure.remove_quantity(LAYER)
                self.calls += 1
            return
        if old is not None and _same(old, new):
            return
        self.calls += 1
        all_ = drawn.item.thinned is None or drawn.item.cells is not None
        values = new.values if all_ else new.values[drawn.item.thinned.vertices]
        values = np.nan_to_num(values, nan=0.0, posinf=new.limits[1], neginf=new.limits[0])
        if new.style != "color":
            # Beyond the range all is one colour, without level lines; a hair inside, where no line can flicker.
            hair = 1e-3 * (new.limits[1] - new.limits[0]) / STRIPES
            values = np.clip(values, new.limits[0] + hair, new.limits[1] - hair)
        if old is not None and _same_but_values(old, new):
            structure.get_quantity_buffer(LAYER, "colors" if new.style == "color" else "values").update_data(values)
            return
        if old is not None:
            structure.remove_quantity(LAYER)
        where = {} if drawn.item.cells is None else {"defined_on": "faces"}
        if new.style == "color":
            structure.add_color_quantity(LAYER, values, enabled=True, **where)
            return
        # Stripes between the level lines; Polyscope's thin contours blot out whole regions on software renderers.
        stripes = {"isolines_enabled": True, "isoline_style": "stripe", "isoline_darkness": 0.82}
        stripes["isoline_period"] = (new.limits[1] - new.limits[0]) / STRIPES
        if drawn.item.shape.is_cloud or drawn.item.cells is not None or not new.isolines:
            stripes = {"isolines_enabled": False}
        structure.add_scalar_quantity(
            LAYER,
            values,
            datatype=_DATATYPES.get(new.style, "standard"),
            enabled=True,
            cmap=colormap_name(new.colormap),
            vminmax=new.limits,
            onscreen_colorbar_enabled=False,
            **stripes,
            **where,
        )

    def _stage(self, scene: Scene) -> None:
        faces = visible_faces(scene)
        light = faces < (REDUCED_FACES_SOFTWARE if is_software() else REDUCED_FACES)
        ground = scene.stage.ground and light and bool(scene.of(ShapeItem))
        ps.set_ground_plane_mode("shadow_only" if ground else "none")
        project(scene.stage.projection)
        ps.set_background_color(background(self.theme.stage))

    def _remove(self, structure: Any) -> None:
        self.calls += 1
        structure.remove()


def visible_faces(scene: Scene) -> int:
    """How many faces are drawn."""
    return sum(item.drawn_shape.n_faces for item in scene.of(ShapeItem) if item.visible)


def background(color: RGB) -> RGB:
    """What Polyscope must be given so that its tone mapping, (1.0966 c)^(1/2.2), puts `color` on the screen."""
    return tuple(channel**2.2 / 1.0966 for channel in color)  # type: ignore[return-value]


def _structure(item_id: str) -> Any:
    return ps.get_surface_mesh(item_id) if ps.has_surface_mesh(item_id) else ps.get_point_cloud(item_id)


def _substance(item: ShapeItem) -> tuple[int, ...]:
    """What, when it changes, makes another mesh: told apart by identity."""
    return id(item.shape), id(item.thinned), id(item.cells)


def _mesh(item: ShapeItem) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and faces that are drawn."""
    if item.cells is not None:
        return item.cells
    if item.thinned is not None:
        return item.unit_vertices[item.thinned.vertices], item.thinned.faces
    return item.unit_vertices, item.shape.faces


def _look(item: ShapeItem) -> tuple[Any, ...]:
    surface = (item.edges, item.edge_width, item.wireframe, item.smooth, item.back)
    return item.visible, item.color, item.opacity, item.material, item.point_size, *surface


def _same(old: Picture, new: Picture) -> bool:
    return _same_but_values(old, new) and (old.values is new.values or np.array_equal(old.values, new.values))


def _same_but_values(old: Picture, new: Picture) -> bool:
    """Whether the picture differs at most in its numbers, so that they can be replaced in place."""
    one = (old.style, old.colormap, old.limits, old.isolines)
    return one == (new.style, new.colormap, new.limits, new.isolines)

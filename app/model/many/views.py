"""Two or four views of one shape: pictures of it side by side, which turn together or each for itself.

views cat 4        stage linked=false        single cat
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

import numpy as np

from geomlearn.app.model.fields import OnePicture
from geomlearn.app.model.items import Matrix, ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import Script, script_of
from geomlearn.app.model.view.place import turned
from geomlearn.core.errors import ParameterError

COUNTS = (1, 2, 4)
SIDES: dict[int, tuple[tuple[str, str, float], ...]] = {
    1: (),
    2: (("", "y", 0.0),),
    4: (("from the right", "y", -90.0), ("from the top", "x", 90.0), ("from the back", "y", 180.0)),
}
"""By how many views there are: what each further one is called, and the turn, in degrees about an axis of the window,
that shows that side where the front is. Two begin alike: each shows a quantity of its own.
"""


@dataclass(frozen=True)
class Views:
    """Show a shape in so many views; one puts the further ones away, as `OnePicture` does."""

    shape_id: str
    count: int

    def apply(self, scene: Scene) -> Scene:
        if self.count not in COUNTS:
            raise ParameterError(f"There are no {self.count} views.", "Write: views SHAPE 1, 2 or 4.")
        scene = OnePicture(self.shape_id).apply(scene)
        # The longest side in every direction: no turn about an axis of the window takes more.
        room = float(np.ptp(np.array(scene[self.shape_id].unit_box), axis=0).max()) if self.count > 1 else 0.0
        shape: ShapeItem = scene[self.shape_id].replace(room=room)
        scene = scene.put([shape])
        for place, (side, axis, degrees) in enumerate(SIDES[self.count], 1):
            label = f"{shape.label} {side}" if side else f"{shape.label}, second view"
            pose = turned(shape, axis, degrees) if degrees else shape.pose
            twin = ShapeItem(label=label, shape=shape.shape, twin_of=shape.id, beside=place)
            looks = ("color", "edges", "smooth", "opacity", "material", "layer", "leaning", "coarse", "unit", "room")
            scene = scene.put([twin.replace(pose=pose, **{look: getattr(shape, look) for look in looks})])
        return scene

    def title(self, scene: Scene) -> str:
        words = {1: "One view", 2: "Two views", 4: "Four views"}
        return f"{words.get(self.count, 'Views')} of {scene[self.shape_id].label}"

    def script(self, scene: Scene) -> Script:
        return script_of(scene, f"views {shlex.quote(scene[self.shape_id].label)} {self.count}")

    @property
    def merge_key(self) -> str:
        return ""


def turned_by_hand(item: ShapeItem, turn: np.ndarray) -> Matrix:
    """The pose after a turn (3, 3) in the world about the middle of the shape's place."""
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    return tuple((matrix @ np.array(item.pose).reshape(4, 4)).round(12).ravel().tolist())


def rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """(3, 3) the turn by an angle in radians about an axis (3,), after Rodrigues."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross

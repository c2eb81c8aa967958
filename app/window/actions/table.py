"""Actions are data: menu, command search, shortcuts, cheat sheet and tests all read the same table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from polyscope import imgui

if TYPE_CHECKING:
    from geomlearn.app.window.application import Application


def always(app: Application) -> str:
    """No reason against it."""
    return ""


def needs_shape(app: Application) -> str:
    """The reason why there is nothing to work on."""
    return "" if app.shape else "There is no shape on the stage yet."


def has_focus(app: Application) -> str:
    """The reason why no item can be worked on."""
    return "" if app.item else "Choose something in the tree first."


def stateless(app: Application) -> str:
    """It does something; it is not on or off."""
    return ""


@dataclass(frozen=True)
class Action:
    """Something a person can do.

    Attributes
    ----------
    id     "menu.word": the part before the dot is the menu it stands in.
    title  the words on the menu, in the search, in the cheat sheet.
    run    does it.
    keys   shortcuts, such as "Ctrl+Shift+Z" or "F"; the first is shown.
    when   returns why it cannot be done now, one sentence, or "" when it can.
    state  how what it switches stands now: "on", "off", or a word such as "side by side"; "" for what does not switch.
    menu   whether the menu shows it; stepping through modes has keys but no menu line.
    words  other names people look for it by.
    everywhere  whether its keys hold while a menu is open or a page covers the stage.
    """

    id: str
    title: str
    run: Callable[[Application], None]
    keys: tuple[str, ...] = ()
    when: Callable[[Application], str] = always
    state: Callable[[Application], str] = stateless
    menu: bool = True
    words: str = ""
    everywhere: bool = False

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]


class Actions:
    """The table."""

    def __init__(self) -> None:
        self._by_id: dict[str, Action] = {}

    def add(self, actions: Iterable[Action]) -> None:
        """Add rows; ids and keys are unique, a clash is a defect that shows at start."""
        for action in actions:
            if action.id in self._by_id:
                raise ValueError(f"two actions are called {action.id}")
            taken = {key: other for other in self for key in other.keys}
            for key in action.keys:
                chord(key)
                if key in taken:
                    raise ValueError(f"{key} is taken by {taken[key].id}, {action.id} wants it too")
            self._by_id[action.id] = action

    def __iter__(self):
        return iter(self._by_id.values())

    def __getitem__(self, action_id: str) -> Action:
        return self._by_id[action_id]

    def group(self, name: str) -> list[Action]:
        """The rows of one menu."""
        return [action for action in self if action.group == name]


_SPECIAL = {
    "Left": "LeftArrow",
    "Right": "RightArrow",
    "Up": "UpArrow",
    "Down": "DownArrow",
    "[": "LeftBracket",
    "]": "RightBracket",
    ",": "Comma",
    ".": "Period",
    "Esc": "Escape",
    "Del": "Delete",
    "?": "Slash",
    "`": "GraveAccent",
}
_MODIFIERS = ("Ctrl", "Shift", "Alt")
NAVIGATION = ("Left", "Right", "Up", "Down", "Space", "Enter", "Tab")
"""Keys that belong to the focused widget while the keyboard moves between widgets."""


def chord(keys: str) -> tuple[frozenset[str], int]:
    """Modifiers and the ImGui key of a text such as "Ctrl+K".

    Raises
    ------
    ValueError   ImGui knows no such key.
    """
    *modifiers, key = keys.split("+")
    name = _SPECIAL.get(key, key)
    code = getattr(imgui, f"ImGuiKey_{name}", None)
    if code is None or not set(modifiers) <= set(_MODIFIERS):
        raise ValueError(f"there is no key {keys}")
    return frozenset(modifiers), code


def key_words(keys: str) -> str:
    """A shortcut as people read it."""
    return keys.replace("Equal", "=").replace("Minus", "–")


def pressed(keys: str) -> bool:
    """Whether this shortcut was pressed in this frame and belongs to the window, not to a text field."""
    io = imgui.GetIO()
    modifiers, code = chord(keys)
    held = {
        name for name, down in (("Ctrl", io.KeyCtrl or io.KeySuper), ("Shift", io.KeyShift), ("Alt", io.KeyAlt)) if down
    }
    if held != modifiers or not imgui.IsKeyPressed(code):
        return False
    if modifiers & {"Ctrl", "Alt"} or keys == "Esc":
        return True
    return not io.WantTextInput and not (io.NavVisible and keys in NAVIGATION)

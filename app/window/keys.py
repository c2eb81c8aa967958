"""Who gets a key: an open menu or a text field first, then the page over the stage, then the actions."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.window.actions.table import Action, pressed
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.timeline import Player, moving

EDITING = ("Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y")
"""Shortcuts that a text field uses itself."""


class Keyboard:
    """The keys of one window.

    A menu closes, and a text field lets go, before the frame in which their key could be asked about begins: what
    counts is who had the keyboard when the last frame ended.
    """

    def __init__(self) -> None:
        self._walks = False
        self._menu = False
        self._text = False

    def act(self, app: Application, player: Player) -> None:
        """Do what the keys of this frame ask for; once all panels are drawn."""
        menu = self._menu or _menu_is_open()
        text = self._text or imgui.GetIO().WantTextInput
        if not menu and not app.page and not text and pressed("Space") and moving(app) is not None:
            player.toggle()
        for action in list(app.actions):
            if any(self._holds(app, action, keys, menu, text) and pressed(keys) for keys in action.keys):
                app.run(action.id)
        self._remember()

    @staticmethod
    def _holds(app: Application, action: Action, keys: str, menu: bool, text: bool) -> bool:
        """Whether these keys mean this action now."""
        chorded = keys.startswith(("Ctrl", "Alt"))
        if keys == "Esc":
            # In a page Esc closes the page, whatever has the keyboard in it.
            return not menu and (bool(app.page) or not text)
        if menu or app.page:
            return chorded and action.everywhere
        return not text or (chorded and keys not in EDITING)

    def _remember(self) -> None:
        """Who has the keyboard now, and whether it walks from widget to widget."""
        io = imgui.GetIO()
        # Arrows walk modes and moments until Tab says that the keyboard shall move between widgets.
        if imgui.IsKeyPressed(imgui.ImGuiKey_Tab):
            self._walks = True
        elif imgui.IsMouseClicked(0) or imgui.IsKeyPressed(imgui.ImGuiKey_Escape):
            self._walks = False
        self._menu, self._text = _menu_is_open(), io.WantTextInput
        if self._walks or self._menu:
            io.ConfigFlags |= imgui.ImGuiConfigFlags_NavEnableKeyboard
        else:
            io.ConfigFlags &= ~imgui.ImGuiConfigFlags_NavEnableKeyboard


def _menu_is_open() -> bool:
    """Any menu, dropdown or context menu."""
    return imgui.IsPopupOpen("", imgui.ImGuiPopupFlags_AnyPopup)

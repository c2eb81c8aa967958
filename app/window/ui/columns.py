"""Two widgets side by side, each with its label above."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from polyscope import imgui


@contextmanager
def columns(name: str) -> Iterator[Callable[[], None]]:
    """Two equal columns; call what is yielded to go to the second."""

    def next_column() -> None:
        # Without this the next label would stand as low as the text inside the framed widget.
        imgui.Dummy((0.0, 0.0))
        imgui.TableNextColumn()

    imgui.BeginTable(name, 2, imgui.ImGuiTableFlags_SizingStretchSame)
    imgui.TableNextColumn()
    try:
        yield next_column
    finally:
        imgui.EndTable()

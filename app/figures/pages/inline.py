"""A figure in the cell of a notebook: the page that can be turned, and a still picture where pages are not shown."""

from __future__ import annotations

from html import escape
from os import PathLike
from pathlib import Path

from geomlearn.app.figures.figure import Figure
from geomlearn.app.figures.pages.page import page_of, still_of
from geomlearn.core.files import atomic_path


class InlinePage:
    """What `gl.show(…, inline=True)` returns: notebooks show it; `save` writes the same page as a file."""

    def __init__(self, figure: Figure, height: int = 480) -> None:
        self._figure = figure
        self._height = height
        self._text = page_of(figure)

    def save(self, path: str | PathLike[str], *, force: bool = False) -> Path:
        """Write the page as .html.

        Raises
        ------
        GeomError   the file exists and `force` is false.
        """
        with atomic_path(Path(path), force=force) as temporary:
            temporary.write_text(self._text, encoding="utf-8")
        return Path(path)

    def _repr_html_(self) -> str:
        # A frame of its own keeps its scripts and styles apart from the notebook's; without allow-same-origin it
        # reaches nothing there.
        look = f"width: 100%; height: {self._height}px; border: 0"
        return f'<iframe sandbox="allow-scripts" style="{look}" srcdoc="{escape(self._text, quote=True)}"></iframe>'

    def _repr_png_(self) -> bytes:
        return still_of(self._figure)

    def __repr__(self) -> str:
        return f"Page of {', '.join(panel.shape.name for panel in self._figure.panels)}: shown by notebooks"

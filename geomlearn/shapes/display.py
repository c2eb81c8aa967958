"""How objects look in a notebook: a static, escaped picture beside their text; the text alone where drawing fails."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from geomlearn.shapes.shape import Shape

# Notebooks let text break anywhere.
_WRAPPED = "white-space: pre-wrap; word-break: normal; overflow-wrap: break-word"


def html(text: str, *pictures: tuple[Shape, np.ndarray | None]) -> str:
    """Pictures of shapes with what is painted on them, above the text that describes them."""
    drawn = "".join(_image(shape, values) for shape, values in pictures)
    return f"<div>{drawn}<pre style='{_WRAPPED}'>{escape(text)}</pre></div>"


def _image(shape: Shape, values: np.ndarray | None) -> str:
    """An image tag that carries its own bytes; nothing where Pillow, or memory, is missing."""
    try:
        from geomlearn.shapes.thumbnail import thumbnail

        data = b64encode(thumbnail(shape, values)).decode()
    except (ImportError, MemoryError):
        return ""
    return f'<img alt="{escape(shape.name, quote=True)}" width="320" src="data:image/png;base64,{data}">'

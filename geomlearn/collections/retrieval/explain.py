"""A picture of why shapes were found: lines between places of the query and of each hit that are alike."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from geomlearn.shapes.shape import Shape
from geomlearn.shapes.thumbnail import on_picture, thumbnail

_PIXELS, _LINES = 320, 24


def explained(query: Shape, found: Sequence[tuple[Shape, str, np.ndarray, np.ndarray]], lines: int = _LINES) -> bytes:
    """A PNG with a row for each shape found: the query at the left, the hit at the right, lines between.

    Parameters
    ----------
    found   for each hit its shape, what to write below it, pairs (m, 2) of vertices, and how much they are alike (m,).
    """
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (2 * _PIXELS + 60, len(found) * (_PIXELS + 24)), "white")
    draw = ImageDraw.Draw(picture)
    start = on_picture(query, _PIXELS)
    own = Image.open(io.BytesIO(thumbnail(query, size=_PIXELS)))
    for row, (shape, words, pairs, alike) in enumerate(found):
        top = row * (_PIXELS + 24)
        picture.paste(own, (0, top))
        picture.paste(Image.open(io.BytesIO(thumbnail(shape, size=_PIXELS))), (_PIXELS + 60, top))
        goal = on_picture(shape, _PIXELS) + np.array((_PIXELS + 60, 0))
        for (a, b), strength in list(zip(pairs, alike, strict=True))[:lines]:
            (x, y), (u, v) = start[a], goal[b]
            shade = int(200 * (1 - np.clip(strength, 0, 1)))
            draw.line((x, y + top, u, v + top), fill=(220, shade, shade // 2), width=1)
            for px, py in ((x, y), (u, v)):
                draw.ellipse((px - 3, py + top - 3, px + 3, py + top + 3), fill=(30, 30, 30))
        draw.text((_PIXELS + 60, top + _PIXELS + 4), words, fill="black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()

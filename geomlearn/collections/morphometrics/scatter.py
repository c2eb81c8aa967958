"""A page with the shapes of a collection where their sufficient coordinates put them."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

import numpy as np

from geomlearn.collections.members import members_of
from geomlearn.collections.sufficient_directions import Sufficient
from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.thumbnail import thumbnail

# Pictures beyond so many would cover each other.
_MOST = 60
_WIDE, _HIGH, _PICTURE = 960, 640, 64


def write_scatter(path: Path, found: Sufficient, names: list[str], shapes: str) -> Path:
    """Write the page; shapes that can be read are drawn small, the others are dots."""
    places = found.coordinates[:, :2]
    if places.shape[1] == 1:
        places = np.column_stack([places, np.zeros(len(places))])
    low, span = places.min(axis=0), np.maximum(np.ptp(places, axis=0), 1e-12)
    at = (places - low) / span * (_WIDE - 2 * _PICTURE, -(_HIGH - 2 * _PICTURE)) + (_PICTURE, _HIGH - _PICTURE)
    pictures = _pictures(names, shapes)
    marks = []
    for name, (x, y) in zip(names, at, strict=True):
        if name in pictures:
            left, top = x - _PICTURE / 2, y - _PICTURE / 2
            data = base64.b64encode(pictures[name]).decode()
            size = f'width="{_PICTURE}" height="{_PICTURE}"'
            mark = f'<image x="{left:.0f}" y="{top:.0f}" {size} href="data:image/png;base64,{data}"/>'
        else:
            mark = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="#0969da"/>'
        marks.append(f"<g><title>{escape(name)}</title>{mark}</g>")
    told = "; ".join(
        f"coordinate {axis + 1}: strength {strength:.3g}, p = {p:.3f}"
        for axis, (strength, p) in enumerate(zip(found.strengths, found.p_values, strict=True))
    )
    style = (
        "body{font:15px system-ui,sans-serif;margin:2rem}svg{border:1px solid #e3e8ee}image{mix-blend-mode:multiply}"
    )
    head = f'<meta charset="utf-8"><title>What drives the shapes</title><style>{style}</style>'
    body = f"<h1>What drives the shapes</h1><p>Across coordinate 1, upwards coordinate 2. {escape(told)}.</p>"
    with atomic_path(path, force=True) as temporary:
        temporary.write_text(
            f'<!doctype html><html lang="en"><head>{head}</head><body>{body}'
            f'<svg width="{_WIDE}" height="{_HIGH}" role="img">{"".join(marks)}</svg></body></html>\n',
            encoding="utf-8",
        )
    return path


def _pictures(names: list[str], shapes: str) -> dict[str, bytes]:
    try:
        members = {member.name: member for member in members_of([shapes])}
    except GeomError:
        return {}
    found = {}
    for name in names[:: max(1, -(-len(names) // _MOST))]:
        if name in members:
            found[name] = thumbnail(load_shape(members[name].spec), size=2 * _PICTURE)
    return found

"""A page that shows a collection's maps by itself: no other file, no network; the worst pairs come first."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from geomlearn.collections.pairs.matched import Matched
from geomlearn.collections.pairs.table import VERDICTS, Row, worst_first
from geomlearn.collections.pairs.truths import Errors
from geomlearn.core.files import atomic_path
from geomlearn.matching.evaluation import THRESHOLDS
from geomlearn.matching.io.maps import read_map
from geomlearn.shapes.thumbnail import thumbnail

# Pairs drawn in the colours of their map; the others are rows of the table.
MOST_DRAWN = 24
_PIXELS = 180
# Of vertices without a partner.
_WITHOUT = 0.72
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2733;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%;font-size:.86rem}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #e3e8ee;vertical-align:top}td.n{text-align:right}
.failed{color:#a11}.bad{color:#c0392b}.doubtful{color:#9a6700}.good{color:#1a7f37}.cards{display:flex;flex-wrap:wrap;
gap:1rem}.card{border:1px solid #e3e8ee;border-radius:6px;padding:.6rem;width:25.5rem}.card img{width:12rem}
.shapes figure{display:inline-block;margin:.3rem;width:8.5rem;text-align:center;font-size:.75rem;overflow-wrap:anywhere}
.shapes img{width:8rem}.card p{margin:.3rem 0;font-size:.82rem}svg text{font-size:11px;fill:#57606a}
"""


def write_report(path: Path, found: Matched, errors: Errors | None = None) -> Path:
    """Write the page.

    Parameters
    ----------
    errors   where the truth is known of some pairs: their curve is drawn, and their order goes by it.
    """
    measured = {pair: one.mean_error for pair, one in errors.by_pair.items()} if errors else {}
    rows = worst_first(found.rows)
    if measured:
        rows.sort(key=lambda row: (row.verdict != "failed", -measured.get((row.source, row.target), -1.0)))
    parts = [
        f"<h1>{escape(found.out.name)}</h1>",
        f"<p>{_counts(found)}</p>",
        *(f"<p>{escape(note)}</p>" for note in found.notes[:20]),
        _errors(errors),
        "<h2>Worst pairs</h2>",
        "<p>The target is coloured by position, the source by the colours that the map fetches from it.</p>",
        f'<div class="cards">{"".join(_card(found, row, measured) for row in rows[:MOST_DRAWN])}</div>',
        "<h2>All maps</h2>",
        _table(rows, measured),
        f'<h2>Shapes</h2><div class="shapes">{"".join(_shape(found, name) for name in sorted(found.keys))}</div>',
    ]
    title = escape(f"Maps of {found.out.name}")
    page = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    with atomic_path(path, force=True) as temporary:
        temporary.write_text(f"{page}</head><body>{''.join(parts)}</body></html>\n", encoding="utf-8")
    return path


def _counts(found: Matched) -> str:
    counts = Counter(row.verdict for row in found.rows)
    told = ", ".join(f'<span class="{word}">{counts[word]} {word}</span>' for word in VERDICTS if counts[word])
    return f"{len(found.rows)} maps between {len(found.members)} shapes by {escape(found.options.method)}: {told}."


def _card(found: Matched, row: Row, measured: dict[tuple[str, str], float]) -> str:
    pictures = _pictures(found, row) if row.verdict != "failed" else ""
    error = measured.get((row.source, row.target))
    told = f" · mean error {error:.2f}" if error is not None else ""
    names = f"{escape(row.source)} → {escape(row.target)}"
    head = f'<p><b>{names}</b> <span class="{row.verdict}">{row.verdict}</span>{told}</p>'
    return f'<div class="card">{pictures}{head}<p>{escape(row.reason)}</p></div>'


def _pictures(found: Matched, row: Row) -> str:
    a, b = (found.store.shape(found.keys[name], name) for name in (row.source, row.target))
    path = found.export.path(row.source, row.target)
    sizes = {"n_source": a.n_vertices, "n_target": b.n_vertices}
    map_ab = read_map(path, **sizes, index_base=found.export.index_base, unmatched=True).map_ab
    low, span = b.vertices.min(axis=0), np.maximum(np.ptp(b.vertices, axis=0), 1e-12)
    colors = (b.vertices - low) / span
    fetched = np.where((map_ab < 0)[:, None], _WITHOUT, colors[map_ab])
    return "".join(_image(thumbnail(shape, values, _PIXELS)) for shape, values in ((a, fetched), (b, colors)))


def _shape(found: Matched, name: str) -> str:
    picture = found.store.arrays("shapes", found.keys[name])["picture"].tobytes()
    return f"<figure>{_image(picture)}<figcaption>{escape(name)}</figcaption></figure>"


def _image(png: bytes) -> str:
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _table(rows: Sequence[Row], measured: dict[tuple[str, str], float]) -> str:
    names = ["source", "target", "verdict", "predicted", "within 5", *(["error"] if measured else []), "s", "reason"]
    head = "".join(f"<th>{name}</th>" for name in names)
    lines = []
    for row in rows:
        numbers = [_number(row.predicted_error), _number(row.p_within_5)]
        numbers += [_number(measured.get((row.source, row.target)))] if measured else []
        cells = [escape(row.source), escape(row.target), f'<span class="{row.verdict}">{row.verdict}</span>']
        text = "".join(f"<td>{cell}</td>" for cell in cells)
        text += "".join(f'<td class="n">{cell}</td>' for cell in [*numbers, _number(row.seconds)])
        lines.append(f"<tr>{text}<td>{escape(row.reason)}</td></tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _errors(errors: Errors | None) -> str:
    """The share of points within a distance of the truth, over that distance."""
    if errors is None or not errors.by_pair:
        return f"<p>{escape(errors.sentence)}</p>" if errors else ""
    across, down = 40 + 1600 * THRESHOLDS, 170 - 150 * errors.curve
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    axis = '<path d="M40 20V170H440" fill="none" stroke="#8c959f"/>'
    marks = "".join(f'<text x="{40 + 16 * mark}" y="186">{mark}</text>' for mark in range(0, 26, 5))
    marks += '<text x="8" y="24">100 %</text><text x="20" y="172">0</text>'
    line = f'<polyline points="{points}" fill="none" stroke="#0969da" stroke-width="2"/>'
    label = '<text x="150" y="202">100 × geodesic distance / √area</text>'
    curve = f'<svg width="480" height="206" role="img">{axis}{marks}{line}{label}</svg>'
    return f"<h2>Against the truth</h2><p>{escape(errors.sentence)}</p>{curve}"

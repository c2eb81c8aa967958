"""Binary point sets of the Expe library, which some scan collections keep under the suffix pts."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source

_MAGIC = b"[Expe/PointSet/Binary/"


def is_expe(source: Source) -> bool:
    """Whether it begins with the name of this format."""
    return source.head.startswith(_MAGIC)


def read_expe(source: Source) -> Parsed:
    """Positions, and normals where the file has them.

    Raises
    ------
    FormatError   the header is damaged, or the file holds fewer points than it announces.
    """
    end = source.head.find(b"\ndata\n", 0, 4096)
    if end < 0:
        raise source.bad("its header never ends", "The file is cut short or damaged.")
    fields, n = [], -1
    for line in source.head[:end].decode("latin-1").splitlines()[1:]:
        words = line.split()
        try:
            if words[:1] == ["property"]:
                fields.append((words[1], f"V{int(words[2])}"))
            elif words[:1] == ["nofpoints"]:
                n = int(words[1])
        except (IndexError, ValueError):
            raise source.bad(f"its header has the line '{line[:40]}'") from None
    widths = dict(fields)
    if len(widths) != len(fields) or widths.get("position") != "V12" or n < 0:
        raise source.bad("its header does not describe points with a position of three numbers")
    dtype = np.dtype(
        [
            (name, "<f4" if width != "V12" else ("<f4", 3)) if width in ("V4", "V12") else (name, width)
            for name, width in fields
        ]
    )
    found = (source.size - end - 6) // dtype.itemsize
    if found < n:
        raise source.short(n, found, "points")
    table = np.frombuffer(source.data, dtype, n, end + 6)
    return Parsed(table["position"], normals=table["normal"] if widths.get("normal") == "V12" else None)

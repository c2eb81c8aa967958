"""Writing .vtp, which ParaView and PyVista open, with any number of fields per vertex."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from geomlearn.shapes.shape import Shape

_NAMES = {"f4": "Float32", "f8": "Float64", "i4": "Int32", "i8": "Int64", "u1": "UInt8"}


def write_vtp(shape: Shape, point_data: Mapping[str, np.ndarray], metadata: Mapping[str, Any] | None = None) -> bytes:
    """The shape as PolyData with raw appended arrays: `Normals`, `RGB` and the point data beside the geometry.

    Integers keep their kind as Int64, all other numbers become Float64. The metadata are JSON text in the field data.
    """
    blob: list[bytes] = []
    offset = 0

    def array(name: str, values: np.ndarray) -> str:
        nonlocal offset
        values = np.ascontiguousarray(values)
        kind = "u1" if values.dtype == np.uint8 else "i8" if values.dtype.kind in "iub" else "f8"
        values = values.astype("<" + kind)
        width = 1 if values.ndim == 1 else values.shape[1]
        text = (
            f'<DataArray type="{_NAMES[kind]}" Name={quoteattr(name)} NumberOfComponents="{width}" '
            f'format="appended" offset="{offset}"/>'
        )
        blob.append(np.array(values.nbytes, "<u8").tobytes() + values.tobytes())
        offset += 8 + values.nbytes
        return text

    n, m = shape.n_vertices, shape.n_faces
    # A cloud needs a cell per point, or viewers show nothing.
    cells, size = (shape.faces, 3) if m else (np.arange(n)[:, None], 1)
    tag = "Polys" if m else "Verts"
    fields = {"Normals": shape.normals, "RGB": None if shape.colors is None else _bytes(shape.colors), **point_data}
    data = "".join(array(name, values) for name, values in fields.items() if values is not None)
    attributes = ' Normals="Normals"' if shape.normals is not None else ""
    text = (
        '<?xml version="1.0"?>\n'
        '<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">\n'
        f"<PolyData>{_field_data(metadata)}"
        f'<Piece NumberOfPoints="{n}" NumberOfVerts="{0 if m else n}" NumberOfLines="0" NumberOfStrips="0" '
        f'NumberOfPolys="{m}">\n<PointData{attributes}>{data}</PointData>\n'
        f"<Points>{array('Points', shape.vertices)}</Points>\n"
        f"<{tag}>{array('connectivity', cells.reshape(-1))}"
        f"{array('offsets', np.arange(1, len(cells) + 1) * size)}</{tag}>\n"
        '</Piece></PolyData>\n<AppendedData encoding="raw">_'
    )
    return text.encode() + b"".join(blob) + b"</AppendedData>\n</VTKFile>\n"


def _field_data(metadata: Mapping[str, Any] | None) -> str:
    if not metadata:
        return ""
    # VTK spells text in XML as the codes of its bytes, closed by a zero.
    codes = " ".join(map(str, json.dumps(metadata).encode()))
    array = f'<Array type="String" Name="metadata" NumberOfTuples="1" format="ascii">{codes} 0</Array>'
    return f"<FieldData>{array}</FieldData>"


def _bytes(colors: np.ndarray) -> np.ndarray:
    return np.rint(colors * 255).astype(np.uint8)

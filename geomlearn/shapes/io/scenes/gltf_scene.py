"""The numbers of a glTF scene: accessors to arrays, wherever their bytes lie."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import unquote

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.files import beside, existing_file, shortened
from geomlearn.shapes.io.announced import Allowance
from geomlearn.shapes.io.source import Source

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


class Buffers:
    """The numbers of a scene, read by accessor."""

    def __init__(self, scene: dict[str, Any], binary: bytes | memoryview, source: Source) -> None:
        self._scene, self._binary, self._source = scene, binary, source
        self._buffers: dict[int, bytes | memoryview] = {}
        self._allowance = Allowance(source)

    def array(self, accessor_index: int) -> np.ndarray:
        """(count, width) numbers of an accessor; integers marked as normalized come as floats in [0, 1].

        Raises
        ------
        FormatError   the accessor reaches beyond its buffer.
        """
        accessor = self._item("accessors", accessor_index)
        code, width = _COMPONENTS[accessor["componentType"]], _WIDTHS[accessor["type"]]
        count = int(accessor["count"])
        if count < 0:
            raise self._source.bad(f"it announces {count} numbers in one array")
        # Every use counts: a scene can place one mesh any number of times.
        self._allowance.take(count * width * 8)
        if "bufferView" in accessor:
            values = self._view(accessor["bufferView"], int(accessor.get("byteOffset", 0)), code, width, count)
        else:
            values = np.zeros((count, width), code)
        if "sparse" in accessor:
            values = self._sparse(values.copy(), accessor["sparse"])
        if accessor.get("normalized") and code[-2] in "iu":
            return np.maximum(values / np.iinfo(code).max, -1.0)
        return values

    def has_data(self, accessor_index: int) -> bool:
        """Whether an accessor holds numbers of its own; without any its numbers are all zero."""
        return bool({"bufferView", "sparse"} & self._item("accessors", accessor_index).keys())

    def bad(self, reason: str, hint: str = "Export it again from the program that made it.") -> FormatError:
        """The error for the file."""
        return self._source.bad(reason, hint)

    def _sparse(self, values: np.ndarray, sparse: dict[str, Any]) -> np.ndarray:
        count, where, what = int(sparse["count"]), sparse["indices"], sparse["values"]
        code = _COMPONENTS[where["componentType"]]
        places = self._view(where["bufferView"], int(where.get("byteOffset", 0)), code, 1, count)[:, 0]
        new = self._view(what["bufferView"], int(what.get("byteOffset", 0)), values.dtype.str, values.shape[1], count)
        values[places] = new
        return values

    def _view(self, index: int, offset: int, code: str, width: int, count: int) -> np.ndarray:
        view = self._item("bufferViews", index)
        if any("meshopt" in name for name in view.get("extensions", {})):
            raise self._source.bad("it is compressed with meshopt", "Export it without compression.")
        start = int(view.get("byteOffset", 0)) + offset
        item = np.dtype(code).itemsize * width
        stride = int(view.get("byteStride", item)) or item
        buffer = self._buffer(view["buffer"])
        needed = start + stride * (count - 1) + item if count else start
        if start < 0 or stride < item or count < 0 or needed > len(buffer):
            raise self._source.short(needed, len(buffer), "bytes of geometry")
        raw = np.ndarray((count, width), np.dtype(code), buffer, start, (stride, np.dtype(code).itemsize))
        return np.ascontiguousarray(raw)

    def _buffer(self, index: int) -> bytes | memoryview:
        if index not in self._buffers:
            uri = self._item("buffers", index).get("uri")
            self._buffers[index] = self._binary if uri is None else self._fetch(str(uri))
        return self._buffers[index]

    def _fetch(self, uri: str) -> bytes:
        head, comma, body = uri.partition(",")
        if head.startswith("data:") and comma:
            try:
                return base64.b64decode(body)
            except ValueError:
                raise self._source.bad("its embedded data are damaged", "The file is cut short or damaged.") from None
        path = beside(self._source.path, unquote(uri))
        if path is None:
            raise self._source.bad(
                f"it refers to {shortened(uri, 80)}, outside its own folder", "Export it as .glb, in one file."
            )
        if not path.is_file():
            what = f"its data file {shortened(uri, 80)} is not beside it"
            raise self._source.bad(what, "Keep both together, or export .glb.")
        self._allowance.enlarge(existing_file(path).stat().st_size)
        return path.read_bytes()

    def _item(self, kind: str, index: int) -> dict[str, Any]:
        items = self._scene.get(kind, [])
        if not isinstance(index, int) or not 0 <= index < len(items):
            raise self._source.bad(f"it refers to number {index} of its {len(items)} {kind}")
        return items[index]

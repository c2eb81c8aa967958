"""Reading and writing shapes: one file per family of formats, a table of them in `registry`."""

from geomlearn.shapes.io.registry import READABLE, read_held, read_metadata, read_point_data, read_shape
from geomlearn.shapes.io.writing import WRITABLE, write_shape

__all__ = ["READABLE", "WRITABLE", "read_held", "read_metadata", "read_point_data", "read_shape", "write_shape"]

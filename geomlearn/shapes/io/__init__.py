"""Reading and writing shapes: one file per family of formats, a table of them in `registry`."""

from geomlearn.shapes.io.registry import READABLE, WRITABLE, read_metadata, read_point_data, read_shape, write_shape

__all__ = ["READABLE", "WRITABLE", "read_metadata", "read_point_data", "read_shape", "write_shape"]

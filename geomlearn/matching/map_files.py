"""The former place of `geomlearn.matching.io.maps`, until the window has moved on."""

from geomlearn.matching.io.maps import MapFile, parse_columns, read_map, write_map  # noqa: F401

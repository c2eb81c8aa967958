"""The former place of `geomlearn.matching.io.functional_maps`, until the window has moved on."""

from geomlearn.matching.io.functional_maps import read_fmap, write_fmap  # noqa: F401

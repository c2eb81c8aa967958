"""The families of creatures: their flesh, skeleton, bodies and poses, as data."""

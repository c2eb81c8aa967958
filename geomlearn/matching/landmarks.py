"""The former place of `geomlearn.matching.io.landmarks`, until the window has moved on."""

from geomlearn.matching.io.landmarks import read_landmarks, write_landmarks  # noqa: F401

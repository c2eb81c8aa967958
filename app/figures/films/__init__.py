"""Figures that move: a field in time, or a turn."""

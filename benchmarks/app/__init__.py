"""Measured comparisons of the application: kills, load."""

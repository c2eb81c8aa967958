"""Shapes: what they are, whether they are sound, what they look like."""

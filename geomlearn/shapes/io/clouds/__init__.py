"""Formats of point clouds."""

"""Formats of single meshes."""

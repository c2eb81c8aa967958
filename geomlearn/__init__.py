"""Spectral bases, correspondence and learning on meshes and point clouds."""

__version__ = "0.1.0"

"""Meshes and point clouds: the type, the built-in ones, reading, writing, checking, sampling."""

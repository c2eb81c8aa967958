"""Correspondences in files: point maps, functional maps, landmarks."""

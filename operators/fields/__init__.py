"""Equations on surfaces and point clouds, their initial data, and the files their solutions travel in."""

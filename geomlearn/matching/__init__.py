"""Correspondence between shapes: functional maps, their refinement, and how good they are."""

"""The match desk: find the correspondence between two shapes, see it, judge it, export it."""

"""What is drawn on or beside a shape and is no number on it: arrows, curves, graphs, and the triangles they become."""

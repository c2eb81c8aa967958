"""Holes of a mesh: their loops, and patches that continue the surface around them."""

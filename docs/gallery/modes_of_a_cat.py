"""
The first modes of a cat
========================

Eigenfunctions of the Laplacian are to a surface what sines are to a string: slow ones first. Red is positive, blue is
negative.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
basis = gl.eigenbasis(cat, k=7)
gl.render(cat, fields={f"mode {i}": basis.evecs[:, i] for i in (1, 2, 3, 6)}, path="modes.png", size=(1600, 500))

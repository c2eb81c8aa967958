"""
A shape from its first modes
============================

Coordinates are functions on the surface. Their first coefficients give a smooth sketch of the shape, more of them the
detail.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
basis = gl.eigenbasis(cat, k=200)
coefficients = basis.project(cat.vertices)
sketches = [gl.Mesh(basis.synthesize(coefficients[:k]), cat.faces) for k in (10, 40, 200)]
gl.render(sketches[0], path="modes_10.png", size=(700, 550))
gl.render(sketches[1], path="modes_40.png", size=(700, 550))
gl.render(sketches[2], path="modes_200.png", size=(700, 550))

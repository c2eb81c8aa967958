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
for k in (10, 40, 200):
    sketch = gl.Mesh(basis.synthesize(coefficients[:k]), cat.faces)
    gl.render(sketch, path=f"k{k}.png", size=(700, 550))

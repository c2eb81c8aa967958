"""
Heat from a point
=================

The heat equation from a bump around one vertex, at four times.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
u = gl.solve("heat", cat, vertex=0)
frames = {f"t = {u.times[i]:.1e}": u.values[i] for i in (2, 10, 25, 50)}
gl.render(cat, fields=frames, path="heat.png", size=(1600, 450))

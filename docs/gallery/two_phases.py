"""
Two phases part
===============

The Allen-Cahn equation from random phases: they separate, then their border shrinks.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
u = gl.solve("allen-cahn", cat, seed=3)
frames = {f"t = {u.times[i]:.1e}": u.values[i] for i in (0, 8, -1)}
gl.render(cat, fields=frames, path="phases.png", size=(1500, 500))

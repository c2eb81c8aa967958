"""
The potential of a source
=========================

Poisson's equation with the source as an array: one warm end, one cold end.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
source = cat.vertices[:, 0] - cat.vertices[:, 0].mean()
u = gl.solve("poisson", cat, initial=source)
gl.render(cat, u, "potential.png", size=(900, 700))

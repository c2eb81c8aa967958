"""
Spots and stripes
=================

Gray and Scott's reaction and diffusion: a pattern for a coat.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@5000")
u = gl.solve("gray-scott", cat, duration=4000, spacing=0.06, feed=0.037, kill=0.06)
gl.render(cat, fields={"v": u.frame(-1)["v"]}, path="coat.png", size=(1000, 750))

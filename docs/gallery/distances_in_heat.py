"""
Geodesic distance
=================

The heat method: two sparse solves a source, however many vertices there are to reach.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
nose = int(cat.vertices[:, 0].argmax())
gl.render(cat, fields={"distance": gl.distances(cat, nose)}, path="distance.png", size=(900, 700))

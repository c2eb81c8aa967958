"""
Stripes carried over
====================

Whatever is known on one shape, the map carries to the other: labels, colours, landmarks, or stripes.
"""

import numpy as np

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
leaping = gl.read("builtin:quadruped-cat-gallop@3000")
stripes = np.sin(60 * cat.vertices[:, 0])
found = gl.match(cat, leaping)
gl.render(cat, fields={"stripes": stripes}, path="tame.png", size=(800, 600))
gl.render(leaping, fields={"stripes, carried over": found.push(stripes)}, path="wild.png", size=(800, 600))

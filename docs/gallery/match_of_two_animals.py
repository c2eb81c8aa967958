"""
Two animals of one family
=========================

A cat and a horse: far from isometric, and still every leg finds its leg.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
horse = gl.read("builtin:quadruped-horse-stand@3000")
found = gl.match(cat, horse)
gl.render(found, "animals.png", size=(1400, 600))

"""
One animal in two poses
=======================

Each point of the first cat takes the colour of the point that corresponds to it on the second.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
leaping = gl.read("builtin:quadruped-cat-gallop@3000")
found = gl.match(cat, leaping)
print(found.verdict)
gl.render(found, "poses.png", size=(1400, 600))

"""
Modes of bare points
====================

No faces are needed: the point-cloud Laplacian looks at the neighbours of every point.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
cloud = gl.Cloud(cat)
basis = gl.eigenbasis(cloud, k=4)
gl.render(cloud, fields={f"mode {i}": basis.evecs[:, i] for i in (1, 2, 3)}, path="cloud.png", size=(1500, 500))

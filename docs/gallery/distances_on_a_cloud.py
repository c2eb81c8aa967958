"""
Distance over a cloud
=====================

Distances follow the surface that the points were taken from, not the air between them.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
cloud = gl.Cloud(cat)
nose = int(cloud.vertices[:, 0].argmax())
gl.render(cloud, fields={"distance": gl.distances(cloud, nose)}, path="cloud_distance.png", size=(900, 700))

"""
Mean curvature
==============

The Laplacian of the coordinates points along the normal, and its length is twice the mean curvature.
"""

import numpy as np

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
laplacian = gl.laplacian(cat)
normal = laplacian.stiffness @ cat.vertices / laplacian.mass[:, None]
curvature = np.linalg.norm(normal, axis=1) / 2
shown = np.minimum(curvature, np.quantile(curvature, 0.95))
gl.render(cat, fields={"mean curvature": shown}, path="curvature.png", size=(900, 700))

"""
The gradient of a distance
==========================

A distance grows by one per unit of length everywhere, except where two shortest ways meet: there the surface shows
its cut locus.
"""

import numpy as np

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
distance = gl.distances(cat, 0)
gradient = (gl.gradient(cat) @ distance).reshape(3, -1).T
length = np.linalg.norm(gradient, axis=1)
# From faces to vertices, by the mean over the faces around each.
sums, counts = np.zeros(cat.n_vertices), np.zeros(cat.n_vertices)
np.add.at(sums, cat.faces, length[:, None])
np.add.at(counts, cat.faces, 1)
gl.render(cat, fields={"slope": sums / counts}, path="slope.png", size=(900, 700))

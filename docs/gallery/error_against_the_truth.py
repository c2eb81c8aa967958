"""
The error of a map
==================

Built-in animals know their true correspondence, so a map between them can be measured point by point.
"""

import numpy as np

import geomlearn as gl
from geomlearn.shapes.builtin import ground_truth

names = ("quadruped-cat-stand", "quadruped-cat-gallop")
cat, leaping = (gl.read(f"builtin:{name}@3000") for name in names)
found = gl.match(cat, leaping)
truth = ground_truth(*names, n_vertices_a=3000, n_vertices_b=3000)
print(gl.evaluate(found, truth, max_points=200).sentence)
off = np.linalg.norm(leaping.vertices[found.map_ab] - leaping.vertices[truth], axis=1) / np.sqrt(leaping.area)
gl.render(cat, fields={"100 × distance / √area": 100 * off}, path="error.png", size=(900, 700))

"""
Matching and transfer
=====================

Which point of one shape corresponds to which point of the other, without being told anything.
"""

import numpy as np

import geomlearn as gl

# %%
# Two poses of one animal, meshed on their own: vertex 17 of one has nothing to do with vertex 17 of the other.

a, b = gl.read("builtin:quadruped-cat-stand@3000"), gl.read("builtin:quadruped-cat-gallop@2500")
found = gl.match(a, b)
gl.render(found, "match.png", size=(1400, 600))

# %%
# A map says how good it looks, without any ground truth.

print(found.verdict)

# %%
# It carries functions both ways: `pull` brings what lives on B to A, `push` what lives on A to B.

ears = a.vertices[:, 1] > np.quantile(a.vertices[:, 1], 0.97)
gl.render(a, fields={"ears": ears.astype(float)}, path="labels_a.png", size=(700, 520))
gl.render(b, fields={"ears, carried over": found.push(ears.astype(float))}, path="labels_b.png", size=(700, 520))

# %%
# Where the truth is known, the error can be measured: geodesic distance over √area, times 100.

from geomlearn.shapes.builtin import ground_truth

truth = ground_truth("quadruped-cat-stand", "quadruped-cat-gallop", n_vertices_a=3000, n_vertices_b=2500)
print(gl.evaluate(found, truth, max_points=200).sentence)

# %%
# Landmarks help where shapes are symmetric or very different: pairs (vertex of A, vertex of B). Files for MATLAB count
# from 1.

landmarks = np.array([[int(a.vertices[:, 0].argmax()), int(b.vertices[:, 0].argmax())]])
with_landmark = gl.match(a, b, landmarks=landmarks, k_end=60)
print(with_landmark.save("map.mat", index_base=1, force=True).name)

"""
Partial and noisy scans
=======================

Real data has holes, rims, noise and no faces. What is robust, what is not, and what to ask for.
"""

import numpy as np

import geomlearn as gl

whole = gl.read("builtin:quadruped-cat-stand@3000")
rng = np.random.default_rng(0)

# %%
# Noise of half an edge length on every vertex: the first modes hardly move.

edge = np.sqrt(2 * whole.area / whole.n_faces)
noisy = gl.Mesh(whole.vertices + 0.25 * edge * rng.standard_normal((whole.n_vertices, 3)), whole.faces)
clean, rough = gl.eigenbasis(whole, k=20), gl.eigenbasis(noisy, k=20)
print(
    "eigenvalues at unit area off by", np.abs(rough.evals[1:] * noisy.area / (clean.evals[1:] * whole.area) - 1).max()
)
gl.render(noisy, fields={"mode 4": rough.evecs[:, 4]}, path="noisy.png", size=(800, 600))

# %%
# A part is not a small whole: its low modes are other functions, and no functional map helps. Registration lays the part
# on the whole instead and bends it as rigidly as possible.

front = whole.vertices[:, 0] > np.quantile(whole.vertices[:, 0], 0.45)
kept = np.flatnonzero(front)
position = np.full(whole.n_vertices, -1)
position[kept] = np.arange(len(kept))
faces = position[whole.faces]
part = gl.Mesh(whole.vertices[kept], faces[(faces >= 0).all(axis=1)])
print(part)
found = gl.match(part, whole, method="registration")
off = np.linalg.norm(whole.vertices[found.map_ab] - part.vertices, axis=1) / np.sqrt(whole.area)
print(f"mean distance from the truth: {100 * off.mean():.2f} (100 × distance / √area)")
gl.render(found, "part.png", size=(1400, 600))

# %%
# Bare points, as a scanner gives them: 2,000 of them, and their basis.

cloud = gl.Cloud(whole.vertices[rng.choice(whole.n_vertices, 2000, replace=False)])
basis = gl.eigenbasis(cloud, k=10)
gl.render(cloud, fields={"mode 3": basis.evecs[:, 3]}, path="cloud.png", size=(800, 600))

# %%
# `check` says what is wrong with a file, and the command line mends it: ``geomlearn check scan.ply --repair -o mended.ply``.

broken = gl.Mesh(whole.vertices, np.vstack([whole.faces, whole.faces[:3], [[5, 5, 9]]]))
print("\n".join(gl.check(broken).sentences()))

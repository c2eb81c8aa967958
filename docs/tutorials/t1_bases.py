"""
Bases
=====

A basis turns functions on a shape into lists of numbers, the slow part first. Everything else here is built on it.
"""

import numpy as np

import geomlearn as gl

# %%
# Read a shape. Any file of a mesh or a point cloud will do; `builtin:` shapes are always there.

cat = gl.read("builtin:quadruped-cat-stand@3000")
print(cat)
print(*gl.check(cat).sentences(), sep="\n")

# %%
# Its basis: eigenvalues ascend, eigenfunctions are orthonormal under the mass of the vertices.

basis = gl.eigenbasis(cat, k=100)
print(basis)
gram = basis.evecs.T @ (basis.mass[:, None] * basis.evecs)
print("orthonormal to", np.abs(gram - np.eye(basis.k)).max())
gl.render(cat, fields={f"mode {i}": basis.evecs[:, i] for i in (1, 5, 20)}, path="modes.png", size=(1500, 500))

# %%
# Eigenvalues grow with a slope that knows the area (Weyl's law): λ_i ≈ 4π i / area.

print("Weyl's area", 4 * np.pi * 99 / basis.evals[99], "area", cat.area)

# %%
# A function becomes coefficients, and comes back smoother when only the first are kept.

noisy = gl.distances(cat, 0) + 0.1 * np.random.default_rng(0).standard_normal(cat.n_vertices)
coefficients = basis.project(noisy)
smooth = basis.synthesize(coefficients[:30])
shown = {"noisy": noisy, "30 modes": smooth}
gl.render(cat, fields=shown, path="smooth.png", size=(1300, 550), limits=(0.0, smooth.max()), colormap="viridis")

# %%
# Bare points have a basis too, and open meshes may hold their rim at zero: ``gl.eigenbasis(plate, boundary="dirichlet")``.
# Modes of clusters (equal eigenvalues) are only determined up to a rotation; ``basis.metadata["clusters"]`` lists them.

cloud = gl.eigenbasis(gl.Cloud(cat), k=10)
print("mesh ", basis.evals[1:5].round(1))
print("cloud", cloud.evals[1:5].round(1))

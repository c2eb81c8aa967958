"""
Modes that come in pairs
========================

On a surface with a rotational symmetry, eigenvalues repeat. Within such a cluster any rotation of the modes is as good:
``metadata`` lists the clusters.
"""

import geomlearn as gl

torus = gl.read("builtin:torus@3000")
basis = gl.eigenbasis(torus, k=12)
print(basis.metadata["clusters"])
gl.render(
    torus, fields={f"mode {i}": basis.evecs[:, i] for i in (1, 2, 5)}, path="torus.png", size=(1500, 500), turn=20
)

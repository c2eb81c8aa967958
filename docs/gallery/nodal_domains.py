"""
Nodal domains
=============

Where a mode has one sign it makes a domain: Courant's theorem allows mode number i at most i of them.
"""

import numpy as np

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
basis = gl.eigenbasis(cat, k=13)
gl.render(
    cat, fields={f"sign of mode {i}": np.sign(basis.evecs[:, i]) for i in (4, 12)}, path="domains.png", size=(1300, 600)
)

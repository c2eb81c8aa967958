"""
A function through a functional map
===================================

A matrix of 40 by 40 numbers carries every smooth function from one shape to the other: coefficients in, coefficients
out.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
leaping = gl.read("builtin:quadruped-cat-gallop@3000")
found = gl.match(cat, leaping)
k = 40
coefficients = found.basis_a.project(gl.distances(cat, 0))[:k]
carried = found.basis_b.synthesize(found.fmap_ab[:k, :k] @ coefficients)
gl.render(cat, fields={"in 40 modes": found.basis_a.synthesize(coefficients)}, path="before.png", size=(800, 600))
gl.render(leaping, fields={"carried": carried}, path="after.png", size=(800, 600))

"""
Free and held rims
==================

On an open mesh the rim is free (Neumann), as that of a plate, or held at zero (Dirichlet), as that of a drum.
"""

import geomlearn as gl

plate = gl.read("builtin:plane-with-hole@3000")
free = gl.eigenbasis(plate, k=6).evecs[:, 5]
held = gl.eigenbasis(plate, k=6, boundary="dirichlet").evecs[:, 5]
gl.render(plate, fields={"free": free, "held": held}, path="rims.png", size=(1200, 600))

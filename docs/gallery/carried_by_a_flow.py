"""
Carried by a flow
=================

A bump turns about the axis with the surface; streamline-upwind terms keep it from ringing.
"""

import geomlearn as gl

torus = gl.read("builtin:torus@4000")
start = int(torus.vertices[:, 1].argmin())
u = gl.solve("advect", torus, vertex=start, duration=3)
frames = {f"t = {u.times[i]:.1f}": u.values[i] for i in (0, u.n_frames // 4, u.n_frames // 2)}
gl.render(torus, fields=frames, path="carried.png", size=(1500, 500), up="z", limits=(0.0, 0.5), colormap="ember")

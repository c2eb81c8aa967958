"""
Waves on a sphere
=================

A wave from one point meets itself on the other side.
"""

import geomlearn as gl

sphere = gl.read("builtin:icosphere@5000")
front = int((sphere.vertices @ (0.5, 0.5, 1.0)).argmax())
u = gl.solve("wave", sphere, vertex=front, radius=0.3, duration=1.6)
frames = {f"t = {u.times[i]:.1f}": u.values[i] for i in (0, 16, 32)}
gl.render(sphere, fields=frames, path="waves.png", size=(1500, 500), limits=(-0.5, 0.5), colormap="balance")

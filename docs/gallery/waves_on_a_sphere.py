"""
Waves on a sphere
=================

A wave from one point meets itself on the other side.
"""

import geomlearn as gl

sphere = gl.read("builtin:icosphere@5000")
u = gl.solve("wave", sphere, vertex=0, radius=0.2, duration=4)
frames = {f"t = {u.times[i]:.1f}": u.values[i] for i in (8, 24, 40)}
gl.render(sphere, fields=frames, path="waves.png", size=(1500, 500))

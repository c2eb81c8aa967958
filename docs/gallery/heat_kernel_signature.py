"""
Heat kernel signature
=====================

How much heat stays where it was put: large at tips, small on the trunk. It is the same in every pose.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
signature = gl.hks(gl.eigenbasis(cat, k=100), n_times=30)
gl.render(cat, fields={"early": signature[:, 0], "later": signature[:, 15]}, path="hks.png", size=(1200, 600))

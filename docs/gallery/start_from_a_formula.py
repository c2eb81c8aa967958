"""
A start from a formula
======================

Formulas in x, y, z are read without running anything.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
u = gl.solve("heat", cat, expression="sin(40*x) * cos(40*y)", duration=2e-4)
gl.render(cat, fields={"before": u.values[0], "after": u.values[-1]}, path="formula.png", size=(1300, 550))

"""
Wave kernel signature
=====================

The usual descriptor for functional maps: each energy sees features of another size.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
signature = gl.wks(gl.eigenbasis(cat, k=100))
gl.render(
    cat, fields={"low energy": signature[:, 10], "high energy": signature[:, 80]}, path="wks.png", size=(1200, 600)
)

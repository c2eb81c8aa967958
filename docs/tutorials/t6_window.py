"""
The window
==========

Everything of the other tutorials, with the mouse: `gl.show` opens it beside your script, and ``geomlearn view`` by itself.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@2000")
heat = gl.solve("heat", cat, vertex=0)

# %%
# The window opens in a process of its own, and your program goes on. Where there is no screen, as where these pages are
# made, it says so and `gl.render` takes its place.

try:
    gl.show(cat, heat)
except gl.GeomError as error:
    print(error.message, error.hint)
gl.render(cat, heat, "window_heat.png", size=(900, 700))

# %%
# The left side shows what is on the stage and how it is drawn. The right side holds desks: **Spectrum** (modes by the arrow
# keys, the shape rebuilt from its first modes), **Match** (landmarks by clicking, the map as colours, lines and a matrix,
# its scores), **Fields** (equations, played), **Learn** (a training that is watched, paused and changed).
#
# Every change can be undone with Ctrl+Z, and each step can be copied as a command or as Python. Ctrl+K finds any command, H
# lists all keys. Ctrl+S saves the session as a folder that opens like a file:
#
# .. code-block:: sh
#
#    geomlearn view cat.off lion.ply
#    geomlearn view my-session
#
# A match opens as two shapes and the map between them:

walking = gl.read("builtin:quadruped-cat-walk@2000")
found = gl.match(cat, walking, k_end=60)
gl.render(found, "window_match.png", size=(1200, 550))

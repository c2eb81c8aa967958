"""
Where a map is torn
===================

Without any ground truth, a map can say where it doubts itself: here how far a point ends from where it began, there and
back.
"""

import geomlearn as gl

cat = gl.read("builtin:quadruped-cat-stand@3000")
horse = gl.read("builtin:quadruped-horse-stand@3000")
found = gl.match(cat, horse)
gl.render(cat, fields={"there and back": found.scores.bijectivity.field}, path="doubt.png", size=(900, 700))
print(found.scores.bijectivity.sentence)

"""
The window
==========

Everything above, with the mouse. This page opens no window: it takes pictures of one, which needs no screen.
"""

import subprocess
import sys
from pathlib import Path

# %%
# ``gl.show(cat, field)`` opens a window beside your script, ``geomlearn view cat.off`` one by itself. The same program can
# take a picture of every desk:

command = [sys.executable, "-m", "geomlearn", "view", "--pictures", "tour", "builtin:quadruped-cat-stand@1500"]
subprocess.run(command, check=True, capture_output=True, timeout=300)
pictures = sorted(Path("tour").glob("*.png"))
print(len(pictures), "pictures, such as", ", ".join(path.stem for path in pictures[:4]))

# %%
# The Spectrum desk: modes by the arrow keys, eigenvalues beside Weyl's law.

next(path for path in pictures if "spectrum" in path.name).rename("spectrum.png")

# %%
# The Match desk: the map as colours, as lines, and as a matrix.

next(path for path in pictures if "match" in path.name).rename("match.png")

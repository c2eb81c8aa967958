"""MeshLab's filters in a process of their own: pymeshlab is under the GPL, and nothing of ours is in the same process.

Run as ``python meshlab.py STEP NUMBER IN.ply OUT.ply``.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory


def meshlab(step: str, number: int, shape):
    """What MeshLab makes of a shape, or None where pymeshlab is not installed."""
    from geomlearn.shapes.io import read_shape, write_shape

    if find_spec("pymeshlab") is None:
        return None
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "in.ply"), Path(folder, "out.ply")
        write_shape(source, shape)
        subprocess.run(
            [sys.executable, __file__, step, str(number), source, target], check=True, stdout=subprocess.DEVNULL
        )
        return read_shape(target)


def _filter(step: str, number: int, source: str, target: str) -> None:
    import pymeshlab

    meshes = pymeshlab.MeshSet()
    meshes.load_new_mesh(source)
    if step == "fill":
        meshes.meshing_close_holes(maxholesize=number, refinehole=True)
    if step == "fill-flat":
        meshes.meshing_close_holes(maxholesize=number)
    if step == "decimate":
        meshes.meshing_decimation_quadric_edge_collapse(targetfacenum=number)
    meshes.save_current_mesh(target)


if __name__ == "__main__":
    _filter(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])

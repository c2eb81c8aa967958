"""A mesh by VTK's own readers, handed over by a process of their own; run by `foreign`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.child_reader import ROOM_BYTES, hand_over

# VTK's module and class by suffix.
READERS = {
    ".ply": ("vtkIOPLY", "vtkPLYReader"),
    ".obj": ("vtkIOGeometry", "vtkOBJReader"),
    ".stl": ("vtkIOGeometry", "vtkSTLReader"),
    ".vtp": ("vtkIOXML", "vtkXMLPolyDataReader"),
    ".vtk": ("vtkIOLegacy", "vtkPolyDataReader"),
}


def read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Points and triangles, as VTK understands the file."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    module, name = READERS[path.suffix]
    reader = getattr(import_module(f"vtkmodules.{module}"), name)()
    reader.SetFileName(str(path))
    reader.Update()
    mesh = reader.GetOutput()
    if mesh.GetNumberOfPoints() == 0:
        raise ValueError("it has no points")
    points = vtk_to_numpy(mesh.GetPoints().GetData())
    corners = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray())
    return {"points": points, "faces": corners.reshape(mesh.GetNumberOfPolys(), -1)}, {}


if __name__ == "__main__" and sys.argv[-1].endswith(tuple(READERS)):
    hand_over(read, ROOM_BYTES)

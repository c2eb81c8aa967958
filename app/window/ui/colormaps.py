"""Our colour maps in Polyscope and ImPlot, which know them by a name of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polyscope as ps
from PIL import Image
from polyscope import implot

from geomlearn.app.model.view.colormaps import COLORMAP_NAMES, colormap


def colormap_name(name: str) -> str:
    """What Polyscope and ImPlot call our map; unlike their own of the same name it is the one the legend draws."""
    return f"geomlearn-{name if name in COLORMAP_NAMES else 'viridis'}"


def load_colormaps() -> None:
    """Hand all maps to Polyscope, which takes image files only, and to ImPlot. Call once after `ps.init`."""
    with tempfile.TemporaryDirectory(prefix="geomlearn-colormaps-") as folder:
        for name in COLORMAP_NAMES:
            row = np.round(255 * colormap(name)).astype(np.uint8)
            path = Path(folder) / f"{name}.png"
            Image.fromarray(np.repeat(row[None], 4, axis=0)).save(path)
            ps.load_color_map(colormap_name(name), str(path))
            colors = [(*map(float, color), 1.0) for color in colormap(name)[::8]]
            implot.AddColormap(colormap_name(name), colors, False)

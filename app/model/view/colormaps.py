"""The colour maps, from a few colours each; all but `phase` keep their order for every common colour blindness."""

from __future__ import annotations

from functools import cache

import numpy as np

_ANCHORS: dict[str, str] = {
    # Blue to orange through near-white: signed functions.
    "balance": "#16305c #2f5f9e #6f9fcf #b9d2e8 #f4f3f0 #f2cfa6 #e0954f #b3591c #6b2f0c",
    # Light to dark: magnitudes, errors.
    "ember": "#fdf6e8 #fbdca8 #f5b069 #e67a42 #c2433a #8a1f3c #4a1033",
    # Van der Walt and Smith's viridis, and Nuñez, Anderton and Renslow's cividis, by ten samples.
    "viridis": "#440154 #482878 #3e4989 #31688e #26828e #1f9e89 #35b779 #6ece58 #b5de2b #fde725",
    "cividis": "#00224e #123570 #3b496c #575d6d #707173 #8a8678 #a59c74 #c3b369 #e1cc55 #fee838",
    # Van der Walt and Smith's magma, inferno and plasma, by ten samples.
    "magma": "#000004 #180f3d #440f76 #721f81 #9e2f7f #cd4071 #f1605d #fd9668 #feca8d #fcfdbf",
    "inferno": "#000004 #1b0c41 #4a0c6b #781c6d #a52c60 #cf4446 #ed6925 #fb9b06 #f7d13d #fcffa4",
    "plasma": "#0d0887 #46039f #7201a8 #9c179e #bd3786 #d8576b #ed7953 #fb9f3a #fdca26 #f0f921",
    "gray": "#16181d #6a6f7a #b9bdc6 #f5f6f8",
}
COLORMAP_NAMES: tuple[str, ...] = (*_ANCHORS, "phase")


@cache
def colormap(name: str) -> np.ndarray:
    """(256, 3) colours in [0, 1] of the map called `name`; names that are not known give viridis."""
    at = np.linspace(0, 1, 256)
    if name == "phase":
        angle = 2 * np.pi * at
        return _from_oklab(np.stack([np.full(256, 0.72), 0.115 * np.cos(angle), 0.115 * np.sin(angle)], axis=1))
    words = _ANCHORS.get(name, _ANCHORS["viridis"]).split()
    anchors = np.array([[int(word[i : i + 2], 16) / 255 for i in (1, 3, 5)] for word in words])
    stops = np.linspace(0, 1, len(words))
    lab = _to_oklab(anchors)
    return _from_oklab(np.stack([np.interp(at, stops, lab[:, c]) for c in range(3)], axis=1))


# Ottosson's OKLab: equal steps in it look equal.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _to_oklab(srgb: np.ndarray) -> np.ndarray:
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _CONES.T) @ _LAB.T


def _from_oklab(lab: np.ndarray) -> np.ndarray:
    linear = np.clip((lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_CONES).T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)

"""Bodies turned and shifted onto another, as rigidly as they come."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import SizeMismatch


def placed(
    vertices: np.ndarray, onto: np.ndarray, known: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bodies (b, n, 3) laid onto one (n, 3): the vertices, and the turns (b, 3, 3) and shifts (b, 3) that did it.

    The original is ``(placed − shift) @ turn``.

    Parameters
    ----------
    known   (n,) which vertices count; all if not given.

    Raises
    ------
    SizeMismatch   another number of vertices.

    Source   Kabsch 1976.
    """
    if vertices.shape[1:] != onto.shape:
        raise SizeMismatch(
            f"A body has {vertices.shape[1]:,} vertices, the mean {len(onto):,}.", "Bodies must share a connectivity."
        )
    use = slice(None) if known is None else known
    centres, centre = vertices[:, use].mean(1), onto[use].mean(0)
    moments = np.einsum("bni,nj->bij", vertices[:, use] - centres[:, None], onto[use] - centre)
    left, _, right = np.linalg.svd(moments)
    flips = np.ones((len(vertices), 3))
    flips[:, 2] = np.sign(np.linalg.det(left @ right))
    turns = np.einsum("bij,bj,bjk->bik", left, flips, right).transpose(0, 2, 1)
    shifts = centre - np.einsum("bij,bj->bi", turns, centres)
    return np.einsum("bij,bnj->bni", turns, vertices) + shifts[:, None], turns, shifts

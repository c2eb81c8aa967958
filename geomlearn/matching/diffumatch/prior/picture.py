"""A picture of a prior: its moments, its masks, and matrices drawn from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.core.files import atomic_path
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.diffumatch.distillation import distilled_mask, normalized, static_mask
from geomlearn.matching.diffumatch.prior.prior import MapPrior
from geomlearn.matching.diffumatch.prior.sampling import sample_maps

# Pixels per entry, between tiles, and for the words above each row.
CELL, GAP, WORDS = 6, 12, 22
# Dark to light, even to the eye: a few colours of matplotlib's "magma", linear between.
COLORS = np.array([(0, 0, 4), (59, 15, 112), (140, 41, 129), (222, 73, 104), (254, 159, 109), (252, 253, 191)], float)
INK, PAPER = (40, 40, 40), (255, 255, 255)


def prior_picture(
    path: str | Path,
    prior: MapPrior,
    *,
    n_samples: int = 6,
    seed: int = 0,
    force: bool = False,
    progress: Progress = SILENT,
) -> Path:
    """Write a png: √E[C²], the static and the distilled mask above, |C| drawn from the prior below.

    Raises
    ------
    ParameterError   `n_samples` is not 1 … 24.
    GeomError        the file exists and `force` is false.
    """
    from PIL import Image, ImageDraw

    if not 1 <= n_samples <= 24:
        raise ParameterError(f"{n_samples} samples do not make a picture.", "Ask for 1 to 24.")
    drawn = sample_maps(prior, n_samples, seed=seed, progress=progress)
    generator = torch.Generator().manual_seed(seed)
    about_identity = distilled_mask(torch.eye(prior.k), prior.denoiser, sigma=1.0, generator=generator)
    first = {
        "root mean square": prior.second_moment.sqrt(),
        "static mask": normalized(static_mask(prior.second_moment)),
        "mask at identity": normalized(about_identity),
    }
    rows = [list(first.items())]
    tiles = [(f"sample {i + 1}", matrix) for i, matrix in enumerate(drawn)]
    rows += [tiles[i : i + 6] for i in range(0, len(tiles), 6)]
    side = CELL * prior.k
    size = GAP + max(map(len, rows)) * (side + GAP), GAP + len(rows) * (side + GAP + WORDS)
    image = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(image)
    for y, row in enumerate(rows):
        for x, (words, matrix) in enumerate(row):
            corner = GAP + x * (side + GAP), GAP + y * (side + GAP + WORDS)
            pen.text(corner, words, fill=INK, font_size=13)
            image.paste(Image.fromarray(_colored(matrix.numpy())), (corner[0], corner[1] + WORDS))
    with atomic_path(path, force=force) as temporary:
        image.save(temporary)
    return Path(path)


def _colored(matrix: np.ndarray) -> np.ndarray:
    """(side, side, 3) bytes: entries from 0 to the largest but for one in fifty."""
    level = (matrix / max(float(np.quantile(matrix, 0.98)), 1e-12)).clip(0, 1) * (len(COLORS) - 1)
    steps = np.arange(len(COLORS))
    channels = [np.interp(level, steps, COLORS[:, c]) for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8).repeat(CELL, axis=0).repeat(CELL, axis=1)

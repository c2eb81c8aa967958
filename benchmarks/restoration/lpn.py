"""Learned proximal networks beside what people use, in four parts.

    python -m benchmarks restoration lpn [laplace fields bodies images] [--seeds 3] [--steps 4000] [--store FILE]

`laplace`: RMS distance on [−4, 4] of a learned map to soft thresholding at 1, the proximal map of the Laplace prior,
by loss. `fields`: relative error of fields on a built-in creature, of held-out samples at the noise of training: noisy,
Wiener, soft thresholding at its best of 24 thresholds, a plain network of the same size, the convex network of deepinv,
and LPN with both losses; then inpainting with half of the vertices unknown. World `choose` has sparse coefficients,
world `judge` hot spots, on which nothing was chosen. `bodies`: vertex error in mm of unseen bodies with noise, and the
area under the curve of the prior's value for planted faults. `images`: what the prior says of digits,
noisy, blurred and halfway between two.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from benchmarks.restoration import lpn_bodies, lpn_fields, lpn_images, lpn_laplace

PARTS: dict[str, Callable[[int, int], dict[str, float]]] = {
    "laplace": lpn_laplace.measure,
    "fields": lpn_fields.measure,
    "bodies": lpn_bodies.measure,
    "images": lpn_images.measure,
}


def table(part: str, rows: list[dict[str, float]]) -> None:
    """One line for each figure, mean ± deviation over seeds."""
    print(f"\n## {part}\n\n| figure | mean ± sd |\n|:--|--:|")
    for name in rows[0]:
        values = np.array([row[name] for row in rows if name in row])
        print(f"| {name} | {values.mean():.4g} ± {values.std():.2g} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--store", type=Path)
    words = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    print(machine_line("torch", "deepinv"), f"{words.seeds} seeds", f"{words.steps} steps", sep="; ")
    kept = Kept(words.store)
    for part in words.parts:
        rows: list[dict[str, Any]] = []
        for seed in range(words.seeds):
            rows.append(
                kept.row([part, words.steps, seed], lambda part=part, seed=seed: PARTS[part](seed, words.steps))
            )
        table(part, rows)


if __name__ == "__main__":
    main()

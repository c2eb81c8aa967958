"""Fields on a shape, of two laws: what a prior of fields is learned from.

    python -m benchmarks worlds fields FILE.npz [--law spots] [--shape builtin:quadruped-cat-walk@1000] [--fields 4000]

`sparse`: few of the 32 lowest coefficients are not zero, each Laplace. `spots`: one to four hot spots at random places,
heights .5 to 2, each spread by the heat equation. Of size one on average. The file holds `values (f, n)`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from geomlearn.core.arrays import write_arrays
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

SHAPE = "builtin:quadruped-cat-walk@1000"


def fields(shape: Shape, law: str, count: int, seed: int) -> np.ndarray:
    """Fields (count, n) of a law."""
    random = np.random.default_rng(seed)
    basis = eigenbasis(shape, EigenbasisOptions(k=64))
    if law == "sparse":
        active = random.random((count, 32)) < 0.15
        values = (active * random.laplace(size=(count, 32))) @ basis.evecs[:, :32].T
    else:
        spots = random.integers(shape.n_vertices, size=(count, 4))
        heights = random.uniform(0.5, 2, (count, 4)) * (np.arange(4) < random.integers(1, 5, (count, 1)))
        times = 10 ** random.uniform(-2.0, -1.3, (count, 4)) * basis.mass.sum() / 8
        decay = np.exp(-times[..., None] * basis.evals)
        values = np.einsum("fs,fsk,fsk->fk", heights, decay, basis.evecs[spots]) @ basis.evecs.T
    return values / np.sqrt((values**2).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--law", choices=["sparse", "spots"], default="spots")
    parser.add_argument("--shape", default=SHAPE)
    parser.add_argument("--fields", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    words = parser.parse_args()
    values = fields(load_shape(words.shape), words.law, words.fields, words.seed)
    write_arrays(words.file, {"values": values.astype(np.float32)}, {"law": words.law, "shape": words.shape})
    print(f"{len(values)} fields of {values.shape[1]} values in {words.file}")


if __name__ == "__main__":
    main()

"""The program that runs one step: arrays as npz on stdin, arrays as npz on stdout, a reason on stderr."""

from __future__ import annotations

import io
import os
import sys
import warnings
from typing import Any

import numpy as np

from geomlearn.core.processes import end_with_parent

_REFUSED = 3


def decimate(vertices: np.ndarray, faces: np.ndarray, count: np.ndarray) -> dict[str, np.ndarray]:
    """Quadric edge collapse; `count` is the number of faces wanted."""
    from fast_simplification import simplify

    out, triangles = simplify(vertices, faces.astype(np.int32), target_count=int(count))
    return {"vertices": out, "faces": triangles}


def remesh(vertices: np.ndarray, faces: np.ndarray, count: np.ndarray) -> dict[str, np.ndarray]:
    """Clusters of equal area, a vertex each."""
    import pyvista
    from pyacvd import Clustering

    mesh = pyvista.PolyData.from_regular_faces(vertices, faces)
    clustering = Clustering(mesh)
    # The clusters are made of vertices: there must be several for each.
    rounds = int(np.ceil(np.log(max(8.0 * int(count) / len(vertices), 1.0)) / np.log(4)))
    if rounds:
        clustering.subdivide(rounds)
    clustering.cluster(int(count))
    out = clustering.create_mesh()
    return {"vertices": np.asarray(out.points, float), "faces": np.asarray(out.regular_faces)}


def reconstruct(points: np.ndarray, normals: np.ndarray, depth: np.ndarray) -> dict[str, np.ndarray]:
    """Screened Poisson reconstruction; `depth` is that of the octree."""
    from gpytoolbox import point_cloud_to_mesh

    vertices, faces = point_cloud_to_mesh(points, normals, psr_depth=int(depth))
    return {"vertices": np.asarray(vertices, float), "faces": np.asarray(faces)}


def subsample(points: np.ndarray, count: np.ndarray, seed: np.ndarray) -> dict[str, np.ndarray]:
    """Spread points, about as many as wanted."""
    from point_cloud_utils import downsample_point_cloud_poisson_disk

    chosen = downsample_point_cloud_poisson_disk(points, -1.0, target_num_samples=int(count), random_seed=int(seed) + 1)
    return {"index": np.asarray(chosen)}


_STEPS = {step.__name__: step for step in (decimate, remesh, reconstruct, subsample)}


def main(step: str, parent: int) -> None:
    """Read, work, write; what the libraries print goes to stderr."""
    end_with_parent(parent)
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    try:
        with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as given:
            found = _STEPS[step](**given)
    except Exception as error:  # whatever the library finds wrong, the other side says it in a sentence
        sys.stderr.write(f"\n{error or type(error).__name__}\n")
        sys.exit(_REFUSED)
    named: dict[str, Any] = dict(found)
    np.savez(answer, **named)
    answer.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

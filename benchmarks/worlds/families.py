"""Many bodies of one connectivity and few vertices, in mild poses: what a prior of bodies is learned from.

    python -m benchmarks worlds families FILE.npz [--bodies 1200] [--vertices 1200] [--seed 0]

The file holds `vertices (f, n, 3)` in metres and `faces (m, 3)`.
"""

from __future__ import annotations

import argparse
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from benchmarks.worlds.bodies import bodies, random_build
from benchmarks.worlds.poses import random_pose
from geomlearn.core.arrays import write_arrays

_BATCH = 8


def family(count: int, n_vertices: int, seed: int, wildness: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (count, n, 3) and faces: any build, standing more or less at ease."""
    import torch

    maker, random = bodies(), np.random.default_rng(seed)
    kept, faces = _few(n_vertices)
    model: Any = maker._model
    found = []
    for start in range(0, count, _BATCH):
        size = min(_BATCH, count - start)
        turns = np.tile(np.eye(4), (size, len(maker._places), 1, 1))
        builds = []
        for turn in turns:
            builds.append(random_build(random))
            for name, degrees in random_pose(random, wildness, 0.0).items():
                turn[maker._places[name], :3, :3] = Rotation.from_rotvec(degrees, degrees=True).as_matrix()
        looks = {name: torch.tensor([build[name] for build in builds], dtype=torch.float64) for name in builds[0]}
        with torch.no_grad():
            posed = model(pose_parameters=torch.from_numpy(turns), phenotype_kwargs=looks)["vertices"].numpy()
        found.append(posed[:, maker._kept][:, kept])
    return np.concatenate(found), faces


@lru_cache(maxsize=2)
def _few(n_vertices: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of the mean body that a decimated one keeps, and its faces."""
    import fast_simplification

    maker = bodies()
    points, faces = fast_simplification.simplify(
        maker.rest.astype(np.float32), maker.faces.astype(np.int32), target_count=2 * n_vertices
    )
    faces = cKDTree(maker.rest).query(points)[1][faces]
    faces = faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])]
    kept, places = np.unique(faces, return_inverse=True)
    return kept, places.reshape(-1, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--bodies", type=int, default=1200)
    parser.add_argument("--vertices", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    words = parser.parse_args()
    vertices, faces = family(words.bodies, words.vertices, words.seed)
    write_arrays(words.file, {"vertices": vertices.astype(np.float32), "faces": faces}, {"seed": words.seed})
    print(f"{len(vertices)} bodies of {vertices.shape[1]} vertices in {words.file}")


if __name__ == "__main__":
    main()

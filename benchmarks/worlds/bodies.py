"""Human bodies of any build in any pose, all of one connectivity, from the package anny (extra `bodies`)."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.transform import Rotation

from benchmarks.worlds.poses import Pose, random_pose

# Bones whose length may be changed beyond what people have, as apes and cartoons have them.
LIMBS = ("upperarm01", "lowerarm01", "upperleg01", "lowerleg01")
TRUNK = ("spine05", "spine03", "neck02", "head")


@dataclass(frozen=True, eq=False)
class Body:
    """A posed body.

    Attributes
    ----------
    vertices (n, 3), faces (m, 3)   metres, z up, facing −y; n and faces are those of every body.
    build, pose                     what it was made from.
    """

    vertices: np.ndarray
    faces: np.ndarray
    build: dict[str, float]
    pose: Pose


class Bodies:
    """Makes bodies.

    Attributes
    ----------
    rest (n, 3), faces (m, 3)   the mean body at rest, whose vertex i is vertex i of every body: its largest closed
                                piece, without eyes, teeth and tongue.
    """

    def __init__(self) -> None:
        os.environ.setdefault("WARP_QUIET", "1")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import anny

            # Its own connectivity and plain skinning: nothing is fetched, no kernels are compiled.
            self._model = anny.Anny(phenotype_blendshapes="original", skinning_method="lbs")
        self._places = {name: i for i, name in enumerate(self._model.bone_labels)}
        faces = self._model.get_triangular_faces().numpy()
        self._kept = _largest_piece(faces, len(self._posed({}, {})))
        place = np.full(self._kept.max() + 1, -1)
        place[self._kept] = np.arange(len(self._kept))
        self.faces = place[faces[np.isin(faces[:, 0], self._kept)]]
        self.rest = self._posed({}, {})[self._kept]

    def body(self, build: dict[str, float], pose: Pose, stretches: dict[str, float] | None = None) -> Body:
        """The body of a build (phenotypes of anny, 0 … 1) in a pose, bones stretched by factors."""
        return Body(self._posed(build, pose, stretches)[self._kept], self.faces, build, pose)

    def random(self, rng: np.random.Generator, wildness: float = 1.0, *, odd: float = 0.0, hard: float = 0.4) -> Body:
        """A random body in a random pose.

        Parameters
        ----------
        wildness, hard  of the pose, see `random_pose`.
        odd             how far limbs are stretched beyond people's: 0 not, 1 as apes and cartoons have them.
        """
        return self.body(random_build(rng), random_pose(rng, wildness, hard), _stretches(rng, odd))

    def ape(self, rng: np.random.Generator) -> Body:
        """A heavy body with long arms and short legs, hunched: what a gorilla is to a man."""
        build = {"gender": 0.9, "muscle": 0.9, "weight": 0.7, "height": 0.4, "proportions": 0.5, "age": 0.7}
        build = {name: float(np.clip(value + 0.12 * rng.standard_normal(), 0, 1)) for name, value in build.items()}
        pose = random_pose(rng, 0.5, 0.0)
        for joint, low, high in (
            ("spine05", 5, 30),
            ("spine03", 0, 20),
            ("upperleg01", -85, -20),
            ("lowerleg01", 10, 85),
        ):
            turn = np.array((rng.uniform(low, high), 0.0, 0.0))
            for name in (joint,) if joint in pose else (f"{joint}.L", f"{joint}.R"):
                pose[name] = pose[name] + turn
        arm, leg = rng.uniform(1.05, 1.25), rng.uniform(0.7, 0.95)
        factors = {name: arm if "arm" in name else leg for name in LIMBS}
        stretches = {f"{name}.{side}": factor for name, factor in factors.items() for side in "LR"}
        stretches |= {"spine05": rng.uniform(1.0, 1.2), "head": rng.uniform(0.85, 1.1)}
        return self.body(build, pose, stretches)

    def _posed(self, build: dict[str, float], pose: Pose, stretches: dict[str, float] | None = None) -> np.ndarray:
        import torch

        turns = np.tile(np.eye(4), (1, len(self._places), 1, 1))
        for name, degrees in pose.items():
            turns[0, self._places[name], :3, :3] = Rotation.from_rotvec(degrees, degrees=True).as_matrix()
        for name, factor in (stretches or {}).items():
            turns[0, self._places[name], :3, :3] *= factor
        model: Any = self._model
        with torch.no_grad():
            found = model(pose_parameters=torch.from_numpy(turns), phenotype_kwargs=build)
        return found["vertices"][0].numpy()


@lru_cache(maxsize=1)
def bodies() -> Bodies:
    """The maker of bodies, loaded once."""
    return Bodies()


def random_build(rng: np.random.Generator) -> dict[str, float]:
    """Mostly adults of every build, some children."""
    age = rng.uniform(0.62, 0.95) if rng.random() < 0.85 else rng.uniform(0.25, 0.62)
    spread = {name: float(rng.beta(1.2, 1.2)) for name in ("gender", "muscle", "weight", "height", "proportions")}
    return {"age": float(age), **spread}


def _stretches(rng: np.random.Generator, odd: float) -> dict[str, float]:
    if odd == 0:
        return {}
    factors = {}
    for name in LIMBS:
        factor = float(np.exp(0.22 * odd * rng.standard_normal()))
        factors.update({f"{name}.{side}": factor for side in "LR"})
    factors.update({name: float(np.exp(0.12 * odd * rng.standard_normal())) for name in TRUNK})
    return factors


def _largest_piece(faces: np.ndarray, n: int) -> np.ndarray:
    ends = np.concatenate([faces[:, :2], faces[:, 1:]])
    labels = connected_components(coo_array((np.ones(len(ends)), ends.T), shape=(n, n)), directed=False)[1]
    used = labels[np.unique(faces)]
    return np.flatnonzero(labels == np.bincount(used).argmax())

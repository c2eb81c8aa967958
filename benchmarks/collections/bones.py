"""Rigid parts of walking creatures against the bones that moved them, beside subspaces of trajectories and k-means.

    python -m benchmarks collections bones [--vertices 1200] [--frames 16]

Each creature walks in place: every joint swings between the family's walking pose and its mirror image. The truth is
the last bone that a vertex follows by more than half; bones that do not turn by 1° against their parent are one with
it. No method sees it. The number of parts is found by the method itself (auto), and given to all (known). ARI: adjusted
Rand index. Constants were chosen on `choose`, and are judged on `judge`.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.machine import machine_line
from geomlearn.collections.rigid_parts import rigid_parts
from geomlearn.collections.subspace_clustering import cluster_subspaces
from geomlearn.shapes.builtin import family_named, make_creature
from geomlearn.shapes.builtin.skeleton import Deformation

CHOOSE = (("quadruped", "dog"), ("biped", "average"))


def judge() -> list[tuple[str, str]]:
    return [(kind, body) for kind in ("quadruped", "biped") for body in family_named(kind).bodies]


def swinging(family, phase: float) -> dict[str, np.ndarray]:
    """Angles of all joints: the walking pose at phase ¼, its mirror image at ¾."""
    walk, found = family.poses["walk"], {}
    weight = (1 + np.sin(2 * np.pi * phase)) / 2
    for name in family.skeleton.index:
        plain, side = (name[:-2], name[-2:]) if name.endswith(("_l", "_r")) else (name, "")
        here = np.array(walk.get(name, walk.get(plain, (0, 0, 0))), float)
        other = {"_l": "_r", "_r": "_l", "": ""}[side]
        there = np.array(walk.get(plain + other, walk.get(plain, (0, 0, 0))), float)
        mirrored = there if side else there * (1, -1, -1)
        found[name] = weight * here + (1 - weight) * mirrored
    return found


def walking(kind: str, body: str, n_vertices: int, n_frames: int):
    """Frames (f, n, 3), faces, and the true bone of each vertex."""
    family = family_named(kind)
    build, skeleton = family.bodies[body], family.skeleton
    made = make_creature(family, build, {}, n_vertices)
    poses = [swinging(family, frame / n_frames) for frame in range(n_frames)]
    frames = np.stack([Deformation(skeleton, family.swells, build, pose)(made.canonical) for pose in poses])
    turns = np.stack([skeleton.rotations(pose, build.stance) for pose in poses])
    moves = np.ptp(turns, axis=0).max(axis=1) > np.deg2rad(1)
    depth, stands_for = np.zeros(len(moves), int), np.arange(len(moves))
    for bone, parent in enumerate(skeleton.parents):
        if parent >= 0:
            depth[bone] = depth[parent] + 1
            stands_for[bone] = bone if moves[bone] else stands_for[parent]
    last = np.where(skeleton.shares(made.canonical) > 0.5, depth + 1, 0).argmax(axis=1)
    return frames, made.shape.faces, stands_for[last]


def scores(kind: str, body: str, n_vertices: int, n_frames: int) -> tuple[list[float], int, float]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    frames, faces, truth = walking(kind, body, n_vertices, n_frames)
    count = len(np.unique(truth))
    start = time.perf_counter()
    auto = rigid_parts(frames, faces).value
    seconds = time.perf_counter() - start
    known = rigid_parts(frames, faces, n_parts=count).value
    tracks = frames.transpose(1, 0, 2).reshape(len(truth), -1)
    subspaces = cluster_subspaces(tracks, n_groups=count, dimension=4, refine=False).value.labels
    means = KMeans(count, n_init=5, random_state=0).fit_predict(tracks)
    labels = (auto.labels, known.labels, subspaces, means)
    return [adjusted_rand_score(truth, one) for one in labels], auto.n_parts, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vertices", type=int, default=1200)
    parser.add_argument("--frames", type=int, default=16)
    chosen = parser.parse_args()
    print(machine_line("scikit-learn", "torch"))
    print(f"{chosen.vertices} vertices, {chosen.frames} frames\n")
    print(
        "| creature | world | ARI, auto | parts found | ARI, known count | subspaces of tracks | k-means | s (auto) |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    rows = []
    for kind, body in judge():
        world = "choose" if (kind, body) in CHOOSE else "judge"
        (auto, known, subspaces, means), found, seconds = scores(kind, body, chosen.vertices, chosen.frames)
        numbers = f"{auto:.3f} | {found} | {known:.3f} | {subspaces:.3f} | {means:.3f} | {seconds:.1f}"
        print(f"| {kind}-{body} | {world} | {numbers} |", flush=True)
        if world == "judge":
            rows.append((auto, known, subspaces, means))
    mean = np.mean(rows, axis=0)
    print(f"| mean | judge | {mean[0]:.3f} | | {mean[1]:.3f} | {mean[2]:.3f} | {mean[3]:.3f} | |")


if __name__ == "__main__":
    main()

"""Transport with at most k sources a target: time, marginals and cost beside POT, and correspondences of two poses.

    python -m benchmarks matching sparse_transport [--sizes 200 500 1000] [--samples 400]

transport  random points in the square, uniform masses, squared distances over their maximum, γ = 1: exact transport,
           Sinkhorn, quadratic regularisation and POT's own sparsity-constrained solver beside ours.
poses      spectral embeddings of two poses of a built-in creature, B carried by the true functional map of 30 modes
           with noise: how far the first candidate lies from the true place, and how often that is among the k.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import warnings

import numpy as np
import ot
from scipy.sparse import issparse

from benchmarks.harness import timed
from benchmarks.machine import machine_line
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.sparse_transport import SparseTransportOptions, soft_map, sparse_transport
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.sampling import farthest_points
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

GAMMA = 1.0


def transport(sizes: list[int]) -> None:
    print("\n## Random points, one seed")
    print("| n | method | seconds | ‖T1 − a‖₁ + ‖Tᵀ1 − b‖₁ | most in a column | ⟨C, T⟩ |\n|--:|:--|--:|--:|--:|--:|")
    for n in sizes:
        rng = np.random.default_rng(n)
        cost = ot.dist(rng.random((n, 2)), rng.random((n, 2)))
        cost /= cost.max()
        mass = np.full(n, 1 / n)
        for name, work in _methods(cost, mass):
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                seconds, plan = timed(work)
            plan = plan.toarray() if issparse(plan) else plan
            wrong = np.abs(plan.sum(axis=1) - mass).sum() + np.abs(plan.sum(axis=0) - mass).sum()
            most = (plan > 1e-12).sum(axis=0).max()
            print(f"| {n} | {name} | {seconds:.2f} | {wrong:.1e} | {most} | {(plan * cost).sum():.5f} |", flush=True)


def _methods(cost: np.ndarray, mass: np.ndarray):
    yield "exact (POT)", lambda: ot.emd(mass, mass, cost)
    for epsilon in (1e-2, 1e-3):
        yield (
            f"Sinkhorn ε = {epsilon:g} (POT)",
            lambda e=epsilon: ot.sinkhorn(mass, mass, cost, e, method="sinkhorn_log", numItermax=500),
        )
    yield "quadratic (POT)", lambda: ot.smooth.smooth_ot_dual(mass, mass, cost, GAMMA, numItermax=2000)
    for k in (1, 2, 4, 8):
        yield f"k = {k}", lambda k=k: _ours(cost, mass, k, "topk")
        if k in (2, 4):
            yield (
                f"k = {k} (POT)",
                lambda k=k: ot.smooth.smooth_ot_semi_dual(
                    mass, mass, cost, GAMMA, reg_type="sparsity_constrained", max_nz=k, numItermax=2000
                ),
            )
            yield f"k = {k}, averaged", lambda k=k: _ours(cost, mass, k, "averaged")
            yield f"k = {k}, polished", lambda k=k: _ours(cost, mass, k, "polished")


def _ours(cost: np.ndarray, mass: np.ndarray, k: int, recovery: str):
    return sparse_transport(cost, mass, mass, SparseTransportOptions(k=k, gamma=GAMMA, recovery=recovery)).value.matrix


def poses(count: int) -> None:
    print("\n## Two poses of a creature, embeddings of 30 modes with noise, one seed")
    print("| way | mean error of the first candidate | true place among them | mean confidence |\n|:--|--:|--:|--:|")
    names = "quadruped-cat-stand", "quadruped-cat-gallop"
    a, b = (builtin(name, 3000, seed=i) for i, name in enumerate(names))
    truth = ground_truth(*reversed(names), n_vertices_a=3000, n_vertices_b=3000, seed_a=1, seed_b=0)
    low = [eigenbasis(shape, EigenbasisOptions(k=30)) for shape in (a, b)]
    fmap_ba = functional_map_of(truth, low[0].evecs, low[1].evecs, low[1].mass)
    noise = 0.08 * np.random.default_rng(0).standard_normal(fmap_ba.shape)
    rows = [farthest_points(shape.vertices, count) for shape in (a, b)]
    on_a, on_b = low[0].evecs[rows[0]], low[1].evecs[rows[1]] @ (fmap_ba + noise)
    mass = np.full(count, 1 / count)
    cost = ((on_a[:, None] - on_b) ** 2).sum(axis=2)
    scale = 100 / np.sqrt(a.area)
    spacing = np.linalg.norm(a.vertices[rows[0]][:, None] - a.vertices[truth[rows[1]]], axis=2).min(axis=0) * scale

    def say(way: str, candidates: np.ndarray, confidence: float) -> None:
        gaps = np.linalg.norm(a.vertices[rows[0]][candidates] - a.vertices[truth[rows[1]]], axis=2) * scale
        hit = (gaps.min(axis=0) <= spacing + 1e-9).mean()
        print(f"| {way} | {gaps[0].mean():.2f} | {hit:.0%} | {confidence:.2f} |", flush=True)

    nearest = np.argsort(cost, axis=0)
    for k in (1, 4):
        say(f"{k} nearest", nearest[:k], 1 / k)
        plan = soft_map(on_a, on_b, mass, mass, SparseTransportOptions(k=k, gamma=GAMMA)).value
        found, shares = plan.candidates(k)
        say(f"sparse transport, k = {k}", np.where(found < 0, found[0], found), float(shares[0].mean()))
        soft = ot.sinkhorn(mass, mass, cost / cost.max(), 1e-3, method="sinkhorn_log", numItermax=300)
        best = np.argsort(-soft, axis=0)[:k]
        say(
            f"Sinkhorn ε = 0.001, its {k} largest",
            best,
            float((np.take_along_axis(soft, best, 0)[0] / soft.sum(axis=0)).mean()),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 500, 1000])
    parser.add_argument("--samples", type=int, default=400)
    options = parser.parse_args()
    print(machine_line("POT"))
    transport(options.sizes)
    poses(options.samples)


if __name__ == "__main__":
    main()

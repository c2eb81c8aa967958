"""Better maps of a collection together: what contradicts its cycles is found, and all go through one latent basis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.collections.networks.cycles import Pair, contradicted, cycle_errors, trust
from geomlearn.collections.networks.differences import Differences, differences, write_differences
from geomlearn.collections.networks.network import Network, PointMaps, inside_of
from geomlearn.collections.options import NetworkOptions
from geomlearn.collections.pairs.engines import Engine, Here
from geomlearn.collections.pairs.matched import Matched
from geomlearn.collections.pairs.store import Store
from geomlearn.collections.pairs.tasks import guarded
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.io.maps import write_map
from geomlearn.matching.options import MatchOptions, ZoomOutOptions
from geomlearn.matching.point_map import Maps
from geomlearn.matching.prepared import metadata_of
from geomlearn.matching.strategies.problem import Clock, MatchProblem
from geomlearn.matching.zoomout.sides import tracking_pair
from geomlearn.matching.zoomout.zoomout import zoomout

# How likely a map is right that nobody has judged.
_UNJUDGED = 0.5


@dataclass(frozen=True, eq=False)
class Refined:
    """Maps of a network.

    Attributes
    ----------
    maps            (source, target) → (n_source,) indices.
    before, after   their cycle errors, 100 × distance / √area;  wrong  those that contradicted the ways around them.
    replaced        pairs whose map is another now;  limit   the limit shape, and how each shape differs from it.
    """

    maps: PointMaps
    before: dict[Pair, float]
    after: dict[Pair, float]
    wrong: list[Pair]
    replaced: list[Pair]
    limit: Differences

    @property
    def sentence(self) -> str:
        """How consistent the maps were and are."""
        mean = [float(np.nanmean(list(one.values()))) for one in (self.before, self.after)]
        return (
            f"{len(self.wrong)} of {len(self.maps)} maps contradicted the ways around them; {len(self.replaced)} were "
            f"replaced. The mean cycle error went from {mean[0]:.2f} to {mean[1]:.2f} (100 × distance / √area)."
        )


def refine_network(
    found: Matched,
    options: NetworkOptions | None = None,
    *,
    engine: Engine | None = None,
    progress: Progress = SILENT,
) -> Refined:
    """Make the maps of a collection consistent.

    1. Each map is compared with the ways around it (cycle errors), which gives it a weight.
    2. The functional maps C_ij, so weighted, give a latent basis; Y_j Y_i⁺ are consistent maps.
    3. Beside it a contradicted map has two ways around it as candidates: the most trusted, and the one farthest from
       that, as votes may be equal.
    4. Each is grown again to many modes, and takes the place of the map that was there if the judge of single maps
       thinks it likelier right: cycles alone cannot tell a few mirrored maps from many.
    5. The latent basis of the maps as they are then, turned, is that of the limit shape, from which each differs.

    Parameters
    ----------
    found    the maps between all pairs, or most, with their store.

    Raises
    ------
    ParameterError   fewer than three shapes, or maps that form no triangles.

    Use when …   the shapes are of one kind and some maps are wrong; the others then outvote them.
    Avoid when … most maps are wrong, or wrong in the same way (all mirrored): cycles do not see that.
    Source   Huang, Wang & Guibas 2014, Functional Map Networks; Huang, Ren, Wonka & Ovsjanikov 2020, Consistent
             ZoomOut.
    Differs  1. Weights come from cycles of point maps, not from a robust norm in the optimisation. 2. Growth is by
             pairs after the synchronisation, not of the latent basis.
    """
    options, engine = options or NetworkOptions(), engine or Here()
    network = Network.of(found, options)
    maps, points = network.maps, network.points
    before = cycle_errors(maps, points)
    wrong = contradicted(before)
    prior = dict.fromkeys(maps, _UNJUDGED)
    prior |= {(row.source, row.target): row.p_within_5 for row in found.rows if row.p_within_5 is not None}
    weights = {pair: weight * prior[pair] for pair, weight in trust(before).items()}
    latent = network.latent(maps, weights)
    place = found.store.folder, found.keys, found.options
    tasks = [
        (*place, (a, b), fmaps, (maps[a, b], maps[b, a]))
        for a, b in maps
        if a < b
        for fmaps in network.candidates((a, b), latent, weights, doubted={(a, b), (b, a)} & {*wrong} != set())
    ]
    most: dict[Pair, float] = {}
    candidates: PointMaps = {}
    for number, told in engine.run(grow_pair, tasks, progress):
        if "error" not in told:
            (a, b) = tasks[number][3]
            if told["judged"] > max(told["judged_before"], most.get((a, b), 0.0)):
                candidates[a, b], candidates[b, a] = told["map_ab"], told["map_ba"]
                most[a, b] = told["judged"]
    replaced = [pair for pair in maps if pair in candidates]
    best = {pair: candidates.get(pair, mapped) for pair, mapped in maps.items()}
    after = cycle_errors(best, points)
    limit = differences(network.latent(best, trust(after)), network.evals)
    return Refined(best, before, after, wrong, replaced, limit)


def grow_pair(
    store: Path,
    keys: Mapping[str, str],
    options: MatchOptions,
    pair: Pair,
    fmaps: tuple[np.ndarray, np.ndarray],
    present: tuple[np.ndarray, np.ndarray],
) -> dict:
    """Point maps of a pair, both ways, grown from consistent functional maps; and how likely these and the present ones
    are right, ``judged`` and ``judged_before``. Or the reason under ``error``."""
    kept = Store(store)

    def work() -> dict:
        a, b = (kept.prepared(keys[name], name, options) for name in pair)
        k = min(a.basis.k, b.basis.k)
        a, b = a.truncated(k), b.truncated(k)
        growth = ZoomOutOptions(k_end=min(options.k_end, k))
        size = min(len(fmaps[0]), growth.k_end)
        first, back = (fmap[:size, :size] for fmap in fmaps)
        rows = tracking_pair(a.shape.vertices, b.shape.vertices, growth.n_samples)
        grown = zoomout(a.basis, b.basis, first, growth, fmap_ba=back, judged_from=size, followed=rows).value
        problem = MatchProblem(a, b, np.zeros((0, 2), np.int64), options, [], Clock())
        before = Maps(inside_of(a, b, present[0]), inside_of(b, a, present[1]), first, back)
        return {
            "judged": problem.verdict(grown).p_within_5,
            "judged_before": problem.verdict(before).p_within_5,
            "map_ab": b.active[grown.map_ab[a.stand_in]].astype(np.int32),
            "map_ba": a.active[grown.map_ba[b.stand_in]].astype(np.int32),
        }

    return guarded(work)


def write_refined(out: Path, found: Matched, refined: Refined, *, suffix: str = ".txt", force: bool = False) -> None:
    """The maps as ``SOURCE--TARGET.txt``, ``cycles.csv``, and ``limit.npz``."""
    import csv

    from geomlearn.core.files import atomic_path

    shapes = {name: found.store.shape(found.keys[name], name) for pair in refined.maps for name in pair}
    for (source, target), mapped in refined.maps.items():
        parameters = {"cycle_error": refined.after[source, target], **found.options.model_dump()}
        metadata = metadata_of(shapes[source], shapes[target], f"{found.options.method}, network", parameters)
        write_map(out / f"{source}--{target}{suffix}", mapped, metadata, force=force)
    with atomic_path(out / "cycles.csv", force=force) as temporary, temporary.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["source", "target", "cycle_error_before", "cycle_error_after", "contradicted", "replaced"])
        for pair in refined.maps:
            numbers = (f"{one[pair]:.4g}" for one in (refined.before, refined.after))
            writer.writerow([*pair, *numbers, pair in refined.wrong, pair in refined.replaced])
    write_differences(out / "limit.npz", refined.limit, force=force)


def network_differences(found: Matched, options: NetworkOptions | None = None) -> Differences:
    """The limit shape of a network of maps as they are, and how the shapes differ from it and each other.

    Raises
    ------
    ParameterError   fewer than three shapes, or maps that do not connect them.
    """
    network = Network.of(found, options or NetworkOptions())
    return differences(network.latent(network.maps, trust(cycle_errors(network.maps, network.points))), network.evals)

"""Many shapes at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plots
from matplotlib import colormaps

import geomlearn as gl


def subspace_clustering(path: Path) -> None:
    """Samples of three planes in space of twelve dimensions, seen along two axes: as they come, and grouped."""
    from geomlearn.collections import cluster_subspaces

    rng = np.random.default_rng(0)
    planes = [np.linalg.qr(rng.standard_normal((12, 2)))[0] for _ in range(3)]
    samples = np.vstack([rng.standard_normal((120, 2)) @ plane.T for plane in planes])
    samples = samples[rng.permutation(360)] + 0.02 * rng.standard_normal((360, 12))
    found = cluster_subspaces(samples, dimension=2).value
    seen = samples @ np.linalg.svd(samples, full_matrices=False)[2][:2].T
    plots.clouds(path, {"samples": (seen, plots.PALETTE[5]), "groups found": (seen, found.labels)}, size=7, equal=False)


def fccov(path: Path) -> None:
    """Two of six parameters drive the distances: the direction found, and the weight of each parameter in it."""
    from geomlearn.collections import find_directions

    rng = np.random.default_rng(0)
    parameters = rng.standard_normal((200, 6))
    driver = parameters[:, 1] - 0.5 * parameters[:, 3]
    distances = np.abs(driver[:, None] - driver) + 0.1 * rng.random((200, 200))
    distances = (distances + distances.T) / 2
    np.fill_diagonal(distances, 0)
    found = find_directions(parameters, distances, n_directions=1)
    figure, axes = plots.sheet(2, width=6.4, height=2.8)
    axes[0].scatter(driver, found.coordinates[:, 0], s=8, linewidths=0)
    plots.words(axes[0], "what drives the shapes", "coordinate found")
    axes[1].bar(range(1, 7), np.ravel(found.importance)[:6], color=plots.PALETTE[0])
    plots.words(axes[1], "parameter", "importance")
    figure.savefig(path)


def rigid_parts(path: Path) -> None:
    """Parts of a cat that move rigidly while it walks, told by the moves alone."""
    from geomlearn.collections import rigid_parts as find
    from geomlearn.shapes.builtin import family_named, make_creature
    from geomlearn.shapes.builtin.skeleton import Deformation

    family = family_named("quadruped")
    build, walk = family.bodies["cat"], family.poses["walk"]
    cat = make_creature(family, build, {}, 1500)
    # From standing into the walking pose and beyond.
    poses = [
        {name: np.multiply(amount, angles) for name, angles in walk.items()} for amount in np.linspace(-1, 1.5, 12)
    ]
    frames = [Deformation(family.skeleton, family.swells, build, pose)(cat.canonical) for pose in poses]
    labels = find(np.stack(frames), cat.shape.faces).value.labels
    colors = colormaps["tab20"](labels % 20)[:, :3]
    gl.render(gl.Mesh(frames[-2], cat.shape.faces), colors, path, size=(900, 620))


def map_network(path: Path) -> None:
    """Errors of the twelve maps between four animals, by themselves and after all ways around them were asked."""
    import tempfile

    from geomlearn.collections import open_matched, refine_network

    names = [f"quadruped-{kind}-stand" for kind in ("cat", "horse", "dog", "fox")]
    with tempfile.TemporaryDirectory() as folder:
        shapes = {name: gl.read(f"builtin:{name}@900") for name in names}
        for name, shape in shapes.items():
            gl.write(shape, f"{folder}/{name}.ply")
        gl.Collection(folder).match(f"{folder}/maps", k_end=60)
        found = open_matched(f"{folder}/maps")
        better = refine_network(found)
        before = [_error(shapes, *pair, found.maps(*pair)[0]) for pair in better.maps]
        after = [_error(shapes, *pair, better.maps[pair]) for pair in better.maps]
    order = np.argsort(before)[::-1]
    numbers = np.arange(1, len(order) + 1)
    curves = {"by themselves": (numbers, np.array(before)[order]), "as a network": (numbers, np.array(after)[order])}
    plots.curves(path, curves, "map, worst first", "error, 100 × distance / √area", marker="o", limits=(0, None))


def _error(shapes: dict[str, gl.Mesh], a: str, b: str, map_ab: np.ndarray) -> float:
    from geomlearn.shapes.builtin import ground_truth

    truth = ground_truth(a, b, n_vertices_a=shapes[a].n_vertices, n_vertices_b=shapes[b].n_vertices)
    off = np.linalg.norm(shapes[b].vertices[map_ab] - shapes[b].vertices[truth], axis=1)
    return float(100 * off.mean() / np.sqrt(shapes[b].area))


def late_interaction(path: Path) -> None:
    """A galloping cat, the two most like it of six animals in other poses and meshes, and the places that are alike."""
    from geomlearn.collections.retrieval.explain import explained
    from geomlearn.collections.retrieval.find import find, pairs_of_tokens, query_of
    from geomlearn.collections.retrieval.index import packed

    query = gl.read("builtin:quadruped-cat-gallop@2500")
    names = [f"quadruped-{kind}" for kind in ("cat-stand", "cat-leap", "horse-stand", "dog-walk", "fox-stand")]
    shapes = {name: gl.read(f"builtin:{name}@1500") for name in [*names, "biped-average-stand"]}
    queries = [query_of(shape) for shape in shapes.values()]
    places = {name: one.places for name, one in zip(shapes, queries, strict=True)}
    index, asked = packed(list(shapes), list(shapes), [one.vectors for one in queries], places), query_of(query)
    hits = find(index, asked)[:2]
    rows = [
        (shapes[hit.shape], f"{hit.shape}  {hit.score:.3f}", *pairs_of_tokens(index, asked, hit.shape)) for hit in hits
    ]
    path.write_bytes(explained(query, rows))

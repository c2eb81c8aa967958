"""Map sets of invented shapes: categories to learn from, others to validate on, and others to test on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.diffumatch.maps.blobs import blob_category
from geomlearn.matching.diffumatch.maps.category import Category
from geomlearn.matching.diffumatch.maps.creatures import creature_category
from geomlearn.matching.diffumatch.maps.files import category_path, write_maps
from geomlearn.matching.diffumatch.maps.invented import invented_family
from geomlearn.matching.diffumatch.options import MapSetOptions
from geomlearn.matching.point_map import functional_map_of
from geomlearn.shapes.builtin.creatures import family_named
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

SPLITS = ("train", "valid", "test")
# Kinds in the order they come round, with the numbers of limbs they may have. Body plans are held out as wholes.
PLANS: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "train": (
        ("invented", (3, 4, 5, 7)),
        ("biped", ()),
        ("blob", (3, 4, 5)),
        ("invented", (2, 4, 5, 7)),
        ("quadruped", ()),
        ("invented", (3, 4, 5, 7)),
        ("blob", (3, 4, 5)),
    ),
    "valid": (("invented", (6,)), ("blob", (7,))),
    "test": (("invented", (8,)), ("blob", (6,))),
}
VARIETIES, SHARES = (0.0, 0.5, 1.0, 1.5), (0.25, 0.25, 0.3, 0.2)
N_MESHES, FEWEST, MOST = 2, 1000, 2000
# Blobs to test on are squeezed harder than any that were learned from.
SQUEEZE = {"train": 0.1, "valid": 0.15, "test": 0.3}


def random_category(split: str, number: int, seed: int = 0, variety: float | None = None) -> Category:
    """Category `number` of a split: the same for equal numbers and seeds, of no body plan of another split.

    Parameters
    ----------
    variety  how far its members differ, 0 (poses only, near-isometric) … 1.5; random when not said.
    """
    rng = np.random.default_rng((seed, SPLITS.index(split), number))
    kind, limbs = PLANS[split][number % len(PLANS[split])]
    n_limbs = int(rng.choice(limbs)) if limbs else 0
    variety = float(rng.choice(VARIETIES, p=SHARES)) if variety is None else variety
    sizes = [int(n) for n in np.exp(rng.uniform(np.log(FEWEST), np.log(MOST), N_MESHES))]
    if kind == "blob":
        return blob_category(rng, n_limbs, sizes, variety, SQUEEZE[split])
    family = invented_family(rng, n_limbs) if kind == "invented" else family_named(kind)
    return creature_category(family, rng, sizes, variety)


def generate_maps(folder: str | Path, options: MapSetOptions, progress: Progress = SILENT) -> Path:
    """Fill a folder with maps, one file per category; what is there already stays.

    Each ordered pair of members gives C = Φ_bᵀ M_b Φ_a[map_ba] (k, k), both at unit area.

    Raises
    ------
    Cancelled   between two categories; calling again goes on from there.

    Source   the training maps of Pierson et al. 2025, arXiv 2507.23715, with shapes of our own.
    Differs  1. Every pair of a category, not each shape with one template.
             2. Shapes are at unit area, as they are when matched.
    """
    folder = Path(folder)
    wanted = [(split, i) for split in SPLITS[1:] for i in range(options.n_held_out)]
    wanted += [("train", i) for i in range(options.n_categories)]
    for done, (split, number) in enumerate(wanted):
        progress(done / len(wanted), f"{split} category {number + 1}")
        path = category_path(folder, split, number)
        if path.exists():
            continue
        category = random_category(split, number, options.shape_seed)
        rng = np.random.default_rng((options.shape_seed, SPLITS.index(split), number, 1))
        maps = np.stack(list(pair_maps(category, options.n_members, options.k, rng)))
        write_maps(path, maps, {"category": category.name, "split": split, **options.model_dump()})
    return folder


def pair_maps(category: Category, n_members: int, k: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """The true (k, k) maps of all ordered pairs of random members."""
    members = [category.member(rng) for _ in range(n_members)]
    bases = [unit_basis(member.shape, k) for member in members]
    for a, basis_a in zip(members, bases, strict=True):
        for b, basis_b in zip(members, bases, strict=True):
            if a is not b:
                yield functional_map_of(category.true_map(b, a), basis_a.evecs, basis_b.evecs, basis_b.mass)


def unit_basis(shape: Shape, k: int) -> Basis:
    """The k lowest modes of a shape scaled to unit area; not kept on disk."""
    raw = eigenbasis(shape, EigenbasisOptions(k=k), cache=False)
    area = raw.mass.sum()
    return Basis(raw.evals * area, raw.evecs * np.sqrt(area), raw.mass / area, raw.operator, raw.boundary)

"""Similar shapes found, whole and by a part: heads of the token network, and what one would do without it.

    python -m benchmarks worlds kindred JUDGE --world judge --bases 40
    python -m benchmarks worlds kindred TRAIN --world train --bases 40
    python -m benchmarks collections find TRAIN JUDGE [--tosca] [--seeds 5] [--steps 100] [--store FILE]
    python -m benchmarks collections find TRAIN JUDGE --train assets/retrieval/tokens.safetensors
    python -m benchmarks collections find --speed

Worlds: bases of `train` and `judge` are drawn apart (`benchmarks/worlds/kindred.py`), eight kinds of them; nothing was
chosen on `judge`. Of each judged base four whole variants are the collection; one of them is a query (three others to
be found), and a part of 30–50 % of the area of a further variant. To train there are five and three. `--tosca`: 36
public scans of four creatures, and as parts of them the public cuts. NN: the first is of the base; mAP; NDCG@10: mean ±
standard deviation over seeds of the training, in %. Rivals read the same inputs, standardised: the mean of all tokens
(cosine), MaxSim of the raw inputs, their Chamfer distance both ways; and the mean of the learned tokens.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist

from benchmarks.harness import SHARED
from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from geomlearn.collections.retrieval.find import Query, find
from geomlearn.collections.retrieval.heads import CLIP, unit
from geomlearn.collections.retrieval.index import packed
from geomlearn.collections.retrieval.maxsim import both_ways, maxsim
from geomlearn.collections.retrieval.model import TokenModel, features_key, load_tokens, on_arrays, save_tokens
from geomlearn.collections.retrieval.options import FindOptions, HeadOptions, TokenTrainingOptions
from geomlearn.collections.retrieval.tokens import shape_tokens
from geomlearn.collections.retrieval.training import Kin, train_tokens
from geomlearn.core.errors import GeomError
from geomlearn.core.progress import Progress
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.shape import Shape

# So many whole variants of a base are queries.
WHOLE_QUERIES = 1
World = tuple[list[np.ndarray], np.ndarray, list[np.ndarray], np.ndarray]
_PLAIN = {"activation": "identity", "residual": False}
HEADS = {
    "linear": HeadOptions(kind="linear", **_PLAIN),
    "two layers": HeadOptions(scale=1, **_PLAIN),
    "two layers, GELU": HeadOptions(scale=1, activation="gelu", residual=False),
    "upscaled": HeadOptions(**_PLAIN),
    "upscaled, residual": HeadOptions(),
    "upscaled, residual, GELU": HeadOptions(activation="gelu"),
    "GLU": HeadOptions(kind="glu", activation="sigmoid", residual=False),
    "linear, k = 16": HeadOptions(kind="linear", size=16, **_PLAIN),
    "linear, k = 128": HeadOptions(kind="linear", size=128, **_PLAIN),
    "upscaled, residual, k = 16": HeadOptions(size=16),
    "upscaled, residual, k = 128": HeadOptions(size=128),
}


def tokens_of(path: Path, shape: Shape) -> np.ndarray | None:
    """Inputs of the tokens, kept beside the shapes for the next time that the same features read them."""
    kept = path.parent / f"tokens-{features_key()[:8]}" / f"{path.stem}.npz"
    if kept.exists():
        with np.load(kept) as file:
            return file["inputs"]
    try:
        found = shape_tokens(shape)
    except GeomError as error:
        print(f"{path.name} is left out: {error}")
        return None
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(kept, inputs=found.inputs, vertices=found.vertices)
    return found.inputs


def variants(folder: Path, most: tuple[int, int]) -> list[tuple[int, bool, np.ndarray]]:
    """(base, whether whole, tokens) of the first so many whole variants and parts of each base of a world."""
    found: list[tuple[int, bool, np.ndarray]] = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as file:
            shape = Shape(file["vertices"], file["faces"], path.stem)
            base, whole = int(file["base"]), float(file["share"]) == 1
        if sum(one[:2] == (base, whole) for one in found) >= most[not whole]:
            continue
        inputs = tokens_of(path, shape)
        if inputs is not None:
            found.append((base, whole, inputs))
    return found


def judged(folder: Path) -> World:
    found = variants(folder, (4, 1))
    whole, parts = [one for one in found if one[1]], [one for one in found if not one[1]]
    return (
        [one[2] for one in whole],
        np.array([one[0] for one in whole]),
        [one[2] for one in parts],
        np.array([one[0] for one in parts]),
    )


def tosca(kept: Path) -> World | None:
    """Public creatures; a base is a creature."""
    folder, cuts = SHARED / "matching/tosca_r", SHARED / "matching/tosca_partial_derived"
    if not folder.is_dir():
        return None
    kinds = ("cat", "dog", "horse", "michael")

    def read(files: list[Path]) -> tuple[list[np.ndarray], np.ndarray]:
        words = [file.stem.removeprefix("cuts_").rstrip("0123456789") for file in files]
        inputs = [tokens_of(kept / file.name, read_shape(file)) for file in files]
        return inputs, np.array([kinds.index(word) for word in words])

    return (*read(sorted(folder.glob("*.off"))), *read(sorted(cuts.glob("cuts_*.off"))))


def scores(world: World, alike: Callable[[np.ndarray, bool], np.ndarray]) -> dict[str, float]:
    """NN, mAP and NDCG@10, in %, for whole queries and parts; `alike(query, part)` gives a number for each shape."""
    whole, bases, parts, of_parts = world
    rows: dict[str, list[tuple[float, float, float]]] = {"whole": [], "parts": []}
    for number, query in enumerate(whole):
        if (bases[:number] == bases[number]).sum() >= WHOLE_QUERIES:
            continue
        found = alike(query, False)
        found[number] = -np.inf
        rows["whole"].append(_three(np.delete(bases, number), np.delete(found, number), bases[number]))
    for query, base in zip(parts, of_parts, strict=True):
        rows["parts"].append(_three(bases, alike(query, True), base))
    names = ("NN", "mAP", "NDCG@10")
    means = {group: np.mean(found, axis=0) if found else (np.nan,) * 3 for group, found in rows.items()}
    return {f"{group} {name}": 100 * float(v) for group in rows for name, v in zip(names, means[group], strict=True)}


def _three(bases: np.ndarray, found: np.ndarray, base: int) -> tuple[float, float, float]:
    right = (bases == base)[np.argsort(-found, kind="stable")]
    places = np.flatnonzero(right)
    gains = 1 / np.log2(np.arange(10) + 2)
    ideal = gains[: min(10, len(places))].sum()
    return (
        float(right[0]),
        float(np.mean(np.arange(1, len(places) + 1) / (places + 1))),
        float(right[:10] @ gains[: len(right[:10])] / ideal),
    )


def learned(world: World, model: TokenModel, *, pooled: bool = False) -> dict[str, float]:
    index = packed(
        [str(i) for i in range(len(world[0]))], [""] * len(world[0]), [model.encode(one) for one in world[0]]
    )

    def alike(query: np.ndarray, part: bool) -> np.ndarray:
        vectors = model.encode(query)
        if pooled:
            return index.pooled @ unit(vectors.sum(axis=0))
        if part:
            return maxsim(vectors, index.vectors, document_mask=index.there)
        return both_ways(vectors, index.vectors, index.there)

    return scores(world, alike)


def rivals(world: World, training: list[Kin]) -> dict[str, dict[str, float]]:
    rows = np.concatenate([one for kin in training for one in (*kin.full, *kin.parts)])
    mean, spread = rows.mean(0), rows.std(0) + 1e-3
    plain = [((one - mean) / spread).clip(-CLIP, CLIP) for one in world[0]]
    means = unit(np.stack([one.mean(axis=0) for one in plain]))
    directions = [unit(one) for one in plain]

    def standard(query: np.ndarray) -> np.ndarray:
        return ((query - mean) / spread).clip(-CLIP, CLIP)

    def chamfer(query: np.ndarray, part: bool) -> np.ndarray:
        gaps = [cdist(standard(query), one) for one in plain]
        return -np.array([gap.min(1).mean() + (0 if part else gap.min(0).mean()) for gap in gaps])

    def raw(query: np.ndarray, part: bool) -> np.ndarray:
        found = [unit(standard(query)) @ one.T for one in directions]
        return np.array([one.max(1).mean() + (0 if part else one.max(0).mean()) for one in found])

    return {
        "mean of the raw inputs": scores(world, lambda query, _: means @ unit(standard(query).mean(axis=0))),
        "raw inputs, MaxSim": scores(world, raw),
        "raw inputs, Chamfer": scores(world, chamfer),
    }


def training_of(folder: Path) -> list[Kin]:
    by_base: dict[int, Kin] = {}
    for base, whole, inputs in variants(folder, (5, 3)):
        kin = by_base.setdefault(base, Kin([], []))
        (kin.full if whole else kin.parts).append(inputs)
    return [one for one in by_base.values() if len(one.full) > 1]


def speed(count: int = 2000, tokens: int = 64) -> None:
    """Seconds of a query among many shapes, random tokens."""
    random = np.random.default_rng(0)
    model = load_tokens(Path("assets/retrieval/tokens.safetensors"))
    made = [unit(random.standard_normal((tokens, model.size))).astype(np.float32) for _ in range(count)]
    index = packed([str(i) for i in range(count)], [""] * count, made)
    query = Query(made[7], np.arange(tokens))
    print(f"| {count} shapes of {tokens} tokens, k = {model.size} | ms a query | bytes a shape |\n|---|---:|---:|")
    for name, options in {"all": FindOptions(exact_below=10**6), "200 preselected": FindOptions(exact_below=0)}.items():
        spans = []
        for _ in range(10):
            start = time.perf_counter()
            assert find(index, query, options)[0].shape == "7"
            spans.append(time.perf_counter() - start)
        print(f"| {name} | {1000 * np.median(spans):.0f} | {2 * tokens * model.size} |", flush=True)


def trained(
    training: list[Kin], worlds: dict[str, World], kept: Kept, seeds: range, steps: int
) -> dict[str, list[dict]]:
    """Scores by head, a row for each seed: all heads of a seed first, so that a run that is cut has rows of each."""
    found: dict[str, list[dict]] = {}
    for seed in seeds:
        for name, head in HEADS.items():
            row = kept.row(
                [*worlds, name, steps, seed], lambda head=head, seed=seed: _one(training, worlds, head, seed, steps)
            )
            if row is not None:
                found.setdefault(name, []).append(row)
    return found


def _one(training: list[Kin], worlds: dict[str, World], head: HeadOptions, seed: int, steps: int) -> dict:
    model = on_arrays(*train_tokens(training, TokenTrainingOptions(head=head, seed=seed, steps=steps)))
    return {
        title: {"tokens": learned(world, model), "mean": learned(world, model, pooled=True)}
        for title, world in worlds.items()
    }


def table(title: str, world: World, plain: dict[str, dict[str, float]], found: dict[str, list[dict]]) -> None:
    heads = ("whole NN", "whole mAP", "whole NDCG@10", "parts NN", "parts mAP", "parts NDCG@10")
    print(f"\n{title}: {len(world[0])} shapes, {len(world[2])} parts\n")
    print(f"| | seeds | {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) + 1)}")
    for name, row in plain.items():
        print(f"| {name} | | {' | '.join(f'{row[head]:.1f}' for head in heads)} |", flush=True)
    for name, rows in found.items():
        for way, words in (("tokens", name), ("mean", f"{name}, mean of tokens")):
            if way == "tokens" or name in ("linear", "upscaled, residual"):
                columns = [[row[title][way][one] for row in rows] for one in heads]
                spread = [f" ± {np.std(column):.1f}" if len(rows) > 1 else "" for column in columns]
                cells = " | ".join(f"{np.mean(column):.1f}{more}" for column, more in zip(columns, spread, strict=True))
                print(f"| {words} | {len(rows)} | {cells} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path, nargs="?")
    parser.add_argument("judge", type=Path, nargs="?")
    parser.add_argument("--tosca", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="first seed, to make the table in parts")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--train", dest="model", type=Path)
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    print(machine_line("torch"))
    if asked.speed:
        return speed()
    training = training_of(asked.train)
    if asked.model:
        options = TokenTrainingOptions(steps=asked.steps)
        network, facts = train_tokens(training, options, progress=Progress(lambda _, note: print(note, flush=True)))
        facts = {**facts, "world": "train of benchmarks/worlds/kindred.py", "seed": options.seed}
        return print(save_tokens(asked.model, on_arrays(network, facts), force=True))
    print(f"{len(training)} bases to train on, {asked.steps} steps, {asked.seeds} seeds")
    kept = Kept(asked.store, asked.minutes)
    worlds = {"Bases drawn apart": judged(asked.judge)}
    if asked.tosca and (public := tosca(asked.judge.parent / "tosca")):
        worlds["TOSCA"] = public
    found = trained(training, worlds, kept, range(asked.first, asked.first + asked.seeds), asked.steps)
    for title, world in worlds.items():
        plain = kept.row([title, "rivals"], lambda world=world: rivals(world, training))
        table(title, world, plain or {}, found)
    return None


if __name__ == "__main__":
    main()

"""Errors of ours and of pyfmaps on many pairs, kept in a file of lines so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from matching_data import Pair, measured
from matching_peers import PEERS, SCHEDULE, ours, pyfmaps, quick_neighbours, spectral_mesh

import geomlearn

WHO = ("ours", *PEERS)


def compare_errors(pairs: list[Pair], store: Path) -> None:
    """Measure what the store lacks, then print it all."""
    keys = {"ours": _digest_of_ours(), **dict.fromkeys(PEERS, f"{version('pyfmaps')}, single")}
    known = {(line["pair"], line["who"], line["code"]): line for line in _lines(store)}
    kept_mesh = cache(spectral_mesh)
    missing = [(pair, who) for pair in pairs for who in WHO if (pair.name, who, keys[who]) not in known]
    with quick_neighbours():
        for pair, who in missing:
            found = ours(pair.a, pair.b) if who == "ours" else pyfmaps(kept_mesh(pair.a), kept_mesh(pair.b), PEERS[who])
            error = measured(pair, found)
            line = {"pair": pair.name, "group": pair.group, "who": who, "code": keys[who]}
            line |= {"error": error.mean_error, "mirrored": error.symmetric_mean_error, "flipped": error.flipped}
            known[pair.name, who, keys[who]] = line
            with store.open("a") as file:
                file.write(json.dumps(line) + "\n")
    _print({who: [known[pair.name, who, keys[who]] for pair in pairs] for who in WHO})


def _lines(store: Path) -> Iterator[dict]:
    if store.is_file():
        yield from map(json.loads, store.read_text().splitlines())


def _digest_of_ours() -> str:
    """A fingerprint of the code that makes our maps: results of other code are not mixed in."""
    digest = hashlib.sha256(SCHEDULE.model_dump_json().encode())
    room = Path(geomlearn.__file__).parent / "matching"
    # Files of formats and the learned way of matching have no part in what is measured here.
    for path in sorted([*room.glob("*.py"), *room.glob("terms/*.py"), *room.glob("zoomout/*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _print(lines: dict[str, list[dict]]) -> None:
    print("\n## Errors against pyfmaps: same Laplacian, descriptors and ZoomOut schedule 20 → 200")
    print("| pairs | number |" + "".join(f" {who} mean (median, worst) |" for who in WHO) + " swapped sides |")
    print("|:------|---:|" + "---:|" * len(WHO) + "---:|")
    groups = [line["group"] for line in lines["ours"]]
    for group in [*dict.fromkeys(groups), "all"]:
        chosen = [i for i, name in enumerate(groups) if group in (name, "all")]
        cells = []
        for who in WHO:
            errors = np.array([lines[who][i]["error"] for i in chosen])
            cells.append(f"{errors.mean():.2f} ({np.median(errors):.2f}, {errors.max():.2f})")
        swapped = " · ".join(str(sum(lines[who][i]["flipped"] for i in chosen)) for who in WHO)
        print(f"| {group} | {len(chosen)} | {' | '.join(cells)} | {swapped} |")
    print(f"Swapped sides: pairs on which the mirrored truth fits better, of {' · '.join(WHO)}.")
    for who in PEERS:
        worse = [(a, b) for a, b in zip(lines["ours"], lines[who], strict=True) if a["error"] > b["error"]]
        print(f"No larger error than {who} on {len(groups) - len(worse)} of {len(groups)} pairs", end="")
        listed = sorted(worse, key=lambda two: two[1]["error"] - two[0]["error"])
        told = "; ".join(f"{a['pair']} {a['error']:.2f} against {b['error']:.2f}" for a, b in listed)
        print(f"; larger: {told}." if told else ".")

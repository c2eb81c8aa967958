"""Six ways to adapt an operator to a new regime with few samples: error, forgetting, numbers learned, drift.

`python -m benchmarks adaptation adapting [--seeds 3] [--sizes 16 64 256] [--store FILE --minutes M]`

An FNO (24 channels, 12 modes, 3 layers) learned Burgers' equation at viscosity 0.1 on 512 samples, and is adapted to
0.02 in 300 steps of Adam, rank 4. Rates from {3e-4, 1e-3, 3e-3, 1e-2, 3e-2} for each method and size by 64 samples
that nothing learns from; judged on 100 others. `last` learns the last layer alone; the penalty of SORSA has the weight
γ, its authors' is 13.3.
"""

from __future__ import annotations

import argparse
import tempfile
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.adaptation.regimes import N_CHOOSE, N_JUDGE, OLD, few, samples, schedule, trained
from benchmarks.harness import measuring, plus_minus
from benchmarks.kept import Kept
from geomlearn.operators.adaptation.attached import attach, changes, detach
from geomlearn.operators.adaptation.learning import adapt
from geomlearn.operators.adaptation.low_rank.singular_drift import drift
from geomlearn.operators.adaptation.low_rank.sorsa import penalty
from geomlearn.operators.adaptation.options import AdaptationOptions
from geomlearn.operators.data.samples import Dataset
from geomlearn.operators.models.prediction import evaluate

NEW, RANK = 0.02, 4
RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
WAYS: dict[str, AdaptationOptions] = {
    "full": AdaptationOptions(method="full"),
    "last": AdaptationOptions(method="lora", rank=RANK, targets="head.*"),
    "lora": AdaptationOptions(method="lora", rank=RANK),
    "dora": AdaptationOptions(method="dora", rank=RANK),
    "pissa": AdaptationOptions(method="pissa", rank=RANK),
    **{f"sorsa, γ = {g:g}": AdaptationOptions(method="sorsa", rank=RANK, gamma=g) for g in (0.0, 0.1, 1.0, 13.3)},
}


def learned(way: str, size: int, rate: float, seed: int) -> dict[str, float]:
    """One adaptation: its errors, what it forgot, what it moved."""
    model = trained()
    train = few(NEW, size, seed)
    choose, judge = samples(NEW, N_CHOOSE, 1), samples(NEW, N_JUDGE, 2)
    with tempfile.TemporaryDirectory() as folder:
        adapter = adapt(model, Dataset(train, choose), Path(folder), WAYS[way], schedule(rate, seed)).value
    attach(model, adapter)
    found = {
        "choose": evaluate(model, choose).mean,
        "new": evaluate(model, judge).mean,
        "old": evaluate(model, samples(OLD, N_JUDGE, 2)).mean,
        "numbers": adapter.n_parameters,
        "gap": float(penalty(model).detach()) if way.startswith("sorsa") else float("nan"),
        **_moved(model, way),
    }
    detach(model)
    return found


def _moved(model: Any, way: str) -> dict[str, float]:
    if way == "full":
        return {"values": float("nan"), "directions": float("nan")}
    each = []
    with torch.no_grad():
        for name, change in changes(model).items():
            layer, _, weight = name.rpartition(".")
            original = model.get_submodule(layer).parametrizations[weight].original
            each.append(drift(change.form.matrix(original), change.form.matrix(change(original))))
    return {
        "values": float(np.mean([one.values for one in each])),
        "directions": float(np.mean([one.directions for one in each])),
    }


def main() -> None:
    """Measure, or take up what was measured, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 64, 256])
    given, kept = measuring(parser)
    model = trained()
    before = {name: evaluate(model, samples(v, N_JUDGE, 2)).mean for name, v in (("old", OLD), ("new", NEW))}
    print(f"Before: {before['old']:.4f} on viscosity {OLD}, {before['new']:.4f} on {NEW}. Seeds 0 … {given.seeds - 1}.")
    for size in given.sizes:
        print(f"\n{size} samples\n")
        print("| way | rate | error | old regime | numbers | ‖UᵀU − I‖ | ΔΣ | ΔD |")
        print("|---|---|---|---|---|---|---|---|")
        for way in WAYS:
            _row(kept, way, size, given.seeds)


def _row(kept: Kept, way: str, size: int, seeds: int) -> None:
    rate = kept.least([way, size], RATES, lambda rate: learned(way, size, rate, 0), itemgetter("choose"))
    rows = rate and kept.rows([way, size, rate], seeds, lambda seed: learned(way, size, rate, seed))
    if rows is None:
        return
    told = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    words = [plus_minus(told[key]) for key in ("new", "old")]
    rest = [f"{told[key].mean():.2g}".replace("nan", "–") for key in ("gap", "values", "directions")]
    print(f"| {way} | {rate:g} | {' | '.join(words)} | {int(told['numbers'][0])} | {' | '.join(rest)} |", flush=True)


if __name__ == "__main__":
    main()

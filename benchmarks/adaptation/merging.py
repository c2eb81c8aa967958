"""One to eight adaptations of one operator put together: what is left of each.

`python -m benchmarks adaptation merging [--seeds 3] [--store FILE --minutes M]`

The FNO of `adapting` (Burgers at viscosity 0.1) is adapted to eight other viscosities apart from each other, with 64
samples and 150 steps each, rank 4. Rates from {3e-3, 1e-2, 3e-2} for each way by 64 further samples at 0.02;
judged on 100 others of each regime. The first n are merged; figures are means over these n of the error on their own
regime. A model of summed changes answers all regimes with the same weights: it cannot be right for all, and that is
what conditions are for.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.adaptation.regimes import N_CHOOSE, N_JUDGE, few, samples, schedule, trained
from benchmarks.harness import measuring, plus_minus
from geomlearn.operators.adaptation.adapted import put_on, take_off
from geomlearn.operators.adaptation.attached import Adapter
from geomlearn.operators.adaptation.learning import adapt
from geomlearn.operators.adaptation.merging import merge
from geomlearn.operators.adaptation.options import AdaptationOptions, MergeOptions
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions
from geomlearn.operators.adaptation.orthogonal.slots import ConditionAdapter, merge_conditions
from geomlearn.operators.data.samples import Dataset, Samples
from geomlearn.operators.models.prediction import evaluate

REGIMES = (0.02, 0.3, 0.04, 0.5, 0.015, 0.2, 0.03, 0.06)
COUNTS, SIZE, RANK = (1, 2, 4, 8), 64, 4
RATES = (3e-3, 1e-2, 3e-2)
LORA = AdaptationOptions(method="lora", rank=RANK)
CONDITION = AdaptationOptions(method="orthogonal", rank=RANK)
WAYS: dict[str, tuple[AdaptationOptions, OrthogonalOptions | None]] = {
    "disjoint columns, reserved slice": (CONDITION, OrthogonalOptions()),
    "lora": (LORA, None),
    "disjoint columns, free tokens": (CONDITION, OrthogonalOptions(reserved=0)),
    "Gaussian directions, free tokens": (CONDITION, OrthogonalOptions(basis="gaussian", reserved=0)),
}
SUMS = {
    "sum": (1.0, MergeOptions()),
    "sum at strength 0.6": (0.6, MergeOptions()),
    "mean": (0.0, MergeOptions()),
    "TIES, a fifth kept": (1.0, MergeOptions(how="ties")),
    "DARE, a fifth kept": (1.0, MergeOptions(how="dare")),
}


def learned(way: str, regime: int, rate: float, seed: int) -> Adapter | ConditionAdapter:
    """One adaptation."""
    options, condition = WAYS[way]
    if condition is not None:
        condition = condition.replace(name=f"regime {regime}", slot=regime)
    viscosity = REGIMES[regime]
    data = Dataset(few(viscosity, SIZE, seed, pool=128, steps=150), samples(viscosity, N_CHOOSE, 1))
    with tempfile.TemporaryDirectory() as folder:
        return adapt(trained(), data, Path(folder), options, schedule(rate, seed), condition=condition).value


def chosen_by(way: str, rate: float) -> float:
    """Error of the first adaptation on the samples that rates are chosen by."""
    return error(learned(way, 0, rate, 0), samples(REGIMES[0], N_CHOOSE, 1))


def error(adapter: Adapter | ConditionAdapter, judged: Samples, which: str | None = None) -> float:
    """Of the operator with an adapter on."""
    put_on(trained(), adapter, which)
    found = evaluate(trained(), judged).mean
    take_off(trained())
    return found


def measured(way: str, rate: float, seed: int) -> dict[str, list[float]]:
    """Errors for each count of merged adaptations, by the way they are merged."""
    each = [learned(way, regime, rate, seed) for regime in range(len(REGIMES))]
    judged = [samples(viscosity, N_JUDGE, 2) for viscosity in REGIMES]
    found: dict[str, list[float]] = {"single": []}
    singles = [error(adapter, held) for adapter, held in zip(each, judged, strict=True)]
    for count in COUNTS:
        found["single"].append(float(np.mean(singles[:count])))
        if WAYS[way][1] is not None:
            merged = merge_conditions(each[:count])
            errors = [error(merged, judged[i], f"regime {i}") for i in range(count)]
            found.setdefault("merged", []).append(float(np.mean(errors)))
            continue
        for name, (strength, options) in SUMS.items():
            model = merge(trained(), each[:count], [strength or 1 / count] * count, options)
            errors = [evaluate(model, judged[i]).mean for i in range(count)]
            found.setdefault(name, []).append(float(np.mean(errors)))
    return found


def main() -> None:
    """Measure, or take up what was measured, and print."""
    given, kept = measuring()
    plain = [evaluate(trained(), samples(v, N_JUDGE, 2)).mean for v in REGIMES]
    print(f"The operator itself on the eight regimes: {np.mean(plain):.4f}. Seeds 0 … {given.seeds - 1}.\n")
    print("| adapted by | rate | merged by | " + " | ".join(map(str, COUNTS)) + " |")
    print("|---" * (3 + len(COUNTS)) + "|")
    for way in WAYS:
        rate = kept.least([way, "rate"], RATES, lambda rate, way=way: chosen_by(way, rate), float)
        rows = rate and kept.rows([way, rate], given.seeds, partial(measured, way, rate))
        for name in rows[0] if rows else ():
            words = [plus_minus(errors) for errors in np.transpose([row[name] for row in rows])]
            print(f"| {way} | {rate:g} | {name} | {' | '.join(words)} |", flush=True)


if __name__ == "__main__":
    main()

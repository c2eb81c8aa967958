"""One operator, its attention swapped and nothing else: error, time and memory.

`python -m benchmarks attention mixers [--seeds 3] [--store FILE --minutes M]`

Error: Darcy flow on 15 × 15 nodes (solved on 29 × 29), 256 samples, 3 layers of 32 channels and 4 heads, 160 steps of
AdamW in one cycle; rates from {3e-3, 1e-2} for each mixer by 64 samples that nothing learns from; judged on
100 others. Time and memory: one mixer of 64 channels and 4 heads, forwards and backwards, on 1 k, 4 k and 16 k tokens,
least of three; memory is what autograd keeps for the way back.
"""

from __future__ import annotations

import tempfile
import time
from functools import cache, partial
from operator import itemgetter
from pathlib import Path

import torch

from benchmarks.harness import measuring, plus_minus
from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import DarcyData
from geomlearn.operators.data.samples import Dataset, Samples
from geomlearn.operators.layers.attention.operator import GlobalMixer
from geomlearn.operators.layers.attention.options import AttentionOptions
from geomlearn.operators.models.learning import train_operator
from geomlearn.operators.models.prediction import evaluate
from geomlearn.operators.training.options import TrainingOptions

KINDS = ("nala", "softmax", "elu", "relu", "galerkin", "polaformer")
RATES = (3e-3, 1e-2)
TOKENS = (1024, 4096, 16384)


@cache
def samples(n: int, seed: int) -> Samples:
    """Of Darcy flow; one seed to learn from, one to choose by, one to judge by."""
    return generate("darcy", n, DarcyData(resolution=29, stride=2), seed=seed)


def learned(kind: str, rate: float, seed: int) -> dict[str, float]:
    """Errors of one training on the samples to choose by and on those to judge by."""
    options = AttentionOptions(width=32, layers=3, heads=4, attention=kind)
    training = TrainingOptions(epochs=5, batch_size=8, learning_rate=rate, seed=seed, device="cpu")
    data = Dataset(samples(256, 0), samples(64, 1))
    with tempfile.TemporaryDirectory() as folder:
        model = train_operator("nalaformer", data, Path(folder), options, training).value
    return {"choose": evaluate(model, samples(64, 1)).mean, "judge": evaluate(model, samples(100, 2)).mean}


def cost(kind: str, n: int) -> dict[str, float]:
    """Milliseconds of one mixer there and back, and mebibytes kept in between."""
    torch.manual_seed(0)
    mixer = GlobalMixer(AttentionOptions(width=64, heads=4, attention=kind))
    tokens = torch.randn(1, n, 64, requires_grad=True)
    kept: dict[int, int] = {}

    def count(value: torch.Tensor) -> torch.Tensor:
        kept[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
        return value

    with torch.autograd.graph.saved_tensors_hooks(count, lambda value: value):
        mixer(tokens).sum().backward()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        mixer(tokens).sum().backward()
        times.append(time.perf_counter() - start)
    return {"ms": 1e3 * min(times), "mib": sum(kept.values()) / 2**20}


def main() -> None:
    """Measure, or take up what was measured, and print."""
    given, kept = measuring()
    print(f"Seeds 0 … {given.seeds - 1}.\n\n| attention | rate | relative L2 |\n|---|---|---|")
    for kind in KINDS:
        rate = kept.least([kind], RATES, lambda rate, kind=kind: learned(kind, rate, 0), itemgetter("choose"))
        rows = rate and kept.rows([kind, rate], given.seeds, partial(learned, kind, rate))
        if rows:
            print(f"| {kind} | {rate:g} | {plus_minus([row['judge'] for row in rows])} |", flush=True)
    print("\n| attention | " + " | ".join(f"{n} tokens" for n in TOKENS) + " | time(16 k) / time(4 k) |")
    print("|---" * (2 + len(TOKENS)) + "|")
    for kind in KINDS:
        rows = [kept.row([kind, "cost", n], lambda n=n, kind=kind: cost(kind, n)) for n in TOKENS]
        if None not in rows:
            words = [f"{row['ms']:.1f} ms, {row['mib']:.0f} MiB" for row in rows]
            print(f"| {kind} | {' | '.join(words)} | {rows[2]['ms'] / rows[1]['ms']:.1f} |", flush=True)


if __name__ == "__main__":
    main()

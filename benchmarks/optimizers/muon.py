"""A step of Muon beside torch's on one matrix of each shape, and both ways to its symmetric products.

    python -m benchmarks optimizers muon
    python -m benchmarks optimizers muon --shapes 64x64 512x2048 --seconds 2

One thread, float32, Gaussian gradients; all take turns, and times are lower quartiles over the turns, of the processor:
other load can only add to them; turns are shuffled, for who comes second finds warm caches. `whole` computes symmetric
products as they are, `blocks` one half of them; Muon takes the one that stands under "takes". `bf16` is the iteration
in bfloat16, over torch's, which is always in bfloat16.
"""

from __future__ import annotations

import argparse
import importlib
import random
import time
from collections.abc import Callable
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from benchmarks.machine import machine_line
from benchmarks.optimizers.studies import table
from geomlearn.optimizers.muon import Muon

# The package has a function of this name.
newton_schulz = importlib.import_module("geomlearn.optimizers.newton_schulz")
SQUARE = ["64x64", "128x128", "256x256", "512x512", "1024x1024", "2048x2048", "4096x4096"]
LONG = ["64x256", "256x64", "128x512", "512x128", "512x2048", "2048x512", "1024x4096", "4096x1024"]
LARGE = 1024 * 4096  # beyond, only torch's step and ours take turns, and there are two
WAYS = {"whole": 1 << 30, "blocks": 1}


def stepper(kind: type[torch.optim.Optimizer], shape: tuple[int, int], **options: object) -> Callable[[], None]:
    """One optimizer over one matrix, its first step done."""
    param = nn.Parameter(torch.zeros(shape))
    param.grad = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    optimizer = kind([param], **options)
    optimizer.step()
    return lambda: optimizer.step()


@contextmanager
def smallest(blocks: int):
    """Symmetric products are computed by halves from so many blocks a side on."""
    before, newton_schulz.SMALLEST = newton_schulz.SMALLEST, blocks
    try:
        yield
    finally:
        newton_schulz.SMALLEST = before


def seconds_of(step: Callable[[], None]) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def usual(seconds: np.ndarray) -> float:
    """The lower quartile."""
    return float(np.quantile(seconds, 0.25))


def turns(shape: tuple[int, int], budget_s: float) -> dict[str, np.ndarray]:
    """Seconds of every turn, by method; as many turns as fit, at least two, at most 200."""
    taken = "blocks" if min(shape) >= newton_schulz.SMALLEST * newton_schulz.BLOCK else "whole"
    plain = newton_schulz.arithmetic(torch.zeros(1), "auto") is torch.float32
    large = shape[0] * shape[1] > LARGE or min(shape) > 1024
    names = [name for name in WAYS if name == taken or not large]
    steps = {"torch": stepper(torch.optim.Muon, shape)}
    for name in names:
        with smallest(WAYS[name]):
            steps[name] = stepper(Muon, shape, **({"ns_dtype": "float32"} if plain else {}))
    if not large:
        steps["bf16"] = stepper(Muon, shape, ns_dtype="bfloat16")
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    begun = time.perf_counter()
    random.seed(0)
    least = 2 if large else 3
    while len(seconds["torch"]) < 200 and (len(seconds["torch"]) < least or time.perf_counter() - begun < budget_s):
        for name, step in random.sample(list(steps.items()), len(steps)):
            with smallest(WAYS.get(name, newton_schulz.SMALLEST)):
                seconds[name].append(seconds_of(step))
    return {name: np.array(values) for name, values in seconds.items()} | {"taken": np.array(taken)}


def main() -> None:
    """Print one row per shape, as it comes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="*", default=[*SQUARE, *LONG])
    parser.add_argument("--seconds", type=float, default=4.0, help="time of the turns for each shape")
    given = parser.parse_args()
    torch.set_num_threads(1)
    capable = [name for name, has in torch.cpu.get_capabilities().items() if has is True and "bf16" in name]
    print(machine_line("torch"), "· 1 thread · bfloat16 in hardware:", ", ".join(capable) or "no")
    rows = []
    for text in given.shapes:
        rows_, columns = map(int, text.split("x"))
        found = turns((rows_, columns), given.seconds)
        base, taken = found["torch"], str(found["taken"])

        def ratio(name: str, found=found, base=base) -> float | str:
            return usual(found[name]) / usual(base) if name in found else "–"

        low, high = np.quantile(found[taken] / base, [0.1, 0.9])
        milli = [1e3 * usual(values) for values in (base, found[taken])]
        spread = f"{low:.2f} … {high:.2f}"
        rows.append(
            [text, len(base), *milli, taken, ratio(taken), spread, ratio("whole"), ratio("blocks"), ratio("bf16")]
        )
        print("#", *rows[-1], flush=True)
    names = ["shape", "turns", "torch ms", "Muon ms", "takes", "Muon/torch", "10 … 90 %", "whole", "blocks", "bf16"]
    table("One step", names, rows)


if __name__ == "__main__":
    main()

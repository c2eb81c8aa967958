"""State-space layers: what perturb-then-diagonalize does to the system, and how fast the layers run.

    python -m benchmarks sequence layers            every part
    python -m benchmarks sequence layers transfer   sup deviation from HiPPO for n = 16 … 128, over seeds
    python -m benchmarks sequence layers trade-off  conditioning against the size of the perturbation
    python -m benchmarks sequence layers robustness frozen systems under a tone at S4D's spike
    python -m benchmarks sequence layers memories   fields and sequences read out of frozen memories, under a tone
    python -m benchmarks sequence layers trained    clean accuracy after training, and under the worst of 16 tones
    python -m benchmarks sequence layers frozen     only C is trained, tones at S4D's spike enter every layer
    python -m benchmarks sequence layers rollouts   fields on shapes continued, beside the best linear propagators
    python -m benchmarks sequence layers speed      S5 beside s5-pytorch; kernels beside their peers
    python -m benchmarks sequence layers memory     peak memory of training against the length
    python -m benchmarks sequence layers stream     a million steps

Times are the fastest of several turns, taken alternately with the peer's in one process. s5-pytorch is optional
(`pip install s5-pytorch`); without it its columns say so.
"""

from __future__ import annotations

import argparse
import math
import os
import time

# Before numpy and torch start their pools: every number is for as many threads as are asked for here.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.machine import machine_line
from benchmarks.sequence.memories import memories
from benchmarks.sequence.rollouts import rollouts
from benchmarks.sequence.speed import memory, speed, stream
from benchmarks.sequence.systems import robustness, trade_off, transfer
from benchmarks.sequence.training import frozen, trained

PARTS = {
    "transfer": transfer,
    "trade-off": trade_off,
    "robustness": robustness,
    "memories": memories,
    "trained": trained,
    "frozen": frozen,
    "rollouts": rollouts,
    "speed": speed,
    "memory": memory,
    "stream": stream,
}


# What these find is kept, and each call goes on from there.
STORED = ("trained", "frozen", "rollouts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="which parts; all when none is named", metavar="PART")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="begin no training after so long; 0: print only"
    )
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    print(f"{machine_line('torch', 's5-pytorch')}; {os.environ['OMP_NUM_THREADS']} threads")
    for name in options.parts or PARTS:
        print(f"\n## {name}\n")
        until = {"until": time.monotonic() + 60 * options.minutes} if name in STORED else {}
        PARTS[name](options.seeds, **until)


if __name__ == "__main__":
    main()

"""Operator learning on sizes a processor can bear: LSM beside its own ablation and its rivals.

`python benchmarks/operator_learning.py [darcy|elasticity|heat|step|all] [--seeds 3] [--quick]`

darcy       Darcy flow 29 × 29 (solved on 85 × 85), 300 training and 100 test samples, normalised node by node, Adam at
            1e-3 with halving, batches of 10, 20 epochs; then every rival again for as long as LSM took.
elasticity  stress around a hole on a 41 × 41 grid with a mask, 200 and 50 samples.
heat        heat on random animals never seen in training, 120 and 40 samples.
step        one training step of LSM beside the same structure written as released: patch by patch of small products,
            each basis function on its own.
Errors are relative L2 on test samples after the last epoch; nothing is chosen by them. One thread throughout.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    # In the path, this script would hide the package of the same name.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from operator_tables import main

    main(__doc__)

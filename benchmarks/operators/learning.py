"""Operator learning on sizes a processor can bear: LSM beside its own ablation and its rivals.

`python -m benchmarks operators learning [darcy|elasticity|heat|step|all] [--seeds 3] [--store FILE --minutes M]`

darcy       Darcy flow 29 × 29 (solved on 85 × 85), 300 training and 100 test samples, normalised node by node.
elasticity  stress around a hole on a 41 × 41 grid with a mask, 200 and 50 samples.
heat        heat on random animals never seen in training, 120 and 40 samples.
step        one training step of LSM beside the same function in the released code's structure.
Errors are relative L2 on test samples after the last epoch, mean and deviation over seeds; nothing is chosen by them:
what was chosen was chosen on further samples by `search.py`. One thread throughout. With --store each training
is kept, so that a table can be measured in parts of M minutes and printed when it is whole.
"""

if __name__ == "__main__":
    from benchmarks.operators.tables import main

    main(__doc__)

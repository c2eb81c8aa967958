"""A small task for the loop's tests, also run as a program so that it can be killed or run by several processes."""

import sys
import time
import weakref

import torch
import torch.distributed as dist
from torch import nn

from geomlearn.operators.training.loop import train
from geomlearn.operators.training.losses import relative_l2
from geomlearn.operators.training.options import TrainingOptions


class LineFit:
    """Fit a linear map with a small network; noise on the inputs, so that randomness counts."""

    def __init__(self, n_train=48, n_valid=10, pause_s=0.0, dropout=0.1):
        generator = torch.Generator().manual_seed(7)
        self.inputs = torch.randn(n_train + n_valid, 6, generator=generator)
        self.targets = self.inputs @ torch.randn(6, 3, generator=generator)
        self.n_train, self.n_valid, self.pause_s = n_train, n_valid, pause_s
        torch.manual_seed(3)
        self.model = nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Dropout(dropout), nn.Linear(16, 3))

    def train_loss(self, model, samples, generator):
        time.sleep(self.pause_s)
        noise = 0.01 * torch.randn(len(samples), 6, generator=generator)
        return relative_l2(model(self.inputs[samples] + noise), self.targets[samples]).mean()

    def valid_errors(self, model, samples):
        samples = samples + self.n_train
        return {"relative_l2": relative_l2(model(self.inputs[samples]), self.targets[samples])}


class Noiseless(LineFit):
    """The same without randomness in the loss: what several processes must agree on."""

    def __init__(self):
        super().__init__(dropout=0.0)

    def train_loss(self, model, samples, generator):
        if dist.is_initialized():
            self.group = weakref.ref(dist.group.WORLD)
        return relative_l2(model(self.inputs[samples]), self.targets[samples]).mean()


OPTIONS = TrainingOptions(epochs=6, batch_size=8, learning_rate=3e-2, device="cpu", checkpoint_s=0.0, ema_decay=0.9)
# What two processes train as one does: matrices by one rule, vectors by AdamW, and a penalty, in single precision.
TOGETHER = OPTIONS.replace(optimizer="muon", regularizer="orth-conv:1e-2", optimizer_options="ns_dtype=float32")


if __name__ == "__main__":
    torch.set_num_threads(1)
    kind, folder = sys.argv[1:3]
    if kind == "slow":
        train(LineFit(pause_s=0.02), OPTIONS, folder, resume=True)
    else:
        for name in ("two", "again"):
            task = Noiseless()
            train(task, TOGETHER, f"{folder}/{name}")
            # A group that outlives its run takes the interpreter down with it, some of the time.
            assert task.group() is None

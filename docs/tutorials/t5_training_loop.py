"""
Sequences and optimizers in your own training loop
==================================================

Every layer is a `torch.nn.Module` and every rule a `torch.optim.Optimizer`: take one, leave the rest.
"""

import torch

from geomlearn.operators import SSMLayer
from geomlearn.operators.sequence.options import SSMOptions
from geomlearn.optimizers import Muon, matrix_param_groups

torch.manual_seed(0)

# %%
# A state-space layer in a model of your own. It maps (batch, steps, channels) to the same.


class Echo(torch.nn.Module):
    """Say what was heard eight steps ago."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.lift = torch.nn.Linear(1, width)
        self.memory = SSMLayer(width, SSMOptions(init="s4d-lin"))
        self.head = torch.nn.Sequential(torch.nn.GELU(), torch.nn.Linear(width, width), torch.nn.Linear(width, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.memory(self.lift(x)))


def batch(size: int = 32, steps: int = 64, delay: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(size, steps, 1)
    return x, torch.cat([torch.zeros(size, delay, 1), x[:, :-delay]], dim=1)


# %%
# Muon is for matrices; `matrix_param_groups` gives it those and leaves biases, norms and the layer's own numbers to AdamW.

model = Echo()
optimizer = Muon(matrix_param_groups(model, 1e-2, 1e-2))
for step in range(151):
    x, y = batch()
    loss = torch.nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        print(step, f"{loss.item():.3f}")

# %%
# The layer also runs as a recurrence, one step at a time, for streams: the numbers are the same.

with torch.no_grad():
    x = model.lift(batch(1)[0])
    whole = model.memory(x)
    state, stepped = None, []
    for t in range(x.shape[1]):
        y, state = model.memory.step(x[:, t], state)
        stepped.append(y)
print("largest difference", float((whole - torch.stack(stepped, 1)).abs().max()))

"""
Fields and operators on your own data
=====================================

Solve an equation on a shape, and learn a map between functions from pairs that you bring.
"""

import numpy as np
import torch

import geomlearn as gl

# %%
# An equation: what it starts from is a vertex, a formula, a file, or an array.

shape = gl.read("builtin:quadruped-cat-stand@2000")
u = gl.solve("heat", shape, vertex=0)
print(u)
print(u.sentence)
gl.render(shape, u, "heat.png", size=(800, 600))

# %%
# Your own pairs of functions on a grid: inputs (N, height, width, channels), targets alike. Here a made-up operator that
# smooths and squares; put your arrays in their place, or a file: ``gl.train("fno", data="pairs.h5")``.

rng = np.random.default_rng(0)
x = np.linspace(0, 1, 32, endpoint=False)
waves = [np.cos(2 * np.pi * (i * x[:, None] + j * x[None]) + p) for i, j, p in rng.integers(0, 4, (300, 3))]
inputs = np.stack([waves[3 * n] + waves[3 * n + 1] + waves[3 * n + 2] for n in range(100)])[..., None]
inputs += 0.1 * rng.standard_normal(inputs.shape)
smoothed = (
    inputs + np.roll(inputs, 1, 1) + np.roll(inputs, -1, 1) + np.roll(inputs, 1, 2) + np.roll(inputs, -1, 2)
) / 5
targets = smoothed**2

# %%
# Training hands over a plain `torch.nn.Module`. The last fifth is held back for testing.

model = gl.train("fno", (inputs, targets), epochs=15, batch_size=8, learning_rate=3e-3, width=16, modes=8, padding=0)
print(model.sentence)
print({name: round(value, 4) for name, value in model.history[-1].items()})

# %%
# Ask it, save it, load it: weights are safetensors, which hold numbers and run nothing.

with torch.no_grad():
    answer = model(torch.as_tensor(inputs[-1:], dtype=torch.float32)).numpy()
print(f"relative error {np.linalg.norm(answer - targets[-1:]) / np.linalg.norm(targets[-1:]):.3f}")
path = gl.save_model(model, "mine.safetensors", force=True)
print(gl.load_model(path).n_parameters, "parameters")

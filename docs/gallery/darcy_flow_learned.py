"""
Darcy flow, learned
===================

A shipped network predicts the pressure behind a permeability it has never seen.
"""

import numpy as np
import pyvista
import torch

import geomlearn as gl

model = gl.load_model("shipped:darcy")
data = gl.samples("darcy", 1, seed=99, resolution=85, stride=3)
with torch.no_grad():
    predicted = model(torch.from_numpy(np.array(data.inputs)))[0, ..., 0].numpy()
true = data.targets[0, ..., 0]
print(f"relative error {np.linalg.norm(predicted - true) / np.linalg.norm(true):.3f}")

sheet = gl.as_shape(pyvista.Plane(i_resolution=28, j_resolution=28))
gl.render(sheet, fields={"permeability": data.inputs[0].ravel()}, path="permeability.png", size=(600, 500))
fields = {"true pressure": true.ravel(), "predicted": predicted.ravel()}
gl.render(sheet, fields=fields, limits=(0, true.max()), path="pressure.png", size=(1200, 500), colormap="viridis")

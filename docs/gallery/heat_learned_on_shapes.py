"""
Heat on shapes, learned
=======================

An operator that was trained on random animals, asked on one it has not seen.
"""

import numpy as np

import geomlearn as gl
from geomlearn.operators import predict

model = gl.load_model("shipped:heat")
data = gl.samples("heat-on-shapes", 1, seed=99)
predicted = predict(model, data, device="cpu")[0][:, 0]
true = data.targets[0][:, 0]
print(f"relative error {np.linalg.norm(predicted - true) / np.linalg.norm(true):.4f}")
fields = {"start": data.inputs[0][:, 0], "later": true, "predicted": predicted}
gl.render(
    data.shapes[0], fields=fields, limits=(0.0, true.max()), colormap="ember", path="learned_heat.png", size=(1500, 600)
)

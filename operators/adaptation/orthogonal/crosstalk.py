"""How much adaptations would disturb each other if they were added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from geomlearn.operators.adaptation.orthogonal.condition import Condition


def crosstalk(changes: Sequence[Sequence[torch.Tensor]]) -> np.ndarray:
    """(n, n): ‖Δ_i Δ_jᴴ‖_F / (‖Δ_i‖_F ‖Δ_j‖_F), mean over layers; 0 where row spaces are orthogonal.

    Parameters
    ----------
    changes   for each adaptation the matrices (m, n) that it adds to the same layers.
    """
    n = len(changes)
    found = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            pairs = [
                float(torch.linalg.matrix_norm(a @ b.mH) / (a.norm() * b.norm()).clamp_min(1e-300))
                for a, b in zip(changes[i], changes[j], strict=True)
                if a.norm() > 0 and b.norm() > 0
            ]
            found[i, j] = np.mean(pairs) if pairs else 0.0
    return found


@torch.no_grad()
def of_conditions(condition: Condition) -> tuple[np.ndarray, np.ndarray]:
    """Crosstalk of the weights, and of what they do: ‖Δ_j e_i‖ / ‖Δ_i e_i‖ in row i and column j, 0 where i = j."""
    count = len(condition.slots)
    changes = [
        [
            condition.gain(i, n).double() @ getattr(condition, f"down_{i}").double().T
            for n in range(len(condition.layers))
        ]
        for i in range(count)
    ]
    tokens = [condition.token(i).double() for i in range(count)]
    done = np.zeros((count, count))
    for i in range(count):
        own = sum(float((change @ tokens[i]).norm()) for change in changes[i])
        for j in range(count):
            other = sum(float((change @ tokens[i]).norm()) for change in changes[j])
            done[i, j] = 0.0 if i == j or own == 0 else other / own
    return crosstalk(changes), done

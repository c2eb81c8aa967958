"""Where a rollout starts from: the course of a linear rule that lies nearest to the given frames."""

from __future__ import annotations

import torch

from geomlearn.operators.sequence.rollout.modal import ModalBatch

# Beside the mean square of what is seen of each part of the state; parts that are not seen stay at rest.
_RIDGE = 1e-6


def nearest_course(
    given: torch.Tensor, modal: torch.Tensor, transport: torch.Tensor, frames: ModalBatch, n_fitted: int
) -> torch.Tensor:
    """Frames (B, T, K) whose last n_fitted, or all T where there are fewer, follow the rule and lie nearest to those.

    a_{t+1} = c₀ a_t + c₁ a_{t−1} + Σ_e d_e T_e a_t is a matrix M on s = [a_1, a_0], so that all frames are linear in s;
    least squares over them find s. A disturbance that is no course of the rule is left out of the forecast by that.

    Parameters
    ----------
    modal      (B, 2, K) c₀ and c₁.
    transport  (6,) d.

    Source   variational data assimilation with a strong constraint, Le Dimet & Talagrand 1986, Tellus 38A, 97–110.
    """
    n_fitted = min(n_fitted, given.shape[1])
    if n_fitted <= 2:
        return given
    seen, k = given[:, -n_fitted:].double(), given.shape[2]
    now = torch.diag_embed(modal[:, 0].double())
    now = now + torch.einsum("e,beij->bij", transport.double(), frames.transport.double())
    before = torch.diag_embed(modal[:, 1].double())
    # Each frame as a matrix (K, 2K) on s: the rule in these is the rule in the frames.
    unit = torch.eye(2 * k, dtype=torch.float64, device=given.device).expand(len(given), -1, -1)
    views = [unit[:, k:], unit[:, :k]]
    while len(views) < n_fitted:
        views.append(now @ views[-1] + before @ views[-2])
    view = torch.cat(views, 1)
    gram = view.transpose(1, 2) @ view
    ridge = _RIDGE * torch.diagonal(gram, dim1=1, dim2=2).mean(1)
    gram = gram + ridge[:, None, None] * unit
    state = torch.linalg.solve(gram, view.transpose(1, 2) @ seen.flatten(1)[..., None])
    course = (view @ state).view_as(seen).to(given.dtype)
    return torch.cat([given[:, :-n_fitted], course], 1)

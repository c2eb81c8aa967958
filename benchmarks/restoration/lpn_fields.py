"""Fields on a mesh: a learned proximal network beside linear, thresholding and unconstrained denoisers."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.worlds.fields import SHAPE, fields
from geomlearn.restoration.learning import learn_field_prior
from geomlearn.restoration.options import LpnOptions, LpnTraining, RestoreOptions
from geomlearn.restoration.prior import Prior
from geomlearn.restoration.signals import restore_part
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.shape import Shape

MODES = 32
LAWS = {"choose": "sparse", "judge": "spots"}


def measure(seed: int, steps: int) -> dict[str, float]:
    """Relative errors of both worlds, by method."""
    rows: dict[str, float] = {}
    for world, law in LAWS.items():
        shape = load_shape(SHAPE)
        train, judged = fields(shape, law, 4000, seed), fields(shape, law, 200, 1000 + seed)
        rows |= {f"{world}: {name}": value for name, value in _measure(shape, train, judged, seed, steps).items()}
    return rows


def _measure(shape: Shape, train: np.ndarray, judged: np.ndarray, seed: int, steps: int) -> dict[str, float]:
    priors = {
        loss: learn_field_prior(
            shape, train, MODES, LpnOptions(hidden=128, layers=2), LpnTraining(loss=loss, steps=steps, seed=seed)
        ).value
        for loss in ("proximal", "l2")
    }
    prior = priors["proximal"]
    sigma, space = prior.sigma, prior.subspace
    noise = sigma * np.random.default_rng(2000 + seed).standard_normal(judged.shape)
    noisy, size = judged + noise, np.sqrt((judged**2).mean())

    def error(found: np.ndarray) -> float:
        return float(np.sqrt(((found - judged) ** 2).mean()) / size)

    learned, seen = space.coordinates(train), space.coordinates(noisy)
    rows = {"noisy": error(noisy)}
    share = learned.var(0) / (learned.var(0) + sigma**2)
    rows["Wiener"] = error(space.signals(seen * share))
    rows["soft threshold"] = error(space.signals(_soft(seen, _best_threshold(learned, sigma, seed))))
    rows["plain network"] = error(_plain(space, learned, seen, sigma, seed, steps))
    with suppress(ImportError):
        rows["deepinv ICNN"] = error(_icnn(space, learned, seen, sigma, seed, steps))
    rows |= {f"LPN, {loss}": error(found.denoise(noisy)) for loss, found in priors.items()}
    return rows | _inpainting(priors, judged, share, sigma, seed, error)


def _soft(values: np.ndarray, threshold: float) -> np.ndarray:
    return np.sign(values) * np.maximum(np.abs(values) - threshold, 0)


def _best_threshold(learned: np.ndarray, sigma: float, seed: int) -> float:
    """Of 24, by the training coefficients with noise."""
    noisy = learned + sigma * np.random.default_rng(seed).standard_normal(learned.shape)
    tried = sigma * np.geomspace(0.05, 5, 24)
    return float(min(tried, key=lambda t: ((_soft(noisy, t) - learned) ** 2).mean()))


def _fitted(network: nn.Module, learned: np.ndarray, sigma: float, seed: int, steps: int) -> nn.Module:
    """Least squares on noisy coefficients, in units of the noise; batches and rate as for LPN."""
    clean = torch.as_tensor(learned / sigma).float()
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 1e-3 * (0.05 + 0.475 * (1 + np.cos(np.pi * step / steps)))
        batch = clean[torch.randint(len(clean), (256,), generator=generator)]
        loss = (network(batch + torch.randn(batch.shape, generator=generator)) - batch).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.eval()


def _plain(space: Any, learned: np.ndarray, seen: np.ndarray, sigma: float, seed: int, steps: int) -> np.ndarray:
    """A network without constraints, with about as many weights."""
    torch.manual_seed(seed)
    width = 128
    network = nn.Sequential(
        nn.Linear(MODES, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, MODES)
    )
    found = _fitted(network, learned, sigma, seed, steps)(torch.as_tensor(seen / sigma).float())
    return space.signals(found.detach().double().numpy() * sigma)


class _Gradient(nn.Module):
    """∇ of deepinv's input-convex network, on coefficients as images of 4 × 8."""

    def __init__(self) -> None:
        super().__init__()
        from deepinv.models import ICNN

        self.inner = ICNN(in_channels=1, num_filters=32, kernel_dim=3, num_layers=3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            value = self.inner(at.reshape(-1, 1, 4, 8)).sum()
            return torch.autograd.grad(value, at, create_graph=self.training)[0]


def _icnn(space: Any, learned: np.ndarray, seen: np.ndarray, sigma: float, seed: int, steps: int) -> np.ndarray:
    torch.manual_seed(seed)
    found = _fitted(_Gradient(), learned, sigma, seed, steps // 4)(torch.as_tensor(seen / sigma).float())
    return space.signals(found.detach().double().numpy() * sigma)


def _inpainting(
    priors: dict[str, Prior], judged: np.ndarray, share: np.ndarray, sigma: float, seed: int, error: Any
) -> dict[str, float]:
    """The upper half of the vertices unknown, and sixteen sensors; noise a tenth of that of training."""
    random, rows = np.random.default_rng(3000 + seed), {}
    space = priors["proximal"].subspace
    variance = share / (1 - share) * sigma**2
    level = 0.1 * sigma
    noisy = judged + level * random.standard_normal(judged.shape)
    high = load_shape(SHAPE).vertices[:, 2]
    places = {"half unknown": high <= np.median(high), "16 sensors": np.zeros(judged.shape[1], bool)}
    places["16 sensors"][random.permutation(judged.shape[1])[:16]] = True
    for name, known in places.items():
        rows_of = space.basis[known]
        system = rows_of.T @ rows_of / level**2 + np.diag(1 / variance)
        found = np.linalg.solve(system, rows_of.T @ (noisy - space.mean)[:, known].T / level**2).T
        rows[f"{name}: Gaussian prior"] = error(space.signals(found))
        for loss, prior in priors.items():
            options = RestoreOptions(method="admm", noise=level, max_iterations=150, tolerance=1e-4, coupling=0.05)
            rows[f"{name}: LPN, {loss}, ADMM"] = error(restore_part(prior, noisy, known, options, sensors=True).value)
        options = RestoreOptions(noise=level, max_iterations=100, tolerance=1e-5)
        result = restore_part(priors["proximal"], noisy[:20], known, options, sensors=True)
        steps = np.diff([row["objective"] for row in result.history])
        rows[f"{name}: largest rise of the objective, PGD"] = float(max(steps.max(), 0.0))
    return rows

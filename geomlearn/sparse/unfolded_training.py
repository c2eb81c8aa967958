"""Learning the steps of an unfolded solver: layer after layer, from known codes or from measurements alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.sparse.unfolded import UnfoldedSolver

Draw = Callable[[torch.Generator, int], tuple[Tensor, Tensor | None]]
"""draw(generator, b): fresh measurements (b, m), and the codes (b, n) behind them where they are known."""


def train_unfolded(solver: UnfoldedSolver, draw: Draw, *, progress: Progress = SILENT) -> Result[UnfoldedSolver]:
    """Fit the steps of a solver in place.

    Layer k is added once the k − 1 before it are trained; the loss is that of the last layer there is: ‖x_k − x*‖²
    (supervised) or the objective of x_k (unsupervised), which needs measurements only.

    Parameters
    ----------
    draw   gives each training step a fresh batch; seeded by the options.

    Returns
    -------
    Result of the solver; history has a loss for each layer.

    Raises
    ------
    ParameterError   the supervised loss is asked for and `draw` knows no codes, or measurements are not finite.
    """
    options = solver.options
    generator = torch.Generator().manual_seed(options.seed)
    history: list[dict[str, float]] = []
    status = Status.LIMIT_REACHED
    layers = range(1, options.n_layers + 1) if options.incremental else [options.n_layers]
    steps = options.n_steps if options.incremental else options.n_steps * options.n_layers
    for depth in layers:
        if progress.cancelled:
            status = Status.CANCELLED
            break
        # One optimizer a layer: its running moments belong to the network of that depth.
        optimizer = torch.optim.Adam([solver.beta], lr=options.rate)
        for _ in range(steps):
            loss = _loss(solver, *draw(generator, options.batch_size), depth)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([solver.beta], 1.0)
            optimizer.step()
        history.append({"layers": depth, "loss": float(loss.detach())})
        progress(depth / options.n_layers, f"layer {depth}, loss {history[-1]['loss']:.3g}")
    sentence = f"{len(history)} layers trained, {steps} steps each."
    return Result(solver, status, sentence, tuple(history), {"loss": history[-1]["loss"]} if history else {})


def _loss(solver: UnfoldedSolver, measured: Tensor, codes: Tensor | None, depth: int) -> Tensor:
    if not bool(torch.isfinite(measured).all()):
        raise ParameterError("Measurements hold values that are not finite.", "Leave those samples out.")
    found = solver(measured, depth)
    if solver.options.loss == "unsupervised":
        return solver.objective(found, measured).mean()
    if codes is None:
        raise ParameterError("The supervised loss needs the codes behind the measurements.", "Use unsupervised.")
    return ((found - codes) ** 2).sum(1).mean()


def invented(operator: Tensor, density: float, noise: float) -> Draw:
    """Bernoulli–Gaussian codes behind an operator (m, n), with Gaussian noise on what is measured.

    Raises
    ------
    ParameterError   the density is no share, or the noise negative.
    """
    if not 0 < density <= 1 or noise < 0:
        raise ParameterError(f"A density of {density} and noise of {noise} make no fields.", "Give a share and ≥ 0.")

    def draw(generator: torch.Generator, count: int) -> tuple[Tensor, Tensor]:
        kind = operator.dtype
        m, n = operator.shape
        active = torch.rand(count, n, generator=generator, dtype=kind) < density
        codes = torch.randn(count, n, generator=generator, dtype=kind) * active
        return codes @ operator.mT + noise * torch.randn(count, m, generator=generator, dtype=kind), codes

    return draw


def of_rows(measured: np.ndarray, dtype: torch.dtype) -> Draw:
    """Random rows of measurements (p, m); the codes behind them are unknown."""
    rows = torch.as_tensor(np.asarray(measured)).to(dtype)
    return lambda generator, count: (rows[torch.randint(len(rows), (count,), generator=generator)], None)

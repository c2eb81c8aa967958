"""The linear recurrence x_t = λ x_{t−1} + v_t of independent modes, in linear memory, differentiable.

Two kernels compute the same: `blocked` for processors, where in-place passes over blocks keep the data in cache, and
`toeplitz` for GPUs, where few large products beat many small steps.
"""

from __future__ import annotations

from typing import Any, Literal

import torch

Kernel = Literal["auto", "blocked", "toeplitz"]

# Steps that the toeplitz kernel takes in one product: its work grows with this, its depth falls.
TOEPLITZ_BLOCK = 32


def diagonal_scan(
    lam_bar: torch.Tensor,
    inputs: torch.Tensor,
    state: torch.Tensor | None = None,
    *,
    reverse: bool = False,
    kernel: Kernel = "auto",
) -> torch.Tensor:
    """All states of x_t = lam_bar x_{t−1} + inputs_t; with `reverse`, of x_t = lam_bar x_{t+1} + inputs_t.

    Parameters
    ----------
    lam_bar  (m,) complex, |lam_bar| ≤ 1.
    inputs   (L, B, m) complex, time first.
    state    (B, m) complex, the state before the first step (after the last with `reverse`); zero when None.
    kernel   auto takes toeplitz on a GPU and blocked elsewhere.

    Returns
    -------
    states   (L, B, m) complex.

    Differs  from the associative scans of S5: the gradient is the same recurrence run backwards with conjugate
             multipliers, so only the states are kept and nothing of the recursion.
    """
    if kernel == "auto":
        kernel = "toeplitz" if inputs.is_cuda else "blocked"
    return _DiagonalScan.apply(lam_bar, inputs, state, reverse, kernel)


class _DiagonalScan(torch.autograd.Function):
    @staticmethod
    def forward(lam_bar: torch.Tensor, inputs: torch.Tensor, state: Any, reverse: bool, kernel: str) -> Any:
        return _run(lam_bar, inputs, state, reverse, kernel)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        lam_bar, _, state, ctx.reverse, ctx.kernel = inputs
        ctx.save_for_backward(lam_bar, output, state)
        ctx.save_for_forward(lam_bar, output, state)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        lam_bar, states, state = ctx.saved_tensors
        # The scan itself again, so that gradients of gradients exist.
        conjugate = lam_bar.conj().resolve_conj()
        adjoint = _DiagonalScan.apply(conjugate, grad, None, not ctx.reverse, ctx.kernel)
        grad_lam = grad_state = None
        first = -1 if ctx.reverse else 0
        if ctx.needs_input_grad[0]:
            later, before = (adjoint[:-1], states[1:]) if ctx.reverse else (adjoint[1:], states[:-1])
            grad_lam = torch.linalg.vecdot(before.flatten(0, 1), later.flatten(0, 1), dim=0)
            if state is not None:
                grad_lam = grad_lam + torch.linalg.vecdot(state, adjoint[first], dim=0)
        if state is not None and ctx.needs_input_grad[2]:
            grad_state = adjoint[first] * conjugate
        return grad_lam, adjoint, grad_state, None, None

    @staticmethod
    def jvp(ctx: Any, d_lam: Any, d_inputs: Any, d_state: Any, *_: Any) -> torch.Tensor:
        lam_bar, states, state = ctx.saved_tensors
        driven = torch.zeros_like(states) if d_inputs is None else d_inputs
        if d_lam is not None:
            rest = torch.zeros_like(states[:1]) if state is None else state[None]
            before = torch.cat([states[1:], rest] if ctx.reverse else [rest, states[:-1]])
            driven = driven + d_lam * before
        return _DiagonalScan.apply(lam_bar, driven, d_state, ctx.reverse, ctx.kernel)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *values: Any) -> tuple[torch.Tensor, int]:
        """Systems side by side are one system with more modes."""
        lam_bar, inputs, state, reverse, kernel = values

        def spread(value: torch.Tensor | None, at: int | None) -> torch.Tensor | None:
            if value is None:
                return None
            apart = value.unsqueeze(-2) if at is None else value.movedim(at, -2)
            return apart.expand(*apart.shape[:-2], info.batch_size, apart.shape[-1]).flatten(-2)

        wide = [spread(value, at) for value, at in zip((lam_bar, inputs, state), in_dims, strict=False)]
        return _DiagonalScan.apply(*wide, reverse, kernel).unflatten(-1, (info.batch_size, -1)), 2


def _run(
    lam: torch.Tensor, inputs: torch.Tensor, state: torch.Tensor | None, reverse: bool, kernel: str
) -> torch.Tensor:
    if kernel == "toeplitz":
        return _toeplitz(lam, inputs, state, reverse)
    return _blocked(lam, inputs, state, reverse)


def _blocked(lam: torch.Tensor, inputs: torch.Tensor, state: torch.Tensor | None, reverse: bool) -> torch.Tensor:
    """Blocks of about √L steps: inside all blocks at once, then from block to block, then the carry into each."""
    length, n_batch, m = inputs.shape
    size = 1 << max((length.bit_length() - 1) // 2, 0)
    n_blocks = -(-length // size)
    states = inputs.new_zeros(n_blocks * size, n_batch, m)
    # Reversed sequences are padded in front, so that the padding comes last in the order of the recurrence.
    span = slice(n_blocks * size - length, None) if reverse else slice(0, length)
    states[span] = inputs
    if state is not None:
        states[-1 if reverse else 0] += lam * state
    blocks = states.view(n_blocks, size, n_batch, m)
    inside = range(size - 2, -1, -1) if reverse else range(1, size)
    across = range(n_blocks - 2, -1, -1) if reverse else range(1, n_blocks)
    back = 1 if reverse else -1
    for k in inside:
        blocks[:, k].addcmul_(lam, blocks[:, k + back])
    power = powers(lam, size + 1)
    ends = blocks[:, 0 if reverse else -1]
    for t in across:
        ends[t].addcmul_(power[size], ends[t + back])
    if reverse:
        blocks[:-1, 1:].addcmul_(power[1:size].flip(0)[:, None], ends[1:, None])
    else:
        blocks[1:, :-1].addcmul_(power[1:size, None], ends[:-1, None])
    return states[span]


def _toeplitz(lam: torch.Tensor, inputs: torch.Tensor, state: torch.Tensor | None, reverse: bool) -> torch.Tensor:
    """Blocks of a fixed size as one product with a triangular Toeplitz matrix; the carries are a shorter scan."""
    if reverse:
        return _toeplitz(lam, inputs.flip(0), state, False).flip(0)
    length, n_batch, m = inputs.shape
    size = min(TOEPLITZ_BLOCK, length)
    n_blocks = -(-length // size)
    padded = torch.cat([inputs, inputs.new_zeros(n_blocks * size - length, n_batch, m)])
    power = powers(lam, size + 1)
    lag = torch.arange(size, device=lam.device)
    lag = lag[:, None] - lag[None, :]
    matrix = power[lag.clamp(min=0)] * (lag >= 0)[..., None]
    blocks = torch.einsum("kjm,cjbm->ckbm", matrix, padded.view(n_blocks, size, n_batch, m))
    if state is not None:
        blocks[0] += power[1:, None] * state
    if n_blocks > 1:
        ends = _toeplitz(power[size], blocks[:, -1].contiguous(), None, False)
        blocks[1:] += power[1:, None] * ends[:-1, None]
    return blocks.reshape(n_blocks * size, n_batch, m)[:length]


def powers(base: torch.Tensor, count: int) -> torch.Tensor:
    """base⁰ … base^{count−1} along a new first axis, by doubling: no logarithm, so zero is allowed."""
    table = torch.ones_like(base)[None]
    square = base
    while len(table) < count:
        table = torch.cat([table, table * square])
        square = square * square
    return table[:count]

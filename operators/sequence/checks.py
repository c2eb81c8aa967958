"""What the public doors of the sequence layers refuse, each with a sentence."""

from __future__ import annotations

import math

import torch

from geomlearn.core.errors import ParameterError, SizeMismatch


def check_sequence(u: torch.Tensor, width: int, lengths: torch.Tensor | None = None) -> None:
    """A batch of sequences (B, L, H) of finite reals within their lengths, L ≥ 1.

    Values beyond a sequence's length are padding and may be anything.
    """
    if u.ndim != 3 or u.shape[2] != width or 0 in u.shape:
        raise SizeMismatch(
            f"Sequences come as (batch, length ≥ 1, {width} channels); this has shape {tuple(u.shape)}.",
            "Add the missing axis, or build the layer with that width.",
        )
    if not u.is_floating_point():
        raise ParameterError(f"Sequences are real floating-point numbers, not {u.dtype}.", "Convert them to float32.")
    if lengths is not None:
        check_lengths(lengths, len(u), u.shape[1])
        u = u.masked_fill(~valid_steps(lengths, u.shape[1], u.device)[..., None], 0.0)
    finite = torch.isfinite(u)
    if not finite.all():
        sample, step = (~finite).any(-1).nonzero()[0].tolist()
        raise ParameterError(
            f"Sequence {sample} holds a value that is not finite at step {step}.", "Fill in or cut out the gap first."
        )


def check_lengths(lengths: torch.Tensor, n_batch: int, length: int) -> None:
    """Whole numbers (B,) in 1 … L."""
    if lengths.shape != (n_batch,):
        raise SizeMismatch(
            f"{n_batch} sequences need {n_batch} lengths; got shape {tuple(lengths.shape)}.", "Give one per sequence."
        )
    if lengths.is_floating_point() or lengths.is_complex():
        raise ParameterError("Lengths are whole numbers.", "Convert them to int64.")
    low, high = int(lengths.min()), int(lengths.max())
    if low < 1 or high > length:
        raise ParameterError(
            f"Lengths must lie in 1 … {length}; they range from {low} to {high}.",
            "Drop empty sequences; pad to the longest.",
        )


def check_step(u: torch.Tensor, width: int) -> None:
    """One input (B, H) for each sequence."""
    if u.ndim != 2 or u.shape[1] != width:
        raise SizeMismatch(f"A step takes inputs (batch, {width}); got {tuple(u.shape)}.", "Pass one time step.")


def check_state(state: torch.Tensor, like: torch.Tensor) -> None:
    """The shape of the states of this layer and batch."""
    if state.shape != like.shape:
        raise SizeMismatch(
            f"The state has shape {tuple(state.shape)}, the layer keeps {tuple(like.shape)}.",
            "Resume with the state of the same layer and batch.",
        )


def check_positive(name: str, value: float) -> None:
    """A finite number above zero."""
    if not (math.isfinite(value) and value > 0):
        raise ParameterError(f"{name} = {value!r} is not usable: time steps are above zero.", f"Give {name} > 0.")


def valid_steps(lengths: torch.Tensor, length: int, device: torch.device) -> torch.Tensor:
    """(B, L) true where a step counts."""
    return torch.arange(length, device=device) < lengths.to(device)[:, None]

"""Choosing where torch computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geomlearn.core.errors import DeviceError

if TYPE_CHECKING:
    import torch


def pick_device(name: str = "auto") -> torch.device:
    """The torch device called `name`; "auto" takes a GPU when there is one.

    Raises
    ------
    DeviceError   torch does not know the name, or the machine has no such device.
    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError):
        raise DeviceError(f"This machine has no device {name!r} that torch can use.", "Use cpu or auto.") from None
    return device

"""Randomness from numbers alone, so that there is no random state to save."""

from __future__ import annotations

import torch


def seed_of(*parts: int) -> int:
    """One 63-bit seed from several numbers, by the mixing step of splitmix64."""
    value = 0
    for part in parts:
        value = (value ^ part) + 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        value = (value ^ value >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        value ^= value >> 31
    return value >> 1


def generator_of(*parts: int) -> torch.Generator:
    """A generator seeded from several numbers."""
    return torch.Generator().manual_seed(seed_of(*parts))

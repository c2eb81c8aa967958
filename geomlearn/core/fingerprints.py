"""Fingerprints of numbers: whether two sets of arrays are the same, bit for bit."""

from __future__ import annotations

import hashlib

import numpy as np


def fingerprint_of(*arrays: np.ndarray) -> str:
    """24 letters that are equal where kind, shape and content of all arrays are, in this order."""
    digest = hashlib.blake2b(digest_size=12)
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.view(np.uint8).reshape(-1).data if array.size else b"")
    return digest.hexdigest()

"""Functions on both shapes that correspond: what the first map is made from."""

from __future__ import annotations

import numpy as np

from geomlearn.matching.options import MatchOptions
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.descriptors import (
    heat_kernel_landmarks,
    heat_kernel_signature,
    spectral_range,
    wave_kernel_landmarks,
    wave_kernel_signature,
)
from geomlearn.spectral.options import HeatKernelOptions, WaveKernelOptions

# Columns for all landmarks together.
LANDMARK_COLUMNS = 200


def descriptors(
    basis_a: Basis, basis_b: Basis, options: MatchOptions, landmarks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Functions on A and on B that correspond column by column, each of unit length under the mass.

    Parameters
    ----------
    basis_a, basis_b  of equal area;  landmarks (l, 2), possibly none.

    Returns
    -------
    (n_a, c), (n_b, c) with `n_descriptors` columns of each kind and for each landmark.
    """
    per_landmark = max(2, min(options.n_descriptors, LANDMARK_COLUMNS // max(1, len(landmarks))))
    first, second = (
        _of_one(basis.truncated(min(options.k_descriptors, basis.k)), picked, options, per_landmark)
        for basis, picked in zip((basis_a, basis_b), landmarks.T, strict=True)
    )
    return first, second


def _of_one(basis: Basis, landmarks: np.ndarray, options: MatchOptions, per_landmark: int) -> np.ndarray:
    waves, heats = WaveKernelOptions(), HeatKernelOptions()
    columns = []
    if options.descriptors != "hks":
        columns.append(wave_kernel_signature(basis, waves, energies=_energies(basis, options.n_descriptors)))
        if len(landmarks):
            columns.append(wave_kernel_landmarks(basis, landmarks, waves, energies=_energies(basis, per_landmark)))
    if options.descriptors != "wks":
        columns.append(heat_kernel_signature(basis, heats, times=_times(basis, options.n_descriptors)))
        if len(landmarks):
            columns.append(heat_kernel_landmarks(basis, landmarks, heats, times=_times(basis, per_landmark)))
    return np.hstack(columns)


def _energies(basis: Basis, count: int) -> np.ndarray:
    """Over each shape's own range: a slender body has lower low notes than a stout one, and they correspond."""
    low, high = np.log(spectral_range(basis))
    options = WaveKernelOptions()
    margin = min(2 * options.width / options.n_energies, 0.4) * (high - low)
    return np.linspace(low + margin, high - margin, count)


def _times(basis: Basis, count: int) -> np.ndarray:
    low, high = np.log(spectral_range(basis))
    return 4 * np.log(10) * np.exp(-np.linspace(high, low, count))

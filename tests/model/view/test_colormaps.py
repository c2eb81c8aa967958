"""The colour maps keep their order for every common colour blindness."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.view.colormaps import COLORMAP_NAMES, colormap

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
SEEN = pytest.mark.parametrize("seen", BLINDNESS)
WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(name: str, seen: str) -> np.ndarray:
    """(256, 3) CIELAB of a map as somebody sees it."""
    srgb = colormap(name)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(BLINDNESS[seen]).T, 0, 1)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = linear @ np.array(to_xyz).T / WHITE
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)


@SEEN
@pytest.mark.parametrize("name", ["viridis", "cividis", "ember", "gray"])
def test_sequential_maps_only_grow_lighter_or_darker(name, seen):
    light = lab(name, seen)[:, 0]
    steps = np.diff(light) * np.sign(light[-1] - light[0])
    assert steps.min() > -0.05 and abs(light[-1] - light[0]) > 50


@SEEN
def test_the_diverging_map_is_lightest_in_the_middle_and_its_ends_differ(seen):
    seen_lab = lab("balance", seen)
    light = seen_lab[:, 0]
    assert np.diff(light[:128]).min() > -0.05 and np.diff(light[128:]).max() < 0.05
    quarter, three_quarters = seen_lab[64], seen_lab[192]
    assert np.linalg.norm(quarter[1:] - three_quarters[1:]) > 25, "the signs are told apart by hue too"


def test_the_map_for_angles_closes_and_keeps_its_lightness():
    one = lab("phase", "none")
    assert np.linalg.norm(one[0] - one[-1]) < 2
    assert np.ptp(one[:, 0]) < 12


@pytest.mark.parametrize("name", COLORMAP_NAMES)
def test_neighbouring_colours_differ_evenly(name):
    steps = np.linalg.norm(np.diff(lab(name, "none"), axis=0), axis=1)
    assert steps.max() < 4 * np.median(steps)


def test_no_rainbow_is_offered():
    assert not {"jet", "rainbow", "hsv", "turbo"} & set(COLORMAP_NAMES)
    assert np.array_equal(colormap("unheard of"), colormap("viridis"))
